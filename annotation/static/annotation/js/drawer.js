/**
 * Entries written down in the browser, each under a name of its own: two tabs that write at once
 * never undo each other's. What the storage has no room for is held in memory, and counted.
 */

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Store */

let written = 0;

/** @template {{key: string, at?: number}} T */
export class Drawer {
  /** @type {Map<string, T>} by name */
  #inMemory = new Map();

  /** @param {Store} store @param {string} name what the names of all entries begin with */
  constructor(store, name) {
    this.store = store;
    this.prefix = `${name}.`;
  }

  /** How many only this tab has. */
  get unsaved() {
    return this.#inMemory.size;
  }

  /** Oldest first. @returns {T[]} */
  all() {
    return this.#names().flatMap((name) => this.#read(name));
  }

  /** @param {T} entry */
  put(entry) {
    this.remove(entry.key);
    const at = entry.at ?? Date.now();
    const name = `${this.prefix}${String(at).padStart(15, "0")}.${String(++written).padStart(6, "0")}.${entry.key}`;
    this.#write(name, { ...entry, at });
  }

  /** @param {string} key */
  remove(key) {
    for (const name of this.#names()) {
      if (!name.endsWith(`.${key}`)) continue;
      this.#inMemory.delete(name);
      this.store.removeItem(name);
    }
    // Perhaps there is room now.
    for (const [name, entry] of [...this.#inMemory]) this.#write(name, entry);
  }

  #names() {
    const names = new Set(this.#inMemory.keys());
    for (let i = 0; i < this.store.length; i++) {
      const name = this.store.key(i);
      if (name?.startsWith(this.prefix)) names.add(name);
    }
    return [...names].sort();
  }

  /** What is damaged is passed over. @param {string} name @returns {T[]} */
  #read(name) {
    const held = this.#inMemory.get(name);
    if (held) return [held];
    try {
      const entry = JSON.parse(this.store.getItem(name) ?? "");
      return entry?.key ? [entry] : [];
    } catch {
      return [];
    }
  }

  /** @param {string} name @param {T} entry */
  #write(name, entry) {
    try {
      this.store.setItem(name, JSON.stringify(entry));
      this.#inMemory.delete(name);
    } catch {
      this.#inMemory.set(name, entry);
    }
  }
}

/**
 * Local storage; where the browser forbids it, one without room.
 * @returns {Store}
 */
export function openStore() {
  try {
    localStorage.setItem("speecheq.probe", "1");
    localStorage.removeItem("speecheq.probe");
    return localStorage;
  } catch {
    const full = () => {
      throw new Error("This browser keeps nothing.");
    };
    return { length: 0, key: () => null, getItem: () => null, setItem: full, removeItem: () => {} };
  }
}
