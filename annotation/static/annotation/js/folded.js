/**
 * What somebody folded, unfolded or scrolled to stays so when a part of the page is fetched anew. Which parts: `data-keep`, a name
 * that is the same before and after.
 */

/** @typedef {Map<string, {open: boolean | undefined, top: number}>} Look */

/** @param {ParentNode} root @returns {Look} */
export function lookOf(root) {
  /** @type {Look} */
  const look = new Map();
  for (const part of root.querySelectorAll("[data-keep]")) {
    if (!(part instanceof HTMLElement)) continue;
    const open = part instanceof HTMLDetailsElement ? part.open : undefined;
    look.set(part.dataset.keep ?? "", { open, top: part.scrollTop });
  }
  return look;
}

/** @param {ParentNode} root @param {Look} look */
export function bringBack(root, look) {
  for (const part of root.querySelectorAll("[data-keep]")) {
    if (!(part instanceof HTMLElement)) continue;
    const before = look.get(part.dataset.keep ?? "");
    if (!before) continue;
    if (part instanceof HTMLDetailsElement) part.open = before.open ?? part.open;
    part.scrollTop = before.top;
  }
}

/** @param {HTMLElement} root */
export function mount(root) {
  const off = new AbortController();
  /** @type {Look} */
  let look = new Map();
  root.addEventListener("htmx:beforeSwap", () => (look = lookOf(root)), { signal: off.signal });
  root.addEventListener("htmx:afterSwap", () => bringBack(root, look), { signal: off.signal });
  return () => off.abort();
}
