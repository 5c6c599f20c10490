/**
 * Rules between scales, as `annotation/labelspaces/cross_rules.py` reads them: told before the answer is sent.
 * The server checks them again.
 */

/**
 * @typedef {import("./types.js").Label} Label
 * @typedef {{when: {esc?: string[], eis_min?: number, eis_max?: number},
 *   then: {extra?: string, min?: number, max?: number, eis_min?: number, eis_max?: number},
 *   severity: "refuse" | "warn", message: string}} Rule
 * @typedef {{rule: Rule, field: string}} Broken field: `extras.valence` or `labels.0.eis`
 */

/**
 * @param {Rule[]} rules
 * @param {{labels: Label[], extras: Record<string, number>}} answer
 * @param {{multi: boolean}} options
 * @returns {Broken[]}
 */
export function brokenRules(rules, { labels, extras }, { multi }) {
  return rules.flatMap((rule) => {
    const at = labels.findIndex((label) => applies(rule, label, multi) && !keeps(rule, label, extras));
    return at < 0 ? [] : [{ rule, field: rule.then.extra ? `extras.${rule.then.extra}` : `labels.${at}.eis` }];
  });
}

/** @param {Rule} rule @param {Label} label @param {boolean} multi */
function applies({ when }, { esc, eis }, multi) {
  if (when.esc?.length && !when.esc.includes(esc)) return false;
  // Where each emotion has its own intensity, one rated 0 was not heard.
  if (when.eis_min === undefined && when.eis_max === undefined) return !multi || Boolean(eis);
  return eis !== null && within(eis, when.eis_min, when.eis_max);
}

/** What was not rated breaks no rule. @param {Rule} rule @param {Label} label @param {Record<string, number>} extras */
function keeps({ then }, { eis }, extras) {
  if (!then.extra) return eis === null || within(eis, then.eis_min, then.eis_max);
  const value = extras[then.extra];
  return value === undefined || within(value, then.min, then.max);
}

/** @param {number} value @param {number} [low] @param {number} [high] */
const within = (value, low = -Infinity, high = Infinity) => value >= low && value <= high;
