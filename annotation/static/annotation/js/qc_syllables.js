/** How long a text should take to say, in syllables: as `annotation/recording/qc/syllables.py` counts them. */

const HAN = /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/gu;
const WORD = /[a-z']+/g;
const VOWELS = /[aeiouy]+/g;
const SILENT_E = /(?:[^aeiouyl']|[aeiouy]l)e$/;
const SILENT_ED = /[^aeiouytd']ed$/;
const DIGIT = /[0-9]/g;

/** @type {Record<string, number>} syllables a second */
const USUAL_RATES = { zh: 4.2, en: 4.0 };
const USUAL_RATE = 4.0;

/**
 * Syllables of a text; null when it has nothing that can be counted.
 * @param {string} text
 * @param {string} language BCP 47
 */
export function syllables(text, language) {
  const plain = text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  const english = primary(language) === "en";
  let count = matches(text, HAN) + matches(text, DIGIT);
  for (const [word] of plain.matchAll(WORD)) count += ofWord(word, english);
  return count || null;
}

/** How long that many syllables usually last, in ms. @param {number | null} count @param {string} language */
export function expectedMs(count, language) {
  return count === null ? null : Math.floor((1000 * count) / (USUAL_RATES[primary(language)] ?? USUAL_RATE) + 0.5);
}

/** The language of a BCP 47 tag: zh of zh-Hans-CN. @param {string} language */
function primary(language) {
  const [first] = language.toLowerCase().replaceAll("_", "-").split("-");
  return first === "cmn" || first === "yue" ? "zh" : first;
}

/** @param {string} word @param {boolean} english */
function ofWord(word, english) {
  const groups = matches(word, VOWELS);
  const silent = english && groups > 1 && (SILENT_E.test(word) || SILENT_ED.test(word));
  return silent ? groups - 1 : groups;
}

/** @param {string} text @param {RegExp} what */
function matches(text, what) {
  return text.match(what)?.length ?? 0;
}
