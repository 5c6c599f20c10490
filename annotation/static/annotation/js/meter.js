/** The level meter as a picture in the page: an SVG whose attributes move, with the level in words beside it. */

import { wordFor } from "./level.js";

/** The left edge of the scale. */
const LOWEST_DBFS = -66;

/** @param {number} value dBFS @returns {number} 0 to 100 */
export function placeOf(value) {
  return Math.max(0, Math.min(100, (100 * (value - LOWEST_DBFS)) / -LOWEST_DBFS));
}

/**
 * @param {HTMLElement} root with `[data-meter=bar|hold|clip|value|word]`; it is the `role=meter`
 * @param {Record<string, string>} texts `level.silent` and so on
 */
export function makeMeter(root, texts) {
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (root.querySelector(`[data-meter="${name}"]`));
  const [bar, hold, clip, value, word] = ["bar", "hold", "clip", "value", "word"].map(part);
  let said = "";

  /** @param {import("./level.js").Level} level */
  return function show(level) {
    const state = wordFor(level);
    const number = level.level_dbfs.toFixed(0);
    bar.setAttribute("width", placeOf(level.level_dbfs).toFixed(1));
    hold.setAttribute("x", Math.min(99, placeOf(level.hold_dbfs)).toFixed(1));
    clip.toggleAttribute("hidden", !level.clipped);
    clip.setAttribute("visibility", level.clipped ? "visible" : "hidden");
    value.textContent = `${number} dBFS`;
    root.dataset.level = state;
    root.setAttribute("aria-valuenow", String(Math.max(LOWEST_DBFS, Math.round(level.level_dbfs))));
    if (state === said) return;
    said = state;
    word.textContent = texts[`level.${state}`] ?? "";
    root.setAttribute("aria-valuetext", word.textContent);
  };
}
