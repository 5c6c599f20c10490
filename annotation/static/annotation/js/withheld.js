/**
 * On the pages beside the recorder: takes of these sessions that are in this browser and were not accepted, as the speaker took the
 * consent back.
 */

import { address, cookieToken, makeApi } from "./api.js";
import { Repeater } from "./repeater.js";
import { CHANNEL, openShelf } from "./shelf.js";
import { TakeStore, isWithheld } from "./take_store.js";
import { askOf, whyUnsaid } from "./take_upload.js";
import { isAbandoned } from "./taking.js";
import { makeTus } from "./tus.js";
import { END_MS, mountWithheld } from "./withheld_view.js";
import { countInWords } from "./words.js";

/**
 * @typedef {{sessions: string[], in_force: boolean, takes: string, texts: Record<string, string>}} Config `takes`: address of
 * those of the session ID
 * @typedef {ReturnType<typeof whyUnsaid>} Why
 * @typedef {{count: number, why: Why | ""}} Unsaid takes of which the server does not say now whether it has them
 */

const PACE_MS = 2_000;
/** The next take would hear the same: with a fault of the server it need not. @type {Set<Why | "">} */
const OF_ALL = new Set(["signed_out", "busy", "offline"]);

/** @param {HTMLElement} root */
export async function mount(root) {
  const config = /** @type {Config} */ (JSON.parse(document.getElementById(root.dataset.config ?? "")?.textContent ?? "{}"));
  const shelf = await openShelf().catch(() => null);
  if (!shelf) return () => {}; // such a browser keeps none
  const store = new TakeStore(shelf);
  const sessions = new Set(config.sessions);
  const isOfThese = (/** @type {import("./shelf.js").Take} */ take) => sessions.has(take.session);
  const tus = makeTus({ csrf: cookieToken });
  const end = (/** @type {string} */ upload) => tus.end(upload, AbortSignal.timeout(END_MS));
  const isMine = (/** @type {import("./shelf.js").Take} */ take) => isOfThese(take) && isWithheld(take);
  // Recorder pages that are open know of them, too.
  const tabs = new BroadcastChannel(CHANNEL);
  const onDeleted = () => tabs.postMessage({ deleted: true });
  const view = mountWithheld(root, config.texts, { store, isMine, inForce: config.in_force, end, onDeleted });
  await view.refresh();
  if (config.in_force) return () => tabs.close();
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (root.querySelector(`[data-part="${name}"]`));
  const asking = new Repeater(async () => {
    const told = await withholdAll(store, isOfThese, askAt(store, config.takes));
    part("unsaid").hidden = !told.count;
    for (const [name, words] of Object.entries(unsaidInWords(config.texts, told))) {
      if (part(name).textContent !== words) part(name).textContent = words;
    }
    await view.refresh();
    if (!told.count) asking.close();
    return !told.count;
  }, () => PACE_MS);
  void asking.start();
  return () => (asking.close(), tabs.close());
}

/** How many; why, and what to do. By part of the page. @param {Record<string, string>} texts @param {Unsaid} unsaid */
export function unsaidInWords(texts, { count, why }) {
  if (!count) return { "unsaid-words": "", "unsaid-why": "" };
  return { "unsaid-words": countInWords(texts, "unsaid", count), "unsaid-why": texts[`unsaid_${why}`] };
}

/**
 * How to learn whether the server has a take: it may have stored it just before, its answer lost.
 * @param {TakeStore} store @param {string} takes address, with ID for the session
 * @returns {(take: import("./shelf.js").Take) => Promise<boolean>} rejects where the server does not say so now
 */
function askAt(store, takes) {
  const parts = { api: makeApi({ csrf: "" }), takesOf: (/** @type {string} */ session) => address(takes, session) };
  return async (take) => Boolean(await askOf(take, () => store.file(take), parts));
}

/**
 * Also what nobody tried to send, such as a take whose page was closed: it would be refused. A take of which the server does not
 * say whether it has it stays as it is.
 * @param {TakeStore} store @param {(take: import("./shelf.js").Take) => boolean} isOfThese
 * @param {(take: import("./shelf.js").Take) => Promise<boolean>} isStored asks the server
 * @returns {Promise<Unsaid>}
 */
export async function withholdAll(store, isOfThese, isStored) {
  await store.recover((take) => isAbandoned(navigator.locks ?? null, take));
  const takes = (await store.finished()).filter((take) => isOfThese(take) && !isWithheld(take));
  /** @type {Unsaid} */
  const unsaid = { count: 0, why: "" };
  for (const take of takes) {
    // Of a take whose place was not asked for nobody needs to ask.
    const isStopped = take.placing && OF_ALL.has(unsaid.why);
    const found = isStopped ? null : await isStored(take).catch((error) => ((unsaid.why = whyUnsaid(error)), null));
    if (found === null) unsaid.count += 1;
    else await (found ? store.remove(take.id) : store.withhold(take.id));
  }
  return unsaid;
}
