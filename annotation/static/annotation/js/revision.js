/** Changing an answer that was given before: the last one, or one that another module tells of. */

import { address, Refused } from "./api.js";
import { fromBefore, later } from "./behind.js";
import { newKey } from "./outbox.js";

/**
 * @typedef {import("./behind.js").Done} Done
 * @typedef {import("./types.js").Judgement} Judgement
 * @typedef {object} Parts of the page
 * @property {import("./behind.js").Behind} behind
 * @property {Pick<ReturnType<typeof import("./view.js").makeView>, "revising" | "hint" | "refused">} view
 * @property {Pick<import("./outbox.js").Outbox, "send">} outbox
 * @property {string} url where an answer is revised, with ID for that answer's
 * @property {(assignment: import("./types.js").Assignment) => Promise<import("./queue.js").Media>} load
 * @property {(done?: Done) => Promise<void>} show its clip, or the one that waits
 * @property {(answer: import("./types.js").Answer) => void} choose its values in the form
 * @property {(answer: import("./types.js").Stored) => void} stored is told what the server keeps
 */

export class Revision {
  /** @type {Done | null} */
  #done = null;

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** The one being changed. */
  get current() {
    return this.#done;
  }

  /** Begin with the last answer, or leave it as it was. */
  async toggle() {
    if (this.#done) return this.end();
    const done = this.parts.behind.last;
    if (done) await this.#begin(done);
  }

  /** @param {import("./behind.js").Last} last */
  async earlier(last) {
    // One of the last few may have been changed since: what is known here is newer.
    const known = this.parts.behind.find(last.assignment.id);
    await this.#begin(known ?? fromBefore(last, this.parts.load));
  }

  end() {
    this.#done = null;
    this.parts.view.revising(false);
    void this.parts.show();
  }

  /** @param {Done} done @param {Judgement} judgement */
  async send(done, judgement) {
    const { outbox, stored: tell, url, view } = this.parts;
    try {
      const before = await Promise.race([done.stored, later()]);
      const stored = outbox.send({ key: newKey(), url: address(url, before.id), body: judgement });
      Object.assign(done, { answer: judgement, stored });
      stored.then(tell, () => {}); // a refusal is told by the outbox
      this.end();
      view.hint("revised");
    } catch (error) {
      if (error instanceof Refused) view.refused(error);
      else view.hint("not_sent_yet");
    }
  }

  /** @param {Done} done */
  async #begin(done) {
    this.#done = done;
    this.parts.view.revising(true);
    await this.parts.show(done);
    this.parts.choose(done.answer);
  }
}
