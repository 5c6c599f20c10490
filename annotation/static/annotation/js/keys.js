/**
 * Keys. Which key does what stands in the page (`data-code`, a `KeyboardEvent.code`), not here: the
 * position on the keyboard counts, so a Chinese input method or another layout changes nothing.
 */

/**
 * True for what a person is typing rather than commanding.
 * @param {KeyboardEvent} event
 */
export function isTyping(event) {
  const target = /** @type {Element | null} */ (event.target);
  if (target?.matches?.("textarea, select, input:not([type=radio], [type=checkbox], [type=range], [type=hidden])")) return true;
  return Boolean(target?.closest?.("[contenteditable]"));
}

/**
 * True where the key already has a meaning of its own on the element that has the focus.
 * @param {KeyboardEvent} event
 */
export function isNative(event) {
  const target = /** @type {Element | null} */ (event.target);
  if (event.code === "Space" || event.code === "Enter") {
    if (target?.matches?.("button, a[href], summary, select")) return true;
  }
  // Space on a radio that is not chosen chooses it; on a chosen one it does nothing, and replays.
  return event.code === "Space" && Boolean(target?.matches?.("input[type=checkbox], input[type=radio]:not(:checked)"));
}

/**
 * The code of a key that was meant as a command, or "". An input method that composes a word reports
 * key code 229 and the same `code`: these presses are commands too, unless a text field has the focus.
 * @param {KeyboardEvent} event
 */
export function commandOf(event) {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return "";
  if (isTyping(event) || isNative(event)) return "";
  return codeOf(event);
}

/**
 * The place on the keyboard; the number pad's digits and Enter are as the others.
 * @param {KeyboardEvent} event
 */
export function codeOf(event) {
  const code = event.code || codeOfKey(event.key);
  const named = code === "NumpadEnter" ? "Enter" : code.replace(/^Numpad(?=\d$)/, "Digit");
  return event.shiftKey ? `Shift+${named}` : named;
}

/** On-screen keyboards send no code. @param {string} key */
function codeOfKey(key) {
  if (/^\d$/.test(key)) return `Digit${key}`;
  if (/^[a-z]$/i.test(key)) return `Key${key.toUpperCase()}`;
  return key === " " ? "Space" : key;
}

/**
 * The first that can be used now: what is hidden leaves its key to others, and below an open dialog
 * nothing can be used.
 * @param {Iterable<Element>} carriers
 */
export function meant(carriers) {
  for (const carrier of carriers) {
    const dialog = carrier.ownerDocument.querySelector("dialog:modal");
    if (dialog && !dialog.contains(carrier)) continue;
    if (!carrier.matches(":disabled") && !carrier.closest("[hidden]")) return /** @type {HTMLElement} */ (carrier);
  }
  return null;
}

/**
 * A button or a choice that was used with a pointer gives the focus back: it would keep Enter and Space, a list all
 * keys, for itself. Whoever moves by keyboard keeps the focus.
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
export function letGoAfterPointer(root, signal) {
  /** The list that was opened with a pointer. @type {EventTarget | null} */
  let pointed = null;
  root.addEventListener("click", (event) => void (event.detail > 0 && letGo(event)), { signal });
  root.addEventListener("pointerdown", ({ target }) => (pointed = target), { signal });
  root.addEventListener("keydown", () => (pointed = null), { signal });
  root.addEventListener("change", ({ target }) => void (target === pointed && isList(target) && target.blur()), { signal });
}

/** @param {EventTarget | null} target @returns {target is HTMLElement} */
const isList = (target) => Boolean(/** @type {Element | null} */ (target)?.matches?.("select"));

/** @param {Event} event */
function letGo(event) {
  const target = /** @type {Element} */ (event.target);
  // A dialog keeps the focus within it.
  if (target.closest?.("dialog")) return;
  const pressed = target.closest?.("button, summary, input[type=checkbox]");
  /** @type {HTMLElement | null} */ (pressed)?.blur();
}

/**
 * Click what carries the pressed key. `isOn` lets a person switch keys off (WCAG 2.1.4).
 * @param {HTMLElement} root
 * @param {() => boolean} isOn
 */
export function mountKeys(root, isOn = () => true) {
  const off = new AbortController();
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const code = commandOf(event);
    if (!code || !isOn()) return;
    const target = meant(root.querySelectorAll(`[data-code="${CSS.escape(code)}"]`));
    if (!target) return;
    event.preventDefault();
    target.click();
  };
  root.ownerDocument.addEventListener("keydown", onKey, { signal: off.signal });
  letGoAfterPointer(root, off.signal);
  return () => off.abort();
}
