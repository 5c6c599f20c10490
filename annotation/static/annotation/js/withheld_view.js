/**
 * Takes that stay in this browser for want of a consent: how many, and the offer to delete them. Nothing is deleted unless
 * somebody says so.
 */

import { inSeconds } from "./verdicts.js";
import { countInWords } from "./words.js";

/**
 * @typedef {import("./shelf.js").Take} Take
 * @typedef {object} Parts
 * @property {Pick<import("./take_store.js").TakeStore, "finished" | "remove">} store
 * @property {(take: Take) => boolean} isMine which of them it is about
 * @property {boolean} [inForce] whether there is a consent again
 * @property {(upload: string) => Promise<void>} [end] lets the server forget what came of one
 * @property {() => void} [onDeleted]
 */

/** How long the server may take to forget what it has of one; it does so by itself after a day. */
export const END_MS = 5_000;

/**
 * As far as the server can be reached now: "nobody else has it" is to be true.
 * @param {Pick<Take, "upload">[]} takes @param {(upload: string) => Promise<void>} end
 */
export async function endUploads(takes, end) {
  await Promise.allSettled(takes.filter(({ upload }) => upload).map(({ upload }) => end(upload)));
}

/**
 * @param {HTMLElement} root holds the parts
 * @param {Record<string, string>} texts
 * @param {Parts} parts
 */
export function mountWithheld(root, texts, { store, isMine, inForce = false, end = async () => {}, onDeleted = () => {} }) {
  /** @param {string} name @returns {HTMLElement} */
  const part = (name) => /** @type {HTMLElement} */ (root.querySelector(`[data-part="${name}"]`));
  /** @type {Take[]} */
  let takes = [];
  let isDeleted = false;
  let turn = 0;

  async function refresh() {
    const mine = ++turn;
    const found = (await store.finished()).filter(isMine);
    if (mine !== turn) return;
    takes = found;
    show();
  }

  function show() {
    const count = takes.length;
    part("withheld").hidden = !count && !isDeleted;
    part("withheld-more").hidden = part("withheld-delete").hidden = !count;
    const words = count ? countInWords(texts, inForce ? "withheld_on" : "withheld", count) : texts.withheld_deleted;
    if (part("withheld-words").textContent !== words) part("withheld-words").textContent = words;
    if (!count) return;
    part("withheld-delete").textContent = countInWords(texts, "withheld_delete", count);
    part("withheld-list").replaceChildren(...takes.map(row));
  }

  /** @param {Take} take */
  function row(take) {
    const item = document.createElement("li");
    item.dataset.take = take.id;
    item.textContent = `${take.text} · ${inSeconds(take.frames / take.rate_hz)}`;
    return item;
  }

  async function deleteAll() {
    if (!globalThis.confirm(countInWords(texts, "withheld_sure", takes.length))) return;
    const going = takes;
    await endUploads(going, end);
    for (const { id } of going) await store.remove(id);
    isDeleted = true;
    await refresh();
    part("withheld").focus(); // the button is gone
    onDeleted();
  }

  part("withheld-delete").addEventListener("click", () => void deleteAll());
  return { refresh };
}
