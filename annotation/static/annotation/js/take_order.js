/**
 * The place of a take among all of this browser: a number that only grows, also where the clock is set back between two
 * takes. The server chooses the latest of a prompt by it, and asks no clock.
 */

import { newKey } from "./outbox.js";

/** @typedef {{browser: string, number: number}} Order */

const BROWSER = "speecheq.browser";
const LAST = "speecheq.takes.last";
/** Where the browser keeps nothing, a page counts by itself. @type {Map<string, string>} */
const page = new Map();
const memory = {
  getItem: (/** @type {string} */ name) => page.get(name) ?? null,
  setItem: (/** @type {string} */ name, /** @type {string} */ value) => void page.set(name, value),
};

/** @param {Pick<Storage, "getItem" | "setItem"> | null} [storage] @returns {Order} */
export function nextOrder(storage = browserStorage(), now = Date.now()) {
  try {
    return countOn(storage ?? memory, now);
  } catch {
    return countOn(memory, now);
  }
}

/** @param {Pick<Storage, "getItem" | "setItem">} storage @param {number} now @returns {Order} */
function countOn(storage, now) {
  const browser = storage.getItem(BROWSER) || newKey();
  // Near the time: a browser whose storage was cleared has a new name, and numbers never start at 1 again.
  const number = Math.max(now, Number(storage.getItem(LAST) ?? 0) + 1) || now;
  storage.setItem(BROWSER, browser);
  storage.setItem(LAST, String(number));
  return { browser, number };
}

/** Reading the property alone fails where the browser forbids storage. */
function browserStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
