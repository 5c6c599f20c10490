/**
 * The line below the form: the last thing that was told, and beside it what the sound waits for. Whether the browser plays
 * is known late, so that must not take the place of what was told meanwhile.
 */

/**
 * @param {Element | null} status null on a page without such a line
 * @param {Record<string, string>} texts of the page
 */
export function mountHints(status, texts) {
  /** @type {[string, string][]} code and words */
  let said = [];

  /** @param {[string, string][]} now */
  function say(now) {
    said = now;
    if (status) status.textContent = said.map(([, words]) => words).join(" ");
  }
  /** @param {string} code @param {string | number} value @returns {[string, string]} */
  const worded = (code, value = "") => [code, (texts[code] ?? "").replace(/%[sd]/, String(value))];

  return {
    /** @param {string} code a key of the texts; "" clears @param {string | number} [value] its %s or %d */
    tell: (code, value) => say(code ? [worded(code, value)] : []),
    /** Tell it beside what is said. @param {string} code */
    add: (code) => say([...said.filter(([one]) => one !== code), worded(code)]),
    /** It is so no more; whatever else is said stays. @param {string} code */
    takeBack: (code) => void (said.some(([one]) => one === code) && say(said.filter(([one]) => one !== code))),
  };
}
