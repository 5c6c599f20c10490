/** What the modules say in words: refusals and answers, in the language of the page. */

/**
 * @typedef {object} Names of the codes in an answer, in the language of the page
 * @property {Record<string, string>} esc
 * @property {Record<string, string>} extras
 * @property {Record<string, string>} confidence by value
 * @property {Record<string, string>} flags
 */

/**
 * Why the server refused: in its own words, which are in the language of the page; before them what the page says of the code, if anything.
 * @param {Record<string, string>} texts of the page, some by `error.<code>`
 * @param {{code?: string, message: string}} error
 */
export function refusalInWords(texts, { code, message }) {
  const known = texts[`error.${code}`];
  return known ? `${known} (${message})` : message;
}

/**
 * A judgement in the words of the page: its labels, then whatever else was given.
 * @param {import("./types.js").Answer} answer
 * @param {Names} names
 */
export function answerInWords({ labels, secondary = [], extras = {}, confidence = null, flags = [], comment = "" }, names) {
  const emotion = (/** @type {string} */ esc) => names.esc[esc] ?? esc;
  const given = [
    ...labels.map(({ esc, eis }) => (eis === null ? emotion(esc) : `${emotion(esc)} ${eis}`)),
    ...secondary.map((esc) => `+ ${emotion(esc)}`),
    ...Object.entries(extras).map(([code, value]) => `${names.extras[code] ?? code} ${value}`),
    ...(confidence === null ? [] : [names.confidence[String(confidence)] ?? `${Math.round(confidence * 100)} %`]),
    ...flags.map((flag) => names.flags[flag] ?? flag),
    ...(comment ? [`“${comment}”`] : []),
  ];
  return given.join(" · ");
}

/**
 * When something was, in the reader's own time and of 24 hours, as everywhere on the pages.
 * @param {number | string} when milliseconds, or as the server writes it
 * @param {boolean} [withDay]
 */
export function timeInWords(when, withDay = false) {
  const date = new Date(when);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two);
  return withDay ? `${day.join("-")} ${time.slice(0, 2).join(":")}` : time.join(":");
}

/**
 * A number of things in words: `<name>.one` for one, else `<name>.many` with {n}.
 * @param {Record<string, string>} texts
 * @param {string} name
 * @param {number} n
 */
export function countInWords(texts, name, n) {
  return (n === 1 ? texts[`${name}.one`] : texts[`${name}.many`]).replace("{n}", String(n));
}

/**
 * What of a session is to be said again, short.
 * @param {Record<string, string>} texts
 * @param {{bad: number[], isRoomAsked: boolean}} left
 * @returns {string} "" for nothing
 */
export function againInWords(texts, { bad, isRoomAsked }) {
  return [isRoomAsked ? texts.bad_room : "", bad.length ? countInWords(texts, "bad_count", bad.length) : ""].filter(Boolean).join(" · ");
}
