/** Further emotions beside the first: few, in the order in which they were added, none beside Neutral. */

import { NEUTRAL } from "./choices.js";

/**
 * @typedef {"" | "secondary_full" | "secondary_is_primary" | "secondary_neutral" | "secondary_cleared" | "secondary_became_primary"} Reason
 * @typedef {{chosen: string[], reason: Reason}} Change
 */

/**
 * Add or take away `esc`.
 * @param {string[]} chosen
 * @param {string} esc
 * @param {{primary: string, most: number}} rules
 * @returns {Change}
 */
export function toggle(chosen, esc, { primary, most }) {
  if (chosen.includes(esc)) return { chosen: chosen.filter((one) => one !== esc), reason: "" };
  if (primary === NEUTRAL) return { chosen, reason: "secondary_neutral" };
  if (primary === esc) return { chosen, reason: "secondary_is_primary" };
  if (chosen.length >= most) return { chosen, reason: "secondary_full" };
  return { chosen: [...chosen, esc], reason: "" };
}

/**
 * What is left beside another first emotion.
 * @param {string[]} chosen
 * @param {string} primary
 * @returns {Change}
 */
export function besides(chosen, primary) {
  if (primary === NEUTRAL) return { chosen: [], reason: chosen.length ? "secondary_cleared" : "" };
  if (!chosen.includes(primary)) return { chosen, reason: "" };
  return { chosen: chosen.filter((one) => one !== primary), reason: "secondary_became_primary" };
}

/**
 * Checkboxes `secondary` of the form.
 * @param {HTMLFormElement} form
 * @param {{most: number, primary: () => string, onReason: (reason: Reason, value: string | number) => void}} options
 */
export function mountSecondary(form, { most, primary, onReason }) {
  const off = new AbortController();
  const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=secondary]")]);
  const offered = new Set(boxes.map((box) => box.value));
  /** @type {string[]} */
  let chosen = [];

  /** @param {string[]} next */
  function show(next) {
    chosen = next;
    for (const box of boxes) {
      box.checked = chosen.includes(box.value);
      // Which was heard more stands in the number; one emotion needs none.
      box.closest("label")?.setAttribute("data-place", box.checked && chosen.length > 1 ? String(chosen.indexOf(box.value) + 1) : "");
    }
  }
  /** @param {Change} change @param {string} esc */
  function take(change, esc) {
    show(change.chosen);
    if (!change.reason) return;
    const name = boxes.find((box) => box.value === esc)?.closest("label")?.querySelector(".pick-name")?.textContent ?? esc;
    onReason(change.reason, change.reason === "secondary_full" ? most : name);
  }
  form.addEventListener(
    "change",
    (event) => {
      const input = /** @type {HTMLInputElement} */ (event.target);
      if (input.name === "secondary") take(toggle(chosen, input.value, { primary: primary(), most }), input.value);
      if (input.name === "esc" || input.name === "eis") take(besides(chosen, primary()), primary());
    },
    { signal: off.signal },
  );

  return {
    reset: () => show([]),
    /** @param {string[]} codes those no longer offered are left out */
    set: (codes) => show(codes.filter((code) => offered.has(code)).slice(0, most)),
    chosen: () => [...chosen],
    unmount: () => off.abort(),
  };
}
