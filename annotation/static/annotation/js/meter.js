/** The level meter as a picture in the page: an SVG whose attributes move, with the level in words beside it. */

import { SILENCE_DBFS, wordFor } from "./level.js";

/** The left edge of the scale. */
const LOWEST_DBFS = -66;
const NOTHING = { level_dbfs: SILENCE_DBFS, hold_dbfs: SILENCE_DBFS, clipped: false };

/** @param {number} value dBFS @returns {number} 0 to 100 */
export function placeOf(value) {
  return Math.max(0, Math.min(100, (100 * (value - LOWEST_DBFS)) / -LOWEST_DBFS));
}

/**
 * @param {HTMLElement} root with `[data-meter=bar|hold|clip|value|word]`; it is the `role=meter`
 * @param {Record<string, string>} texts `level.silent` and so on; `level.idle` where nothing is recorded
 */
export function makeMeter(root, texts) {
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (root.querySelector(`[data-meter="${name}"]`));
  const [bar, hold, clip, value, word] = ["bar", "hold", "clip", "value", "word"].map(part);
  let said = "";

  /**
   * @param {import("./level.js").Level | null} level null: nothing is heard of it
   * @param {boolean} [isTaken] whether it is recorded: else no word says whether it is any good
   */
  return function show(level, isTaken = true) {
    const state = level && isTaken ? wordFor(level) : "idle";
    const { level_dbfs, hold_dbfs, clipped } = level ?? NOTHING;
    bar.setAttribute("width", placeOf(level_dbfs).toFixed(1));
    hold.setAttribute("x", Math.min(99, placeOf(hold_dbfs)).toFixed(1));
    hold.setAttribute("visibility", level ? "visible" : "hidden");
    clip.setAttribute("visibility", clipped ? "visible" : "hidden");
    value.textContent = level ? `${level_dbfs.toFixed(0)} dBFS` : "–";
    root.dataset.level = state;
    root.setAttribute("aria-valuenow", String(Math.max(LOWEST_DBFS, Math.round(level_dbfs))));
    if (state === said) return;
    said = state;
    word.textContent = texts[`level.${state}`] ?? "";
    root.setAttribute("aria-valuetext", word.textContent);
  };
}
