/** Saves regions, one time after the other: what is changed meanwhile is kept for the next time, and what somebody else saved first is never overwritten unseen. */

import { cookieToken } from "./api.js";
import { refusalInWords } from "./words.js";

/** @typedef {import("./long_regions.js").Regions} Regions */

/** @typedef {Pick<import("./long_regions.js").Region, "start_frame" | "end_frame" | "prompt">} Place */

const TIMEOUT_MS = 60_000;

/** @param {Place[]} some @param {Place[]} others */
function isSame(some, others) {
  const told = (/** @type {Place[]} */ rows) => JSON.stringify(rows.map(({ start_frame, end_frame, prompt }) => [start_frame, end_frame, prompt]));
  return told(some) === told(others);
}

/**
 * @param {Regions} regions
 * @param {object} about
 * @param {string} about.url
 * @param {number} about.revision that the regions are of
 * @param {Record<string, string>} about.texts of refusals
 * @param {DOMStringMap} about.words of the page
 * @param {AbortSignal} about.signal
 * @param {(words: string, kind?: "info" | "bad") => void} about.tell
 * @param {() => void} about.replaced the regions are those of the server now
 * @param {HTMLElement} about.conflict where it is asked which ones are to stay
 * @param {number} [about.timeout_ms]
 */
export function makeSaving(regions, { url, revision, texts, words, signal, tell, replaced, conflict, timeout_ms = TIMEOUT_MS }) {
  let saving = false;
  /** Asked for once more while one was under way. */
  let again = false;
  /** What was sent when no answer came. @type {{rows: Place[], changes: number} | null} */
  let unanswered = null;
  /** One's own regions while somebody else's are shown. @type {any[] | null} */
  let mine = null;

  /** @param {number} now */
  function setRevision(now) {
    revision = now;
    for (const input of document.querySelectorAll("input[name=revision]")) /** @type {HTMLInputElement} */ (input).value = String(now);
  }

  /** @param {any} stored */
  function adopt(stored) {
    setRevision(stored.revision);
    regions.replace(stored.regions);
    replaced();
  }

  /** What was changed while it was sent is kept, for the next time. @param {any} told @param {number} sent */
  function stored(told, sent) {
    if (regions.changes === sent) {
      adopt(told);
      return tell(words.textSaved ?? "");
    }
    setRevision(told.revision);
    regions.knows(told.regions);
    tell(words.textChanged ?? "");
  }

  /** Somebody else saved first: theirs are shown, one's own are kept until one has chosen. @param {any} theirs */
  function differ(theirs) {
    mine ??= regions.rows;
    adopt(theirs);
    tell("");
    conflict.hidden = false;
    conflict.focus();
  }

  /** One try. False where there is nothing more to be done about it. */
  async function saveOnce() {
    const sent = { rows: regions.body(), changes: regions.changes };
    const answer = await fetch(url, {
      method: "PUT",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": cookieToken() || (words.csrf ?? "") },
      body: JSON.stringify({ revision, regions: sent.rows }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeout_ms)]),
    }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    if (!answer || !told) {
      unanswered = sent;
      tell(words.textLost ?? "", "bad");
      return false;
    }
    const before = unanswered;
    unanswered = null;
    if (answer.ok) {
      stored(told, sent.changes);
      return again;
    }
    const theirs = answer.status === 409 ? told.recording : null;
    if (theirs && before && isSame(theirs.regions, before.rows)) {
      stored(theirs, before.changes);  // they are our own: only the answer was lost
      return regions.dirty;
    }
    if (theirs) differ(theirs);
    else tell(refusalInWords(texts, { code: told.code, message: told.detail }), "bad");
    return false;
  }

  return {
    /** Whether something would be lost with the page. */
    get unsaved() {
      return regions.dirty || mine !== null;
    },
    /** Asked for while another one is under way, it comes after that: at once it would meet a revision of our own. */
    async save() {
      if (saving) {
        again = true;
        return tell(words.textQueued ?? "");
      }
      saving = true;
      do {
        again = false;
        tell(words.textSaving ?? "");
      } while ((await saveOnce()) && regions.dirty);
      saving = false;
    },
    /** One's own regions, where one chose them instead of theirs; from then on theirs can be overwritten. @param {boolean} own */
    settle(own) {
      const kept = mine;
      mine = null;
      conflict.hidden = true;
      return Boolean(own && kept && regions.restore(kept));
    },
  };
}
