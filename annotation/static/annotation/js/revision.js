/** Changing an answer that was given before: the last one, one that another module tells of, or a refused one. */

import { address, Refused } from "./api.js";
import { fromBefore, later } from "./behind.js";
import { newKey } from "./outbox.js";

/**
 * @typedef {import("./behind.js").Done} Done
 * @typedef {import("./types.js").Judgement} Judgement
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./outbox.js").RefusedEntry} RefusedEntry
 * @typedef {object} Parts of the page
 * @property {import("./behind.js").Behind} behind
 * @property {Pick<ReturnType<typeof import("./view.js").makeView>, "revising" | "hint" | "refused">} view
 * @property {Pick<import("./outbox.js").Outbox, "send" | "discard">} outbox
 * @property {string} url where an answer is revised, with ID for that answer's
 * @property {(assignment: import("./types.js").Assignment) => Promise<import("./queue.js").Media>} load
 * @property {() => void} setAside what was chosen and heard of the clip that waits meanwhile
 * @property {(assignment: string) => Answer | undefined} begun a change of it that was not finished, before the page was loaded again
 * @property {(done?: Done) => Promise<void>} show its clip with its draft, or the one that waits
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

  /** A refused answer, to be given on the labels of this page. @param {RefusedEntry} refused */
  async reopen(refused) {
    const { body, target } = refused;
    if (!target) return;
    const { labels, secondary, extras, confidence, flags, comment } = body;
    const answer = { labels, secondary, extras, confidence, flags, comment };
    const done = fromBefore({ id: "", assignment: target, ...answer }, this.parts.load);
    await this.#begin(Object.assign(done, { refused }));
  }

  end() {
    this.#done = null;
    this.parts.view.revising("");
    void this.parts.show();
  }

  /** @param {Done} done @param {Judgement} judgement */
  async send(done, judgement) {
    if (done.refused) return this.#sendInstead(done.refused, judgement);
    const { outbox, stored: tell, url, view } = this.parts;
    try {
      const before = await Promise.race([done.stored, later()]);
      const target = done.assignment;
      const stored = outbox.send({ key: newKey(), url: address(url, before.id), body: judgement, target });
      Object.assign(done, { answer: judgement, stored });
      stored.then(tell, () => {}); // a refusal is told by the outbox
      this.end();
      view.hint("revised");
    } catch (error) {
      if (error instanceof Refused) view.refused(error);
      else view.hint("not_sent_yet");
    }
  }

  /** What was heard then was heard of the same clip. @param {RefusedEntry} refused @param {Judgement} judgement */
  #sendInstead({ key, url, assignment, target, body }, judgement) {
    const { outbox, stored: tell, view } = this.parts;
    const listened_ms = Math.max(body.listened_ms, judgement.listened_ms);
    const replays = body.replays + judgement.replays;
    const stored = outbox.send({ key: newKey(), url, body: { ...judgement, listened_ms, replays }, assignment, target });
    outbox.discard(key);
    stored.then(tell, () => {});
    this.end();
    view.hint("sent_again");
  }

  /** @param {Done} done */
  async #begin(done) {
    const { begun, setAside, show, view } = this.parts;
    setAside();
    this.#done = done;
    done.draft = { answer: begun(done.assignment.id) ?? done.answer, again: done.refused !== undefined };
    view.revising(done.refused ? "reopened" : "revising");
    await show(done);
  }
}
