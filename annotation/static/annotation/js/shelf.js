/**
 * Where takes lie in the browser: IndexedDB, or memory where there is none. Both have the same few verbs, each of which is
 * one transaction. What belongs to another server is out of reach: browsers keep a database for each origin.
 */

/**
 * @typedef {object} Take as it is known here
 * @property {string} id given by this browser
 * @property {string} session
 * @property {string} title of the session
 * @property {string} address of the session's recorder page
 * @property {string | null} prompt null: room tone
 * @property {string} text what it is called in a list
 * @property {"speech" | "room_tone"} kind
 * @property {"recording" | "finished"} state
 * @property {number} rate_hz
 * @property {number} bits
 * @property {number} frames written so far
 * @property {string} recorded_at ISO
 * @property {Record<string, unknown>} reported what the device said, and what went wrong
 * @property {string} interrupted why it ended before it was stopped; "" where it was not
 * @property {string} upload address of what was sent so far; "" before
 * @property {boolean} [placing] the server was asked to make a take of it, and may have done so
 * @property {import("./take_upload.js").Refusal | null} refusal the server's last word
 * @typedef {{take: string, n: number, bytes: Uint8Array<ArrayBuffer>}} Piece of PCM, numbered from 0
 * @typedef {{take: Take, pieces?: Piece[], durable?: boolean}} Change
 * @typedef {object} Shelf
 * @property {(change: Change) => Promise<void>} write a take with further pieces of it
 * @property {(id: string, change: Partial<Take>) => Promise<Take | undefined>} change what is there; undefined where it is gone
 * @property {() => Promise<Take[]>} takes oldest first
 * @property {(id: string) => Promise<Piece[]>} pieces in order
 * @property {(id: string) => Promise<void>} remove
 */

/** In which pages of this browser tell each other what became of takes. */
export const CHANNEL = "speecheq.takes";
const NAME = "speecheq-takes";
const VERSION = 1;
/** Some browsers never answer: recording goes on in memory then. */
const OPEN_MS = 20_000;
const ALL = (/** @type {string} */ id) => IDBKeyRange.bound([id, 0], [id, Infinity]);

/** @param {Take[]} takes */
const byAge = (takes) => takes.sort((a, b) => (a.recorded_at < b.recorded_at ? -1 : 1));

/** @returns {Promise<Shelf>} rejects where the browser keeps nothing */
export async function openShelf(factory = globalThis.indexedDB) {
  if (!factory) throw new Error("This browser has no IndexedDB.");
  const open = () => openDatabase(factory);
  return makeShelf(await open(), open);
}

/** Ask the browser not to clear takes away when the disk runs short. @returns {Promise<boolean>} whether it promised */
export async function askToKeep(storage = globalThis.navigator?.storage) {
  try {
    return (await storage?.persisted?.()) || (await storage?.persist?.()) || false;
  } catch {
    return false;
  }
}

/** @param {IDBFactory} factory @returns {Promise<IDBDatabase>} */
async function openDatabase(factory) {
  const asked = factory.open(NAME, VERSION);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("takes", { keyPath: "id" });
    asked.result.createObjectStore("pieces", { keyPath: ["take", "n"] });
  };
  const database = await inTime(answer(asked));
  // Another tab brings a newer version of this page: do not stand in its way.
  database.onversionchange = () => database.close();
  return database;
}

/** @param {Promise<IDBDatabase>} opened @returns {Promise<IDBDatabase>} */
function inTime(opened) {
  return new Promise((done, no) => {
    const timer = setTimeout(() => no(new Error("IndexedDB does not answer.")), OPEN_MS);
    opened.then(done, no).finally(() => clearTimeout(timer));
  });
}

/** @param {IDBDatabase} database @param {() => Promise<IDBDatabase>} reopen @returns {Shelf} */
function makeShelf(database, reopen) {
  /** @param {IDBTransactionMode} mode @param {IDBTransactionDurability} durability */
  const start = (mode, durability) => database.transaction(["takes", "pieces"], mode, { durability });
  /** @param {IDBTransactionMode} mode @param {IDBTransactionDurability} [durability] */
  async function begin(mode, durability = "relaxed") {
    try {
      return start(mode, durability);
    } catch {
      // Browsers close it under a page that slept.
      database = await reopen();
      return start(mode, durability);
    }
  }
  return {
    async write({ take, pieces = [], durable = false }) {
      const work = await begin("readwrite", durable ? "strict" : "relaxed");
      work.objectStore("takes").put(take);
      for (const piece of pieces) work.objectStore("pieces").put(piece);
      work.commit?.(); // at once: the page may be on its way out
      await finished(work);
    },
    async change(id, change) {
      const work = await begin("readwrite", "strict");
      const old = await answer(work.objectStore("takes").get(id));
      if (old) work.objectStore("takes").put({ ...old, ...change });
      await finished(work);
      return old && { ...old, ...change };
    },
    async takes() {
      return byAge(await answer((await begin("readonly")).objectStore("takes").getAll()));
    },
    async pieces(id) {
      return answer((await begin("readonly")).objectStore("pieces").getAll(ALL(id)));
    },
    async remove(id) {
      const work = await begin("readwrite", "strict");
      work.objectStore("takes").delete(id);
      work.objectStore("pieces").delete(ALL(id));
      await finished(work);
    },
  };
}

/** @returns {Shelf} one that lasts as long as the page */
export function memoryShelf() {
  /** @type {Map<string, Take>} */
  const takes = new Map();
  /** @type {Map<string, Map<number, Piece>>} */
  const pieces = new Map();
  return {
    async write({ take, pieces: more = [] }) {
      takes.set(take.id, take);
      const mine = pieces.get(take.id) ?? new Map();
      pieces.set(take.id, mine);
      for (const piece of more) mine.set(piece.n, piece);
    },
    async change(id, change) {
      const old = takes.get(id);
      if (old) takes.set(id, { ...old, ...change });
      return takes.get(id);
    },
    takes: async () => byAge([...takes.values()]),
    async pieces(id) {
      return [...(pieces.get(id)?.values() ?? [])].sort((a, b) => a.n - b.n);
    },
    async remove(id) {
      takes.delete(id);
      pieces.delete(id);
    },
  };
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} work @returns {Promise<void>} */
function finished(work) {
  return new Promise((resolve, reject) => {
    work.oncomplete = () => resolve();
    work.onerror = work.onabort = () => reject(work.error ?? new Error("The browser did not store it."));
  });
}
