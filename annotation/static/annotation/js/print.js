/** A button that prints the page. Without script the browser's own menu does. */

/** @param {HTMLElement} root the button, hidden until it works */
export function mount(root) {
  const off = new AbortController();
  const view = root.ownerDocument.defaultView;
  root.hidden = false;
  root.addEventListener("click", () => view?.print(), { signal: off.signal });
  return () => off.abort();
}
