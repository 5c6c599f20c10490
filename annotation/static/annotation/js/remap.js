/**
 * Keys of one's own: press the button of an action, then its new key. The lists of the form stay what
 * is sent; this module shows them as buttons and says where two actions share a key.
 */

import { codeOf } from "./keys.js";

/**
 * Actions that share a key with another.
 * @param {Map<string, string>} keys action to key
 * @returns {Map<string, string[]>} action to the others that have its key
 */
export function clashes(keys) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const [action, key] of keys) {
    const others = [...keys].filter(([other, its]) => other !== action && key !== "" && its === key);
    if (others.length) found.set(action, others.map(([other]) => other));
  }
  return found;
}

/** @param {HTMLElement} form */
export function mount(form) {
  const off = new AbortController();
  const { signal } = off;
  const texts = form.dataset;
  const status = /** @type {HTMLElement} */ (form.querySelector("[data-status]"));
  const rows = new Map([...form.querySelectorAll("[data-row]")].map((row) => [selectOf(row).name, row]));
  /** The button that waits for a key. @type {HTMLButtonElement | null} */
  let waiting = null;
  /** The key that was chosen last, until it is pressed for something else. */
  let taken = "";

  for (const row of rows.values()) addButton(row);
  show();

  /** @param {Element} row */
  function addButton(row) {
    const select = selectOf(row);
    const button = form.ownerDocument.createElement("button");
    button.type = "button";
    button.className = "btn key-button";
    const name = row.querySelector("[data-name]");
    if (name) {
      name.id ||= `${select.id}-name`;
      button.setAttribute("aria-describedby", `${name.id} ${select.getAttribute("aria-describedby")}`);
    }
    button.addEventListener("click", () => (waiting === button ? leave() : wait(button)), { signal });
    button.addEventListener("blur", () => waiting === button && leave(), { signal });
    select.hidden = true;
    select.after(button);
  }

  /** @param {HTMLButtonElement} button */
  function wait(button) {
    leave();
    waiting = button;
    button.toggleAttribute("data-waiting", true);
    button.textContent = texts.textPress ?? "";
    status.textContent = "";
  }

  function leave() {
    waiting?.removeAttribute("data-waiting");
    waiting = null;
    show();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (!waiting) taken = "";
    if (!waiting || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const code = codeOf(event);
    if (code === "Tab" || /^(Shift|Control|Alt|Meta)/.test(code)) return;
    event.preventDefault();
    taken = event.code;
    const select = selectOf(/** @type {Element} */ (waiting.closest("[data-row]")));
    const known = [...select.options].some((option) => option.value === code);
    if (known) select.value = code;
    leave();
    if (!known && code !== "Escape") status.textContent = texts.textNot ?? "";
  }

  function show() {
    const shared = clashes(new Map([...rows].map(([name, row]) => [name, selectOf(row).value])));
    for (const [name, row] of rows) {
      const select = selectOf(row);
      const button = /** @type {HTMLButtonElement | null} */ (row.querySelector(".key-button"));
      if (!button) continue;
      if (button !== waiting) button.textContent = select.selectedOptions[0]?.textContent ?? "–";
      const others = (shared.get(name) ?? []).map((other) => nameOf(rows.get(other)));
      row.toggleAttribute("data-clash", others.length > 0);
      const problem = /** @type {HTMLElement} */ (row.querySelector("[data-problem]"));
      problem.textContent = others.length ? (texts.textTaken ?? "").replace("NAME", others.join(", ")) : "";
    }
    return shared.size;
  }

  form.addEventListener("keydown", onKey, { signal });
  // The release of the key that was chosen must not press the button again.
  form.addEventListener("keyup", (event) => void (event.code === taken && event.preventDefault()), { signal });
  form.addEventListener(
    "submit",
    (event) => {
      const reset = /** @type {SubmitEvent} */ (event).submitter?.getAttribute("name") === "reset";
      if (reset || !show()) return;
      event.preventDefault();
      status.textContent = texts.textClash ?? "";
      /** @type {HTMLElement | null} */ (form.querySelector("[data-clash] .key-button"))?.focus();
    },
    { signal },
  );
  return () => {
    off.abort();
    for (const row of rows.values()) {
      row.querySelector(".key-button")?.remove();
      selectOf(row).hidden = false;
    }
  };
}

/** @param {Element} row */
function selectOf(row) {
  return /** @type {HTMLSelectElement} */ (row.querySelector("select"));
}

/** @param {Element | undefined} row */
function nameOf(row) {
  return row?.querySelector("[data-name]")?.textContent ?? "";
}
