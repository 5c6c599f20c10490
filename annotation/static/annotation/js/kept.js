/**
 * An answer that was not finished when the page had to be loaded again, kept for its clip: then filled in again, as
 * far as the labels are still offered. What was sent and refused is in the outbox.
 */

/**
 * @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store
 * @typedef {import("./types.js").Answer} Answer
 */

const MOST = 30;

export class Kept {
  /** @param {Store} store @param {string} name storage key: one per person */
  constructor(store, name) {
    this.store = store;
    this.name = name;
  }

  /** @param {string} assignment @param {Answer} answer */
  keep(assignment, answer) {
    const others = this.#all().filter(([other]) => other !== assignment);
    this.#save([...others, [assignment, answer]].slice(-MOST));
  }

  /** The answer kept for it, which is forgotten by this. @param {string} assignment @returns {Answer | undefined} */
  take(assignment) {
    const all = this.#all();
    const found = all.find(([other]) => other === assignment);
    if (found) this.#save(all.filter((one) => one !== found));
    return found?.[1];
  }

  /** @returns {[string, Answer][]} */
  #all() {
    try {
      const kept = JSON.parse(this.store.getItem(this.name) ?? "[]");
      return Array.isArray(kept) ? kept.filter((one) => Array.isArray(one) && one[1]) : [];
    } catch {
      return [];
    }
  }

  /** @param {unknown[]} all */
  #save(all) {
    if (all.length) this.store.setItem(this.name, JSON.stringify(all));
    else this.store.removeItem(this.name);
  }
}
