/** Giving a clip back: for somebody else, or because it cannot be heard here. */

import { address, Refused } from "./api.js";
import { release } from "./behind.js";

/** The most characters that the server takes as a reason. */
const LONGEST_REASON = 200;

/**
 * Why the clip is given back: the note, else what was ticked, else that it could not be loaded.
 * @param {{note: string, flags: string[], failed: boolean}} given `failed`: the clip could not be loaded
 * @returns {{reason: string, cut: boolean}} `cut`: the note was longer than a reason may be
 */
export function reasonToSkip({ note, flags, failed }) {
  const characters = [...note.trim()];
  const raised = failed && !flags.includes("technical_fault") ? [...flags, "technical_fault"] : flags;
  const reason = characters.slice(0, LONGEST_REASON).join("").trim() || raised.join(", ") || "skipped";
  return { reason, cut: characters.length > LONGEST_REASON };
}

/**
 * @param {object} parts
 * @param {Pick<import("./api.js").Api, "post">} parts.api
 * @param {string} parts.url with ID for the assignment
 * @param {Pick<import("./queue.js").ClipQueue, "current" | "drop" | "forget">} parts.queue
 * @param {Pick<import("./view.js").View, "isIdle" | "hasFailed" | "note" | "hint" | "refused" | "problem">} parts.view
 * @param {() => boolean} parts.busy with an earlier answer
 * @param {() => void} parts.go on to the next clip
 * @param {(assignment: string) => void} parts.tell the person's other tabs
 */
export function makeSkip({ api, url, queue, view, busy, go, tell }) {
  /** Whose return is on its way: a second press must not give back the clip after it. */
  let returning = "";

  /**
   * The clip at hand, also one that is not there yet or cannot be fetched.
   * @param {{detail: number}} [press] the second of a double press is not meant for the clip that came between
   */
  return async function skip({ detail } = { detail: 0 }) {
    const ready = queue.current;
    if (!ready || busy() || view.isIdle() || returning || detail > 1) return;
    const { id } = ready.assignment;
    returning = id;
    const { reason, cut } = reasonToSkip({ ...view.note(), failed: view.hasFailed() });
    /** @type {boolean} */
    let current;
    try {
      await api.post(address(url, id), { reason });
      current = queue.drop(id);
    } catch (error) {
      if (!isGone(error)) return error instanceof Refused ? view.refused(error) : view.problem("");
      current = queue.drop(id);
      // Its lease ran out, and it went to others. Should it come to us again, it is shown again.
      queue.forget(id);
    } finally {
      returning = "";
    }
    tell(id);
    release(ready);
    if (current && !busy()) go();
    view.hint(cut ? "skipped_cut" : "skipped");
  };
}

/** The assignment was closed before. @param {unknown} error */
function isGone(error) {
  return error instanceof Refused && error.code === "assignment_closed";
}
