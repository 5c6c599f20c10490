/**
 * On the pages beside the recorder: takes of these sessions that are in this browser and were not accepted, as the speaker took the
 * consent back.
 */

import { Refused, address, cookieToken, makeApi } from "./api.js";
import { openShelf } from "./shelf.js";
import { TakeStore, isWithheld } from "./take_store.js";
import { askOf } from "./take_upload.js";
import { isAbandoned } from "./taking.js";
import { makeTus } from "./tus.js";
import { END_MS, mountWithheld } from "./withheld_view.js";

/**
 * @typedef {{sessions: string[], in_force: boolean, takes: string, texts: Record<string, string>}} Config `takes`: address of
 * those of the session ID
 */

/** @param {HTMLElement} root */
export async function mount(root) {
  const config = /** @type {Config} */ (JSON.parse(document.getElementById(root.dataset.config ?? "")?.textContent ?? "{}"));
  const shelf = await openShelf().catch(() => null);
  if (!shelf) return; // such a browser keeps none
  const store = new TakeStore(shelf);
  const sessions = new Set(config.sessions);
  const isOfThese = (/** @type {import("./shelf.js").Take} */ take) => sessions.has(take.session);
  if (!config.in_force) await withholdAll(store, isOfThese, askAt(store, config.takes));
  const tus = makeTus({ csrf: cookieToken });
  const end = (/** @type {string} */ upload) => tus.end(upload, AbortSignal.timeout(END_MS));
  const isMine = (/** @type {import("./shelf.js").Take} */ take) => isOfThese(take) && isWithheld(take);
  await mountWithheld(root, config.texts, { store, isMine, inForce: config.in_force, end }).refresh();
}

/**
 * How to learn whether the server has a take: it may have stored it just before, its answer lost.
 * @param {TakeStore} store @param {string} takes address, with ID for the session
 * @returns {(take: import("./shelf.js").Take) => Promise<boolean>} rejects where the server cannot say so now
 */
function askAt(store, takes) {
  const parts = { api: makeApi({ csrf: "" }), takesOf: (/** @type {string} */ session) => address(takes, session) };
  return async (take) => {
    const refused = (/** @type {unknown} */ error) => (error instanceof Refused ? null : Promise.reject(error));
    return Boolean(await askOf(take, () => store.file(take), parts).catch(refused));
  };
}

/**
 * Also what nobody tried to send, such as a take whose page was closed: it would be refused.
 * @param {TakeStore} store @param {(take: import("./shelf.js").Take) => boolean} isOfThese
 * @param {(take: import("./shelf.js").Take) => Promise<boolean>} isStored asks the server
 */
export async function withholdAll(store, isOfThese, isStored) {
  await store.recover((take) => isAbandoned(navigator.locks ?? null, take));
  const takes = (await store.finished()).filter((take) => isOfThese(take) && !isWithheld(take));
  for (const take of takes) {
    const found = await isStored(take).catch(() => null); // the recorder page asks again
    if (found === null) continue;
    await (found ? store.remove(take.id) : store.withhold(take.id));
  }
}
