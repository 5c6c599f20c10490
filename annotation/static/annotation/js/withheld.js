/**
 * On the pages beside the recorder: takes of these sessions that are in this browser and were not accepted, as the speaker took the
 * consent back.
 */

import { openShelf } from "./shelf.js";
import { TakeStore, isWithheld } from "./take_store.js";
import { isAbandoned } from "./taking.js";
import { mountWithheld } from "./withheld_view.js";

/** @typedef {{sessions: string[], in_force: boolean, texts: Record<string, string>}} Config */

/** @param {HTMLElement} root */
export async function mount(root) {
  const config = /** @type {Config} */ (JSON.parse(document.getElementById(root.dataset.config ?? "")?.textContent ?? "{}"));
  const shelf = await openShelf().catch(() => null);
  if (!shelf) return; // such a browser keeps none
  const store = new TakeStore(shelf);
  const sessions = new Set(config.sessions);
  const isOfThese = (/** @type {import("./shelf.js").Take} */ take) => sessions.has(take.session);
  if (!config.in_force) await withholdAll(store, isOfThese);
  const isMine = (/** @type {import("./shelf.js").Take} */ take) => isOfThese(take) && isWithheld(take);
  await mountWithheld(root, config.texts, { store, isMine, inForce: config.in_force }).refresh();
}

/**
 * Also what nobody tried to send, such as a take whose page was closed: it would be refused.
 * @param {TakeStore} store @param {(take: import("./shelf.js").Take) => boolean} isOfThese
 */
async function withholdAll(store, isOfThese) {
  await store.recover((take) => isAbandoned(navigator.locks ?? null, take));
  const takes = (await store.finished()).filter((take) => isOfThese(take) && !isWithheld(take));
  for (const { id } of takes) await store.withhold(id);
}
