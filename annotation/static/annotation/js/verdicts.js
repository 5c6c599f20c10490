/** Verdicts on takes in words: what is wrong, by how much, and what to do. */

/**
 * @typedef {{code: string, severity: "yellow" | "red", value: number, limit: number, detail?: string}} Reason
 * @typedef {{verdict: "green" | "yellow" | "red", reasons: Reason[]}} Judged
 */

/** Shares are shown as percent, small numbers with their digits. @type {Record<string, (value: number) => string>} */
const FORMATS = {
  clipping: (value) => `${(100 * value).toFixed(value < 0.001 ? 3 : 2)} %`,
  dc_offset: (value) => `${(100 * value).toFixed(2)} %`,
  too_short: (value) => value.toFixed(1),
  too_long: (value) => value.toFixed(1),
  low_snr: (value) => value.toFixed(0),
};

/**
 * One sentence. What this page has no words for is told in the server's.
 * @param {Record<string, string>} texts `reason.CODE` with {value} and {limit}
 * @param {Reason} reason
 */
export function reasonInWords(texts, { code, value, limit, detail }) {
  const sentence = texts[`reason.${code}`];
  if (!sentence) return detail || code;
  const format = FORMATS[code] ?? ((/** @type {number} */ number) => number.toFixed(0));
  return sentence.replace("{value}", format(value)).replace("{limit}", format(limit));
}

/** @type {Record<string, string>} */
const BADGES = { green: "badge badge-ok", yellow: "badge badge-warn", red: "badge badge-bad" };

/** A badge: shape and word. @param {Record<string, string>} texts @param {string} verdict */
export function verdictBadge(texts, verdict) {
  const badge = document.createElement("span");
  badge.className = BADGES[verdict] ?? "badge badge-idle";
  badge.textContent = texts[`verdict.${verdict}`] ?? verdict;
  return badge;
}

/** What cut a take short, in a sentence; "" for what this page has no words for. @param {Record<string, string>} texts @param {string} code @returns {string} */
export const interruptionInWords = (texts, code) => (code ? (texts[`interrupted.${code}`] ?? "") : "");

/**
 * Into a list: what cut the take short, then one item a reason.
 * @param {HTMLElement} list @param {Record<string, string>} texts @param {Reason[]} reasons
 * @param {string} [interrupted] code; "" where the take was ended by hand
 */
export function listReasons(list, texts, reasons, interrupted = "") {
  const sentences = [interruptionInWords(texts, interrupted), ...reasons.map((reason) => reasonInWords(texts, reason))];
  const items = sentences.filter(Boolean).map((sentence) => {
    const item = document.createElement("li");
    item.textContent = sentence;
    return item;
  });
  list.replaceChildren(...items);
  list.hidden = !items.length;
}

/** @param {number} bytes */
export const inMegabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
/** @param {number} seconds */
export const inSeconds = (seconds) => `${seconds.toFixed(1)} s`;
