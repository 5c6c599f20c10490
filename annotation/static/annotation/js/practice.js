/** The practice page: plays the clip, and lets keys choose. The form itself is sent as it is. */

import { mountMulti, mountSingle } from "./choices.js";
import { mountHints } from "./hints.js";
import { mountKeys } from "./keys.js";
import { loadSound, openContext, Player, releaseSound } from "./player.js";
import { preload } from "./spectrogram.js";
import { mountStage } from "./stage.js";

/**
 * @typedef {{mode: "single" | "multi", eis_optional: string[], texts: Record<string, string>,
 *   clip: import("./types.js").Assignment["clip"] | null}} Config
 */

/** @param {HTMLElement} root */
export function mount(root) {
  const holder = root.ownerDocument.getElementById(root.dataset.config ?? "");
  const config = /** @type {Config} */ (JSON.parse(holder?.textContent ?? "null"));
  const hints = mountHints(root.querySelector("[data-part=status]"), config.texts);
  const stops = [mountKeys(root), mountForm(root, config, hints.tell)];
  if (config.clip) stops.push(mountSound(root, config.clip, config.texts, hints));
  root.dataset.ready = "";
  /** @type {HTMLElement | null} */ (root.querySelector("[data-part=told]"))?.focus();
  return () => stops.forEach((stop) => stop());
}

/**
 * @param {HTMLElement} root
 * @param {Config} config
 * @param {(name: string, value?: string) => void} hint
 * @returns {() => void}
 */
function mountForm(root, config, hint) {
  const form = /** @type {HTMLFormElement | null} */ (root.querySelector("[data-part=form]"));
  if (!form) return () => {};
  const off = new AbortController();
  const choices =
    config.mode === "multi"
      ? mountMulti(form, { onNone: () => hint("all_none"), onActive: (name) => hint(name ? "now_rating" : "rated_last", name) })
      : mountSingle(form, { eisOptional: config.eis_optional, onReason: hint });
  form.addEventListener(
    "submit",
    (event) => {
      const missing = choices.missing();
      if (!missing && !form.hasAttribute("data-sent")) return form.toggleAttribute("data-sent", true);
      event.preventDefault();
      if (missing) hint(missing === "esc" ? "choose_esc" : "choose_eis");
    },
    { signal: off.signal },
  );
  return () => {
    off.abort();
    choices.unmount();
  };
}

/**
 * @param {HTMLElement} root
 * @param {NonNullable<Config["clip"]>} clip
 * @param {Record<string, string>} texts
 * @param {ReturnType<typeof mountHints>} hints
 * @returns {() => void}
 */
function mountSound(root, clip, texts, hints) {
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (root.querySelector(`[data-part="${name}"]`));
  const off = new AbortController();
  const signal = off.signal;
  const context = openContext();
  const player = new Player(context, /** @type {HTMLAudioElement} */ (part("audio")), ({ playing }) => {
    root.toggleAttribute("data-playing", playing);
    if (playing) hints.takeBack("press_to_play");
    part("pause").querySelector("[data-word]")?.replaceChildren(playing ? texts.pause : texts.play);
    stage.changed();
  });
  const stage = mountStage(part("stage"), player);
  part("replay").addEventListener("click", () => void player.play(), { signal });
  part("pause").addEventListener("click", () => player.toggle(), { signal });
  part("loop").addEventListener(
    "click",
    () => {
      player.setLoop(!player.loop);
      part("loop").setAttribute("aria-pressed", String(player.loop));
      if (player.loop && !player.playing) void player.play();
    },
    { signal },
  );
  part("again").addEventListener("click", () => void load(), { signal });

  /** @type {import("./player.js").Sound | null} */
  let sound = null;
  async function load() {
    part("failed").hidden = true;
    root.dataset.state = "clip";
    try {
      const peaks = fetch(clip.peaks_url, { credentials: "same-origin" }).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
      void preload(clip.spectrogram_url);
      sound = await loadSound(clip.audio_url, context);
      if (signal.aborted) return;
      player.use(sound);
      const started = player.play();
      stage.show({ peaks: await peaks, sound, picture: clip.spectrogram_url }, clip.duration_ms);
      root.dataset.state = "ready";
      if (!(await started)) hints.add("press_to_play");
    } catch {
      root.dataset.state = "failed";
      part("failed").hidden = false;
    }
  }
  void load();

  return () => {
    off.abort();
    stage.unmount();
    player.close();
    if (sound) releaseSound(sound);
  };
}
