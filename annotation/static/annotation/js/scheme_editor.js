/**
 * The scheme editor while one types: with each preview the server says what is wrong, and this puts
 * it beside the fields. htmx asks for the preview; without script the form has a button for it.
 */

/** @typedef {Record<string, string[]>} Problems */

/**
 * Put each problem beside its field; what has none is clean again.
 * @param {ParentNode} root
 * @param {Problems} problems
 */
export function showProblems(root, problems) {
  for (const place of root.querySelectorAll("[data-error]")) {
    if (!(place instanceof HTMLElement)) continue;
    const texts = problems[place.dataset.error ?? ""] ?? [];
    place.textContent = texts.join(" ");
    place.hidden = texts.length === 0;
    const field = place.id ? root.querySelector(`[aria-describedby="${place.id}"]`) : null;
    if (texts.length) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
  }
}

/** @param {HTMLElement} root */
export function mount(root) {
  const off = new AbortController();
  const told = () => root.querySelector("#scheme-problems")?.textContent ?? "{}";
  root.addEventListener("htmx:afterSwap", () => showProblems(root, JSON.parse(told())), {
    signal: off.signal,
  });
  return () => off.abort();
}
