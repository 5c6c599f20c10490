/** One's own last labels: listen again, or change one in the form above. */

import { pauseClip } from "./examples.js";
import { timeInWords } from "./words.js";

/**
 * @typedef {import("./behind.js").Last & {changed: boolean, created_at: string}} Answer
 */

/** @param {import("./panels.js").Parts} parts */
export function mountHistory({ panel, page, config, api, signal }) {
  const list = /** @type {HTMLElement} */ (panel.querySelector("[data-history]"));
  const say = /** @type {HTMLElement} */ (panel.querySelector("[data-say]"));
  const sound = new Audio();
  /** @type {Answer[]} */
  let answers = [];
  let turn = 0;

  async function refresh() {
    const mine = ++turn;
    try {
      const found = await api.get(config.urls.history);
      if (mine !== turn) return;
      answers = found.answers;
      const held = list.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
      list.replaceChildren(...answers.map((answer) => row(answer, config)));
      if (held) sameButton(held)?.focus();
      say.textContent = answers.length ? "" : config.texts.none_yet;
    } catch {
      say.textContent = config.texts.unreachable;
    }
  }

  /** The list was made anew below somebody's hands. @param {HTMLElement} held @returns {HTMLElement | null} */
  const sameButton = ({ dataset: { change, listen } }) =>
    list.querySelector(change ? `[data-change="${CSS.escape(change)}"]` : `[data-listen="${CSS.escape(listen ?? "")}"]`);

  /** @param {string} id */
  function change(id) {
    const found = answers.find((answer) => answer.id === id);
    if (!found) return;
    const { changed, created_at, ...detail } = found;
    sound.pause();
    panel.open = false;
    page.dispatchEvent(new CustomEvent("speecheq:revise", { detail }));
    page.querySelector("[data-part=form]")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} url */
  function listen(url) {
    pauseClip(page);
    sound.src = url;
    sound.play().catch(() => (say.textContent = config.texts.unreachable));
  }

  panel.addEventListener(
    "click",
    (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      if (button?.dataset.change) change(button.dataset.change);
      else if (button?.dataset.listen) listen(button.dataset.listen);
    },
    { signal },
  );
  panel.addEventListener(
    "toggle",
    async () => {
      if (!panel.open) return sound.pause();
      await refresh();
      list.querySelector("button")?.focus();
    },
    { signal },
  );
  page.addEventListener("speecheq:stored", () => void (panel.open && refresh()), { signal });
  const watch = new MutationObserver(() => page.hasAttribute("data-playing") && sound.pause());
  watch.observe(page, { attributes: true, attributeFilter: ["data-playing"] });
  signal.addEventListener("abort", () => {
    watch.disconnect();
    sound.pause();
  });
}

/**
 * What was answered, in words: `Happy 2 · Moderate`.
 * @param {import("./types.js").Label[]} labels
 * @param {import("./panels.js").Config["names"]} names
 */
export function inWords(labels, names) {
  const one = (/** @type {import("./types.js").Label} */ { esc, eis }) =>
    [names.esc[esc] ?? esc, eis === null ? "" : (names.eis[String(eis)] ?? String(eis))].filter(Boolean).join(" ");
  return labels.map(one).join(", ");
}

/** @param {Answer} answer @param {import("./panels.js").Config} config */
function row(answer, config) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = answer.created_at;
  time.textContent = timeInWords(answer.created_at);
  const words = document.createElement("span");
  words.className = "said-label";
  words.textContent = inWords(answer.labels, config.names) + (answer.changed ? ` (${config.texts.changed})` : "");
  const listen = press(config.texts.listen);
  listen.dataset.listen = answer.assignment.clip.audio_url;
  const change = press(config.texts.change);
  change.dataset.change = answer.id;
  for (const button of [listen, change]) button.setAttribute("aria-label", `${button.textContent}: ${words.textContent}`);
  item.append(time, words, listen, change);
  return item;
}

/** @param {string} name */
function press(name) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-small";
  button.textContent = name;
  return button;
}
