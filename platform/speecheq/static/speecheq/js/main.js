/**
 * What every page does: mounts modules, copies hashes, closes menus, keeps the theme, tells local
 * time.
 * Everything here adds to a page that works without it.
 */

import { showLocalTimes } from "./times.js";

/** @typedef {() => void} Unmount */
/** @typedef {{mount: (root: HTMLElement) => Unmount | void | Promise<Unmount | void>}} PageModule */

/** @type {WeakMap<Element, Unmount>} */
const mounted = new WeakMap();

/**
 * Mount `[data-module]` elements below `root` that are not mounted yet.
 * @param {ParentNode} root
 * @param {(address: string) => Promise<PageModule>} load
 */
export async function mountAll(root, load = (address) => import(address)) {
  for (const element of root.querySelectorAll("[data-module]")) {
    if (!(element instanceof HTMLElement) || mounted.has(element)) continue;
    mounted.set(element, () => {});
    const module = await load(element.dataset.module ?? "");
    mounted.set(element, (await module.mount(element)) ?? (() => {}));
    element.dataset.mounted = "";
  }
}

/** @param {Element} element */
export function unmount(element) {
  mounted.get(element)?.();
  mounted.delete(element);
}

/** @param {ParentNode} root */
function showCopyButtons(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.removeAttribute("hidden");
}

/** @param {MouseEvent} event */
async function onClick(event) {
  if (!(event.target instanceof Element)) return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
  const copy = event.target.closest("[data-copy]");
  if (copy instanceof HTMLElement) await copyText(copy);
}

/** @param {HTMLElement} button */
async function copyText(button) {
  const text = button.dataset.copy ?? "";
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else copyBySelection(text);
  const label = button.getAttribute("aria-label") ?? "";
  button.dataset.copied = "";
  button.setAttribute("aria-label", button.dataset.done ?? label);
  setTimeout(() => {
    delete button.dataset.copied;
    button.setAttribute("aria-label", label);
  }, 1600);
}

/**
 * Over plain HTTP on a laboratory's network there is no clipboard API.
 * @param {string} text
 */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** @param {KeyboardEvent} event */
function onEscape(event) {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const held = menu.contains(document.activeElement);
    menu.removeAttribute("open");
    if (held) menu.querySelector("summary")?.focus();
  }
}

/**
 * Change the theme at once; the form post behind it is for pages without script.
 * @param {SubmitEvent} event
 */
function onTheme(event) {
  const form = event.target;
  const button = event.submitter;
  if (!(form instanceof HTMLFormElement) || !("themeForm" in form.dataset)) return;
  if (!(button instanceof HTMLButtonElement)) return;
  event.preventDefault();
  document.documentElement.dataset.theme = button.value;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${button.value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  for (const other of form.querySelectorAll("button[name=theme]")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
  document.dispatchEvent(new CustomEvent("speecheq:theme"));
}

if (typeof document !== "undefined") {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onEscape);
  document.addEventListener("submit", onTheme);
  document.addEventListener("htmx:load", (event) => {
    const root = /** @type {HTMLElement} */ (event.target);
    showCopyButtons(root);
    showLocalTimes(root.parentElement ?? root);
    void mountAll(root.parentElement ?? root);
  });
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (event.target instanceof Element) unmount(event.target);
  });
  showCopyButtons(document);
  showLocalTimes(document);
  void mountAll(document);
}
