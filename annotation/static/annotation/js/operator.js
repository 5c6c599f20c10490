/** The operator's screen: follows the recorder page through the server, and steps in. */

import { Refused, address, makeApi } from "./api.js";
import { mountKeys } from "./keys.js";
import { makeMeter } from "./meter.js";
import { againFor, levelOf, recordedSince, stateOf } from "./operator_flow.js";
import { listReasons, verdictBadge } from "./verdicts.js";
import { refusalInWords } from "./words.js";

const POLL_MS = 330;
const SLOW_MS = 2_000;
const MOST_TAKES = 30;

/** @typedef {import("./session_data.js").SessionData} SessionData */

/** @param {HTMLElement} root */
export function mount(root) {
  const config = JSON.parse(document.getElementById(root.dataset.config ?? "")?.textContent ?? "{}");
  const texts = /** @type {Record<string, string>} */ (JSON.parse(document.getElementById("operate-texts")?.textContent ?? "{}"));
  const api = makeApi({ csrf: config.csrf });
  /** @type {SessionData} */
  let session = config.session;
  /** @type {import("./operator_flow.js").LiveState | null} */
  let live = null;
  let last = "";
  /** Prompts that are being read: their takes come in order. */
  let reading = Promise.resolve();
  let closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @template {HTMLElement} T @param {string} name @returns {T} */
  const part = (name) => /** @type {any} */ (root.querySelector(`[data-part="${name}"]`));
  /** @param {string} name @param {string} text */
  const say = (name, text) => void (part(name).textContent !== text && (part(name).textContent = text));
  const showLevel = makeMeter(part("meter"), texts);
  const again = /** @type {HTMLButtonElement} */ (part("again"));
  const pause = /** @type {HTMLButtonElement} */ (part("pause"));
  const note = /** @type {HTMLTextAreaElement} */ (part("note"));

  /** @param {string | null} id */
  const promptOf = (id) => session.prompts.find((one) => one.id === id);
  /** @param {string | null} id */
  const numberOf = (id) => session.prompts.findIndex((one) => one.id === id) + 1;

  async function poll() {
    try {
      live = await api.get(config.urls.live);
      part("unreachable").hidden = true;
      if (live && live.revision !== session.revision) await look();
      show();
    } catch (error) {
      part("unreachable").hidden = error instanceof Refused;
      if (error instanceof Refused) told(error);
    }
    if (!closed) timer = setTimeout(() => void poll(), document.hidden ? SLOW_MS : POLL_MS);
  }

  async function look() {
    const before = session.prompts;
    session = await api.get(config.urls.session);
    for (const id of recordedSince(before, session.prompts)) reading = reading.then(() => readTakes(id)).catch(() => {});
  }

  /** @param {string} id of a prompt that was recorded */
  async function readTakes(id) {
    const { results } = await api.get(`${address(config.urls.takes, config.session.id)}?prompt=${encodeURIComponent(id)}`);
    const known = new Set([...part("takes").children].map((row) => /** @type {HTMLElement} */ (row).dataset.take));
    for (const [n, take] of results.entries()) if (!known.has(take.id)) addTake(take, n + 1);
    last = id;
    show();
  }

  /** @param {any} take @param {number} version */
  function addTake(take, version) {
    const row = document.createElement("li");
    row.dataset.take = take.id;
    const words = document.createElement("p");
    const prompt = promptOf(take.prompt);
    words.textContent = `${numberOf(take.prompt)} · ${prompt?.text ?? ""} · ${texts.take_number.replace("{n}", String(version))} · ${(take.duration_ms / 1000).toFixed(1)} s `;
    words.append(verdictBadge(texts, take.qc.verdict));
    const reasons = document.createElement("ul");
    reasons.className = "small";
    listReasons(reasons, texts, take.qc.reasons ?? []);
    row.append(words, reasons, controls(take, version));
    part("takes").prepend(row);
    while (part("takes").children.length > MOST_TAKES) part("takes").lastElementChild?.remove();
    part("takes-none").hidden = true;
  }

  /** @param {any} take @param {number} version */
  function controls(take, version) {
    const row = document.createElement("div");
    row.className = "row";
    const audio = part("audio");
    row.append(
      button(texts.listen_to.replace("{n}", String(version)), () => play(/** @type {HTMLAudioElement} */ (audio), address(config.urls.sound, take.id))),
      button(texts.choose, (pressed) => choose(take.id, pressed)),
    );
    return row;
  }

  /** @param {string} words @param {(pressed: HTMLButtonElement) => unknown} action */
  function button(words, action) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-small";
    made.textContent = words;
    made.addEventListener("click", () => void action(made));
    return made;
  }

  /** @param {HTMLAudioElement} audio @param {string} url */
  function play(audio, url) {
    audio.src = url;
    void audio.play().catch(() => {});
  }

  /** @param {string} id @param {HTMLButtonElement} pressed */
  async function choose(id, pressed) {
    await doing(() => api.patch(address(config.urls.take, id), { accepted: true }), texts.chosen);
    pressed.setAttribute("aria-pressed", "true");
  }

  function show() {
    if (!live) return;
    const state = stateOf(live);
    root.dataset.state = state;
    say("state", texts[`state.${state}`] ?? state);
    part("sign").dataset.sign = ["recording", "countdown", "saving", "review"].includes(state) ? state : ["away", "lost", "paused", "closed", "consent_missing"].includes(state) ? "blocked" : "ready";
    const prompt = promptOf(live.prompt);
    say("prompt-text", prompt?.text ?? texts.no_prompt);
    part("prompt-text").lang = prompt?.language ?? root.lang;
    say("where", prompt ? texts.place.replace("{n}", String(numberOf(live.prompt))).replace("{of}", String(session.prompts.length)) : "");
    say("target", prompt ? [config.names.esc[prompt.target_esc] ?? "", prompt.target_eis ? config.names.eis[prompt.target_eis] : ""].filter(Boolean).join(" · ") : "");
    say("waiting", live.waiting ? texts.waiting_at_recorder.replace("{n}", String(live.waiting)) : "");
    const level = levelOf(live);
    part("meter").hidden = !level;
    if (level) showLevel(level);
    showButtons();
  }

  function showButtons() {
    if (!live) return;
    const wanted = againFor(live, last);
    const isOver = live.session_state === "closed";
    again.disabled = !wanted || isOver;
    again.dataset.prompt = wanted;
    say("again-which", wanted ? texts.place.replace("{n}", String(numberOf(wanted))).replace("{of}", String(session.prompts.length)) : "");
    pause.disabled = isOver;
    pause.querySelector("[data-word]")?.replaceChildren(live.session_state === "paused" ? texts.open : texts.pause);
    const spoken = session.prompts.filter(({ state }) => state === "recorded" || state === "skipped").length;
    const bar = /** @type {HTMLProgressElement} */ (part("progress-bar"));
    bar.max = Math.max(1, session.prompts.length);
    bar.value = spoken;
    say("progress-text", `${spoken} / ${session.prompts.length}`);
  }

  /** @param {Refused} error */
  function told(error) {
    part("problem").hidden = false;
    say("problem-text", refusalInWords(texts, { code: error.code, message: error.message }));
  }

  /** @param {() => Promise<unknown>} action @param {string} done */
  async function doing(action, done) {
    part("problem").hidden = true;
    try {
      await action();
      say("status", done);
    } catch (error) {
      if (error instanceof Refused) told(error);
      else say("status", texts.unreachable);
      return false;
    }
    return true;
  }

  again.addEventListener("click", () => void doing(() => api.post(config.urls.again, { prompt: again.dataset.prompt }), texts.asked_again));
  pause.addEventListener("click", () => {
    const state = live?.session_state === "paused" ? "open" : "paused";
    void doing(() => api.patch(config.urls.session, { state }), "");
  });
  async function sendNote() {
    const text = note.value.trim();
    if (!text) return;
    const about = live?.prompt ? { prompt: live.prompt } : {};
    if (await doing(() => api.post(config.urls.notes, { text, ...about }), texts.noted)) note.value = "";
  }
  part("note-send").addEventListener("click", () => void sendNote());
  note.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void sendNote();
  });
  const unmountKeys = mountKeys(root, () => /** @type {HTMLInputElement} */ (part("keys-on")).checked);
  for (const { id, takes } of session.prompts) if (takes) reading = reading.then(() => readTakes(id)).catch(() => {});
  void poll();
  root.dataset.ready = "";
  return () => {
    closed = true;
    clearTimeout(timer);
    unmountKeys();
  };
}
