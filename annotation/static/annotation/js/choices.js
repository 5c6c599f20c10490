/**
 * The choices of one judgement, and the rule between them: Neutral if and only if intensity 0.
 * The last choice wins; what contradicts it is changed or cleared, and the page says why.
 */

export const NEUTRAL = "NEU";

/**
 * @typedef {{esc: string, eis: number | null}} Choice eis: null while not chosen; esc: "" while not chosen
 * @typedef {"" | "neutral_is_zero" | "zero_is_neutral" | "zero_cleared" | "neutral_cleared"} Reason
 */

/**
 * @param {Choice} choice
 * @param {string} esc
 * @returns {{choice: Choice, reason: Reason}}
 */
export function chooseEsc(choice, esc) {
  if (esc === NEUTRAL) {
    const reason = choice.eis ? "neutral_is_zero" : "";
    return { choice: { esc, eis: 0 }, reason };
  }
  if (choice.eis === 0) return { choice: { esc, eis: null }, reason: choice.esc === NEUTRAL ? "" : "zero_cleared" };
  return { choice: { esc, eis: choice.eis }, reason: "" };
}

/**
 * @param {Choice} choice
 * @param {number} eis
 * @returns {{choice: Choice, reason: Reason}}
 */
export function chooseEis(choice, eis) {
  if (eis === 0) {
    const reason = choice.esc && choice.esc !== NEUTRAL ? "zero_is_neutral" : "";
    return { choice: { esc: NEUTRAL, eis: 0 }, reason };
  }
  if (choice.esc === NEUTRAL) return { choice: { esc: "", eis }, reason: "neutral_cleared" };
  return { choice: { esc: choice.esc, eis }, reason: "" };
}

/**
 * What is still to be chosen. The control answers OTH and UNK need no intensity.
 * @param {Choice} choice
 * @param {{eisOptional: string[]}} rules
 * @returns {"" | "esc" | "eis"}
 */
export function missing(choice, { eisOptional }) {
  if (!choice.esc) return "esc";
  return choice.eis === null && !eisOptional.includes(choice.esc) ? "eis" : "";
}

/**
 * Single-label entry: radios `esc` and `eis` of the form. A level that is not needed is taken back by
 * choosing it again.
 * @param {HTMLFormElement} form
 * @param {{eisOptional: string[], onReason: (reason: Reason) => void}} options
 */
export function mountSingle(form, { eisOptional, onReason }) {
  const off = new AbortController();
  /** @type {Choice} */
  let choice = { esc: "", eis: null };

  /** @param {Choice} next */
  function show(next) {
    choice = next;
    for (const radio of radios(form, "esc")) radio.checked = radio.value === choice.esc;
    for (const radio of radios(form, "eis")) radio.checked = choice.eis !== null && radio.value === String(choice.eis);
  }

  form.addEventListener(
    "change",
    (event) => {
      const radio = /** @type {HTMLInputElement} */ (event.target);
      if ((radio.name !== "esc" && radio.name !== "eis") || !radio.checked) return;
      const next = radio.name === "esc" ? chooseEsc(choice, radio.value) : chooseEis(choice, Number(radio.value));
      show(next.choice);
      onReason(next.reason);
    },
    { signal: off.signal },
  );
  form.addEventListener(
    "click",
    (event) => {
      const { name, value } = /** @type {HTMLInputElement} */ (event.target);
      const again = name === "eis" && choice.eis === Number(value);
      if (again && eisOptional.includes(choice.esc)) show({ ...choice, eis: null });
    },
    { signal: off.signal },
  );
  // The form checks itself without script; with it, this module explains instead.
  form.noValidate = true;

  return {
    reset: () => show({ esc: "", eis: null }),
    /** @param {import("./types.js").Label[]} labels */
    set(labels) {
      const { esc = "", eis = null } = labels[0] ?? {};
      // An earlier answer may hold what this version of the scheme no longer offers.
      const offers = (/** @type {string} */ name, /** @type {unknown} */ value) => radios(form, name).some((radio) => radio.value === String(value));
      show({ esc: offers("esc", esc) ? esc : "", eis: eis !== null && offers("eis", eis) ? eis : null });
    },
    /** @returns {import("./types.js").Label[]} */
    labels: () => [{ esc: choice.esc, eis: choice.eis }],
    missing: () => missing(choice, { eisOptional }),
    unmount: () => off.abort(),
  };
}

