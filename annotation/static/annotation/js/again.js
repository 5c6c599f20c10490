/**
 * Answers that come a second time: refused ones, those that were not finished when the page was loaded again,
 * and those given on labels that the campaign has replaced since. These are sent as they are where the new
 * labels still offer all of it, else opened in the form.
 */

/**
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./outbox.js").RefusedEntry} RefusedEntry
 * @typedef {"load" | "send" | "retry" | "open" | "discard"} Decision
 * @typedef {object} Parts of the page
 * @property {Pick<import("./queue.js").ClipQueue, "current" | "toFront" | "drop">} queue
 * @property {Pick<import("./outbox.js").Outbox, "refusedFor" | "retry">} outbox
 * @property {import("./kept.js").Kept} kept
 * @property {Pick<ReturnType<typeof import("./entry.js").mountEntry>, "set" | "takes" | "isEmpty" | "answer">} entry
 * @property {Pick<import("./revision.js").Revision, "current" | "reopen" | "end">} revision
 * @property {Pick<import("./view.js").View, "hint" | "outdated" | "shown">} view
 * @property {string} scheme of this page, as "seqd-1@2"
 * @property {() => void} setAside what was chosen of the clip at hand
 * @property {() => void} show the clip at hand
 * @property {() => void} reload
 */

export class Again {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /** What can be done with an answer that was refused. @param {RefusedEntry} entry @returns {Decision[]} */
  decisions(entry) {
    const { entry: form, scheme } = this.parts;
    /** @type {Decision[]} */
    const open = entry.target ? ["open"] : [];
    if (entry.code !== "scheme_changed") return ["retry", ...(entry.status === 422 ? open : []), "discard"];
    if (entry.body.scheme === scheme) return ["load", "discard"];
    return [...(form.takes(entry.body) ? /** @type {Decision[]} */ (["send"]) : []), ...open, "discard"];
  }

  /** Send it as it is, as an answer on the labels of this page. @param {RefusedEntry} entry */
  send({ key, assignment }) {
    const { queue, outbox, revision, scheme, show } = this.parts;
    outbox.retry(key, { scheme });
    // It needs no other answer now.
    if (assignment && queue.drop(assignment) && !revision.current) show();
  }

  /** Show its clip with its values, as far as these labels offer them. @param {RefusedEntry} entry */
  open(entry) {
    const { queue, revision, setAside, show } = this.parts;
    setAside();
    const ready = entry.assignment ? queue.toFront(entry.assignment) : undefined;
    if (!ready) return void revision.reopen(entry);
    ready.draft = { ...ready.draft, answer: entry.body, again: true };
    if (revision.current) revision.end();
    else show();
  }

  /** Fill in what was not taken or not finished of this clip. @param {string} assignment */
  offer(assignment) {
    const { entry, kept, outbox, revision, view } = this.parts;
    if (revision.current) return;
    const refused = outbox.refusedFor(assignment);
    const answer = refused?.body ?? kept.take(assignment);
    if (!answer) return;
    const whole = refused && refused.code !== "scheme_changed" ? "values_kept" : "carried_over";
    view.hint(entry.set(answer) ? whole : "carried_partly");
  }

  /** @param {Entry} refused because of its scheme */
  onSchemeChanged({ body, assignment = "" }) {
    const { entry, scheme, view } = this.parts;
    if (body.scheme === scheme) view.outdated();
    // An earlier page sent it, with the labels of then: here it can be looked at and sent.
    else if (view.shown() === assignment && entry.isEmpty()) this.offer(assignment);
  }

  /** Load the page again, for its new labels. */
  load() {
    this.keep();
    this.parts.reload();
  }

  /** Write down what was begun, for when its clip is shown again. */
  keep() {
    const { entry, kept, queue, revision, view } = this.parts;
    const waits = queue.current;
    if (revision.current && waits?.draft) kept.keep(waits.assignment.id, waits.draft.answer);
    const assignment = view.shown();
    if (assignment && !entry.isEmpty()) kept.keep(assignment, entry.answer());
  }
}
