/**
 * The panels below the form: examples, questions, one's last labels. They open by key or pointer,
 * Escape closes the one that has the focus, and what is being chosen in the form stays as it is.
 */

import { makeApi } from "./api.js";
import { mountAsk } from "./ask.js";
import { mountExamples } from "./examples.js";
import { mountHistory } from "./history.js";

/**
 * @typedef {{csrf: string, username: string, texts: Record<string, string>,
 *   names: {esc: Record<string, string>, eis: Record<string, string>},
 *   urls: {history: string, questions: string}}} Config
 * @typedef {{panel: HTMLDetailsElement, page: HTMLElement, config: Config, api: import("./api.js").Api, signal: AbortSignal}} Parts
 */

const MODULES = { examples: mountExamples, ask: mountAsk, history: mountHistory };

/** @param {HTMLElement} root */
export function mount(root) {
  const off = new AbortController();
  const { signal } = off;
  const holder = root.ownerDocument.getElementById(root.dataset.config ?? "");
  const config = /** @type {Config} */ (JSON.parse(holder?.textContent ?? "null"));
  const page = /** @type {HTMLElement} */ (root.closest(".labelling") ?? root);
  const api = makeApi({ csrf: config.csrf });
  for (const panel of /** @type {NodeListOf<HTMLDetailsElement>} */ (root.querySelectorAll("[data-panel]"))) {
    const module = MODULES[/** @type {keyof typeof MODULES} */ (panel.dataset.panel)];
    module({ panel, page, config, api, signal });
    panel.addEventListener("toggle", () => panel.open && closeOthers(root, panel), { signal });
  }
  root.addEventListener("keydown", (event) => leave(event), { signal });
  return () => off.abort();
}

/** @param {HTMLElement} root @param {HTMLDetailsElement} panel */
function closeOthers(root, panel) {
  for (const other of root.querySelectorAll("details[open]")) {
    if (other !== panel) other.removeAttribute("open");
  }
}

/** @param {KeyboardEvent} event */
function leave(event) {
  const panel = /** @type {Element} */ (event.target).closest?.("details[open]");
  if (event.code !== "Escape" || event.isComposing || !panel) return;
  event.preventDefault();
  event.stopPropagation();
  panel.removeAttribute("open");
  /** @type {HTMLElement} */ (event.target).blur();
}