/**
 * Multi-label entry: radios `level-<esc>`; an emotion left alone is not rated, which is not 0. An emotion's
 * key makes its row the active one; a level's key rates that row and goes on to the next. One key sets all to 0.
 * A chosen level is taken back by choosing it again.
 * @param {HTMLFormElement} form
 * @param {{onNone?: () => void, onActive?: (name: string) => void}} [options] `onActive`: which emotion a level's key
 *   rates now, "" past the last
 */
export function mountMulti(form, { onNone = () => {}, onActive = () => {} } = {}) {
  form.noValidate = true;
  const off = new AbortController();
  const rows = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-row]")]);

  /** @param {HTMLElement | undefined} row */
  function activate(row) {
    for (const one of rows) {
      one.toggleAttribute("data-active", one === row);
      if (one === row) one.querySelector("[data-choose-row]")?.setAttribute("aria-current", "true");
      else one.querySelector("[data-choose-row]")?.removeAttribute("aria-current");
    }
  }
  /** Say which emotion a level's key rates now. */
  const tell = () => {
    const row = rows.find((one) => one.hasAttribute("data-active"));
    onActive(row?.querySelector("[data-choose-row] [id]")?.textContent?.trim() ?? "");
  };
  /** What is chosen, to tell a second click from a first: by then the radio is checked in both. @type {Map<string, string>} */
  let before = new Map();
  const remember = () => (before = new Map(all().filter((one) => one.checked).map((one) => [one.name, one.value])));

  /** @param {Event} event */
  const onClick = (event) => {
    const radio = /** @type {HTMLInputElement} */ (event.target);
    if (radio.type === "radio" && before.get(radio.name) === radio.value) radio.checked = false;
    choose(event);
    remember();
  };
  /** @param {Event} event */
  const choose = (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("[data-choose-row], [data-choose-level], [data-choose-none]"));
    if (button?.hasAttribute("data-choose-row")) {
      activate(/** @type {HTMLElement} */ (button.closest("[data-row]")));
      tell();
    } else if (button?.dataset.chooseLevel) {
      rate(button.dataset.chooseLevel);
    } else if (button?.hasAttribute("data-choose-none")) {
      for (const radio of all()) radio.checked = radio.value === "0";
      activate(rows[0]);
      onNone();
    }
  };
  /** @param {string} level */
  function rate(level) {
    const active = rows.findIndex((row) => row.hasAttribute("data-active"));
    // Past the last row, a level goes to the first that has none: it never changes one that was rated.
    const at = active >= 0 ? active : rows.findIndex((row) => !row.querySelector("input:checked"));
    const radio = rows[at]?.querySelector(`input[value="${level}"]`);
    if (radio instanceof HTMLInputElement) radio.checked = before.get(radio.name) !== level;
    activate(rows[at + 1]);
    tell();
  }
  form.addEventListener("click", onClick, { signal: off.signal });
  const all = () => /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name^='level-']")]);
  return {
    reset() {
      for (const radio of all()) radio.checked = false;
      activate(rows[0]);
      remember();
    },
    /** @param {import("./types.js").Label[]} labels */
    set(labels) {
      const chosen = new Map(labels.map((label) => [`level-${label.esc}`, String(label.eis)]));
      for (const radio of all()) radio.checked = chosen.get(radio.name) === radio.value;
      remember();
    },
    /** @returns {import("./types.js").Label[]} */
    labels: () =>
      all()
        .filter((radio) => radio.checked)
        .map((radio) => ({ esc: radio.name.slice("level-".length), eis: Number(radio.value) })),
    /** @returns {"" | "esc"} */
    missing: () => (all().some((radio) => radio.checked) ? "" : "esc"),
    unmount: () => off.abort(),
  };
}

/** @param {HTMLFormElement} form @param {string} name */
function radios(form, name) {
  return /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll(`input[name='${name}']`)]);
}
