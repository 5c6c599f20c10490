/** How sure one is, what is wrong with the sound, and a note: optional, on keys, closed until wanted. */

import { digitOf } from "./scales.js";

/**
 * @typedef {{confidence?: number | null, flags?: string[], comment?: string}} Note
 */

/** @param {HTMLFormElement} form */
export function mountNote(form) {
  const off = new AbortController();
  const more = /** @type {HTMLDetailsElement} */ (form.querySelector("[data-part=more]"));
  const comment = /** @type {HTMLTextAreaElement} */ (form.querySelector("[data-part=comment]"));
  const sure = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=confidence]")]);
  const flags = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=flags]")]);
  const leave = () => form.focus({ preventScroll: true });

  /** @param {Event} event on the key's name, which stands in the summary @param {HTMLElement} field */
  function open(event, field) {
    event.preventDefault();
    more.open = true;
    field.focus();
  }
  /** @param {KeyboardEvent} event */
  function onFlagKey(event) {
    const digit = digitOf(event);
    const flag = digit === null ? undefined : flags[digit - 1];
    if (flag) flag.checked = !flag.checked;
    else if (event.code === "Escape") leave();
    else if (digit === null) return;
    event.preventDefault();
    event.stopPropagation();
  }
  /** Escape leaves the note, which is kept. @param {KeyboardEvent} event */
  function onNoteKey(event) {
    if (event.code !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    leave();
  }
  /** A second press takes the answer back. @param {MouseEvent} event */
  function onSure(event) {
    const radio = /** @type {HTMLInputElement} */ (event.target);
    if (radio.dataset.was === "on") radio.checked = false;
    remember();
  }
  const remember = () => sure.forEach((radio) => (radio.dataset.was = radio.checked ? "on" : ""));

  const signal = off.signal;
  form.querySelector("[data-open-flags]")?.addEventListener("click", (event) => open(event, flags[0]), { signal });
  form.querySelector("[data-open-note]")?.addEventListener("click", (event) => open(event, comment), { signal });
  form.querySelector("[data-flags]")?.addEventListener("keydown", (event) => onFlagKey(/** @type {KeyboardEvent} */ (event)), { signal });
  comment.addEventListener("keydown", onNoteKey, { signal });
  for (const radio of sure) radio.addEventListener("click", onSure, { signal });

  /** @param {Note} note */
  function set({ confidence = null, flags: raised = [], comment: text = "" }) {
    for (const radio of sure) radio.checked = confidence !== null && Number(radio.value) === confidence;
    for (const flag of flags) flag.checked = raised.includes(flag.value);
    comment.value = text;
    more.open = raised.length > 0 || text !== "";
    remember();
  }
  return {
    reset: () => set({}),
    set,
    /** Those that were given. @returns {{confidence?: number, flags?: string[], comment?: string}} */
    given() {
      const confidence = sure.find((radio) => radio.checked);
      const raised = flags.filter((flag) => flag.checked).map((flag) => flag.value);
      const text = comment.value.trim();
      return {
        ...(confidence ? { confidence: Number(confidence.value) } : {}),
        ...(raised.length ? { flags: raised } : {}),
        ...(text ? { comment: text } : {}),
      };
    },
    unmount: () => off.abort(),
  };
}
