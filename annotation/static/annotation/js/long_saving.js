/** Saves regions: what is changed meanwhile is kept for the next time, and what somebody else saved first is never overwritten unseen. */

import { cookieToken } from "./api.js";
import { refusalInWords } from "./words.js";

/** @typedef {import("./long_regions.js").Regions} Regions */

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
 */
export function makeSaving(regions, { url, revision, texts, words, signal, tell, replaced, conflict }) {
  let saving = false;
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

  return {
    /** Whether something would be lost with the page. */
    get unsaved() {
      return regions.dirty || mine !== null;
    },
    async save() {
      if (saving) return;  // a second one would meet the first one's revision, and be told of somebody else
      saving = true;
      const sent = regions.changes;
      const answer = await fetch(url, {
        method: "PUT",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": cookieToken() || (words.csrf ?? "") },
        body: JSON.stringify({ revision, regions: regions.body() }),
        signal,
      }).catch(() => null);
      const told = await answer?.json().catch(() => null);
      saving = false;
      if (!answer || !told) return tell(words.textLost ?? "", "bad");
      if (answer.ok) return stored(told, sent);
      if (answer.status === 409 && told.recording) return differ(told.recording);
      tell(refusalInWords(texts, { code: told.code, message: told.detail }), "bad");
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
