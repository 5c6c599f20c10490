/** A foot pedal sends a key. Which one is chosen by pressing it; it does what the large button does, as Enter does. */

import { codeOf, isNative, isTyping } from "./keys.js";

const STORED = "speecheq.pedal";
/** Keys that a page cannot do without, or that have their own meaning here. */
const TAKEN = new Set(["Tab", "Escape", "Enter", "Space", "ArrowLeft", "ArrowRight", "KeyR", "KeyP"]);

/** @param {string} code @returns {boolean} */
export const mayBePedal = (code) => code !== "" && !TAKEN.has(code) && !/^(Shift|Control|Alt|Meta)/.test(code);

/**
 * @param {HTMLElement} root
 * @param {object} parts
 * @param {HTMLButtonElement} parts.main what is pressed
 * @param {HTMLButtonElement} parts.choose waits for the pedal's key
 * @param {HTMLElement} parts.shown the name of the key
 * @param {Record<string, string>} parts.texts
 * @param {() => boolean} parts.isOn
 * @param {Pick<Storage, "getItem" | "setItem">} parts.store
 */
export function mountPedal(root, { main, choose, shown, texts, isOn, store }) {
  const off = new AbortController();
  let code = store.getItem(STORED) ?? "";
  let waits = false;

  function show() {
    shown.textContent = waits ? texts.pedal_press : code || texts.pedal_none;
    choose.setAttribute("aria-pressed", String(waits));
  }

  /** @param {string} pressed */
  function learn(pressed) {
    if (!pressed || /^(Shift|Control|Alt|Meta)(Left|Right)$/.test(pressed)) return;
    waits = false;
    if (mayBePedal(pressed)) {
      code = pressed;
      try {
        store.setItem(STORED, code);
      } catch {
        // It then lasts as long as the page.
      }
    }
    show();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const pressed = codeOf(event);
    if (waits) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return learn(pressed);
    }
    if (!isOn() || isTyping(event) || isNative(event)) return;
    if (pressed !== "Enter" && pressed !== code) return;
    event.preventDefault();
    if (!main.disabled && !main.closest("[hidden]")) main.click();
  }

  choose.addEventListener("click", () => ((waits = !waits), show()), { signal: off.signal });
  root.ownerDocument.addEventListener("keydown", onKey, { signal: off.signal, capture: true });
  show();
  return () => off.abort();
}
