/** The clips judged last, kept so that the latest can be changed, or come back when it was refused. */

import { Unreachable } from "./api.js";
import { releaseSound } from "./player.js";

/**
 * @typedef {import("./types.js").Assignment} Assignment
 * @typedef {import("./queue.js").Media} Media
 * @typedef {{id: string, assignment: Assignment} & import("./types.js").Answer} Last
 * @typedef {import("./queue.js").Ready & {answer: import("./types.js").Answer, stored: Promise<import("./types.js").Stored>,
 *   refused?: import("./outbox.js").RefusedEntry}} Done `refused`: the answer that another one takes the place of
 */

const KEPT = 3;

export class Behind {
  /** The latest last. @type {Done[]} */
  #done = [];

  /** @param {Done} done */
  add(done) {
    this.#done.push(done);
    while (this.#done.length > KEPT) release(this.#done.shift());
  }

  get last() {
    return this.#done.at(-1);
  }

  /** @param {string} assignment */
  find(assignment) {
    return this.#done.find((one) => one.assignment.id === assignment);
  }

  /** Take one out again. @param {string} assignment */
  take(assignment) {
    const done = this.find(assignment);
    this.#done = this.#done.filter((one) => one !== done);
    return done;
  }
}

/**
 * The answer given before this page was opened. Its sound is fetched only when it is asked for: most
 * pages never go back.
 * @param {Last} last
 * @param {(assignment: Assignment) => Promise<Media>} load
 * @returns {Done}
 */
export function fromBefore({ id, assignment, ...answer }, load) {
  const { labels } = answer;
  const stored = { id, assignment: assignment.id, clip: assignment.clip.id, labels, counted: true };
  /** @type {Promise<Media> | undefined} */
  let loaded;
  return {
    assignment,
    answer,
    stored: Promise.resolve(stored),
    get media() {
      loaded ??= load(assignment);
      // What failed is fetched again when it is asked for again.
      loaded.catch(() => (loaded = undefined));
      return loaded;
    },
  };
}

/** Give back the memory of a clip's sound, once it is there. @param {import("./queue.js").Ready | undefined} ready */
export function release(ready) {
  if (ready?.loaded) releaseSound(ready.loaded.sound);
}

/** Rejects after a moment: the judgement to change has not reached the server yet. */
export function later() {
  return new Promise((_, reject) => setTimeout(() => reject(new Unreachable("waiting")), 4_000));
}
