/** The whole answer to one clip: the form's parts together, what is missing, and what the scheme finds odd. */

import { mountMulti, mountSingle } from "./choices.js";
import { mountNote } from "./note.js";
import { brokenRules } from "./rules.js";
import { mountScales } from "./scales.js";
import { mountSecondary } from "./secondary.js";

/**
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {{scheme: string, mode: "single" | "multi", eis_optional: string[], most_secondary: number, required: string[],
 *   rules: import("./rules.js").Rule[]}} SchemeConfig
 */

/**
 * @param {HTMLFormElement} form
 * @param {SchemeConfig} scheme
 * @param {(code: string, value?: string | number) => void} hint says a text of the page
 */
export function mountEntry(form, scheme, hint) {
  const off = new AbortController();
  const multi = scheme.mode === "multi";
  const labels = multi
    ? mountMulti(form, { onNone: () => hint("all_none"), onActive: (name) => hint(name ? "now_rating" : "rated_last", name) })
    : mountSingle(form, { eisOptional: scheme.eis_optional, onReason: hint });
  const primary = () => (multi ? "" : (labels.labels()[0]?.esc ?? ""));
  const secondary = mountSecondary(form, { most: scheme.most_secondary, primary, onReason: hint });
  const scales = mountScales(form, () => remark());
  const note = mountNote(form);
  const remarks = /** @type {HTMLElement} */ (form.querySelector("[data-part=remarks]"));
  /** The remarks that were there at the last try to submit: the same again are meant so. */
  let warned = "";
  form.tabIndex = -1;

  const broken = () => brokenRules(scheme.rules, { labels: labels.labels(), extras: scales.ratings() }, { multi });

  function remark() {
    const found = broken();
    remarks.replaceChildren(
      ...found.map(({ rule }) => {
        const line = document.createElement("li");
        line.textContent = rule.message;
        line.className = rule.severity;
        return line;
      }),
    );
    remarks.hidden = found.length === 0;
  }
  for (const event of ["change", "click"]) form.addEventListener(event, remark, { signal: off.signal });

  /** @param {string} field of a broken rule */
  function focus(field) {
    const [part, name] = field.split(".");
    if (part === "extras") return scales.focus(name);
    const row = multi ? `level-${labels.labels()[Number(name)]?.esc}` : "eis";
    /** @type {HTMLElement | null} */ (form.querySelector(`input[name="${CSS.escape(row)}"]`))?.focus();
  }

  /** @returns {boolean} whether it may be sent; else the page says why */
  function ready() {
    const missing = labels.missing();
    if (missing) return tell(missing === "esc" ? "choose_esc" : "choose_eis");
    const unrated = scheme.required.find((code) => !(code in scales.ratings()));
    if (unrated) return tell("rate_scale", scales.nameOf(unrated), `extras.${unrated}`);
    const found = broken();
    const refused = found.find(({ rule }) => rule.severity === "refuse");
    if (refused) return tell("rule_refuses", undefined, refused.field);
    const asked = found.map(({ rule }) => rule.message).join("\n");
    if (asked !== warned) {
      warned = asked;
      if (asked) return tell("submit_anyway");
    }
    return true;
  }
  /** @param {string} code @param {string} [value] @param {string} [field] */
  function tell(code, value, field) {
    if (field) focus(field);
    hint(code, value);
    return false;
  }

  return {
    ready,
    reset() {
      labels.reset();
      secondary.reset();
      scales.reset();
      note.reset();
      warned = "";
      remark();
    },
    /** @param {Partial<Answer>} answer @returns {boolean} whether all of it found a place in this scheme */
    set(answer) {
      labels.set(answer.labels ?? []);
      secondary.set(answer.secondary ?? []);
      scales.set(answer.extras ?? {});
      note.set(answer);
      remark();
      return fits(answer, { labels: labels.labels(), secondary: secondary.chosen(), extras: scales.ratings() });
    },
    /** @returns {Answer} */
    answer() {
      const further = secondary.chosen();
      const ratings = scales.ratings();
      return {
        labels: labels.labels(),
        ...(further.length ? { secondary: further } : {}),
        ...(Object.keys(ratings).length ? { extras: ratings } : {}),
        ...note.given(),
      };
    },
    /** Whether it could be sent from this form as it is. @param {Partial<Answer>} answer */
    takes(answer) {
      const copy = /** @type {HTMLFormElement} */ (form.cloneNode(true));
      const other = mountEntry(copy, scheme, () => {});
      const whole = other.set(answer);
      // Ready at once, or after a remark that was seen.
      const sent = whole && (other.ready() || other.ready());
      other.unmount();
      return sent;
    },
    /** Whether anything was chosen that a reload would lose. */
    isEmpty: () =>
      labels.labels().every(({ esc, eis }) => !esc && eis === null) &&
      [secondary.chosen(), Object.keys(scales.ratings()), Object.keys(note.given())].every((one) => one.length === 0),
    unmount() {
      off.abort();
      for (const part of [labels, secondary, scales, note]) part.unmount();
    },
  };
}

/**
 * Whether what was wanted is what is shown.
 * @param {Partial<Answer>} wanted
 * @param {{labels: import("./types.js").Label[], secondary: string[], extras: Record<string, number>}} shown
 */
function fits({ labels = [], secondary = [], extras = {} }, shown) {
  const same = (/** @type {import("./types.js").Label} */ one) => shown.labels.some(({ esc, eis }) => esc === one.esc && eis === one.eis);
  return (
    labels.every(same) &&
    secondary.every((code) => shown.secondary.includes(code)) &&
    Object.entries(extras).every(([code, value]) => shown.extras[code] === value)
  );
}
