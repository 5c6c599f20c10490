/**
 * Further scales: pictures with steps (SAM) and sliders. A scale's key leads into it; there a digit rates and
 * leads on to the next one, so that three ratings are four keys. Delete takes a rating back, Escape leaves.
 */

/**
 * The value that a digit stands for: itself where every value is one digit, else as many tenths of the scale.
 * @param {number} digit 0 to 9
 * @param {{min: number, max: number, step: number}} scale
 * @returns {number | null}
 */
export function valueOfDigit(digit, { min, max, step }) {
  if (min >= 0 && max <= 9 && Number.isInteger(min) && Number.isInteger(step)) {
    return digit >= min && digit <= max && (digit - min) % step === 0 ? digit : null;
  }
  const steps = Math.round((((max - min) * digit) / 10) / step);
  return Number((min + steps * step).toFixed(6));
}

/** @param {KeyboardEvent} event @returns {number | null} */
export function digitOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return null;
  const found = /^(?:Digit|Numpad)(\d)$/.exec(event.code || (/^\d$/.test(event.key) ? `Digit${event.key}` : ""));
  return found ? Number(found[1]) : null;
}

/**
 * @param {HTMLFormElement} form
 * @param {() => void} onChange
 */
export function mountScales(form, onChange = () => {}) {
  const off = new AbortController();
  const scales = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-scale]")]).map((root) =>
    root.dataset.kind === "sam" ? samScale(root) : sliderScale(root, off.signal),
  );

  /** @param {number} at */
  function enter(at) {
    if (scales[at]) scales[at].focus();
    else form.focus({ preventScroll: true });
  }
  scales.forEach((scale, at) => {
    const shown = () => {
      scale.clear.hidden = scale.value() === null;
      onChange();
    };
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      const digit = digitOf(event);
      const value = digit === null ? null : valueOfDigit(digit, scale);
      const isText = /** @type {HTMLInputElement} */ (event.target).type === "number";
      if (value !== null && !isText) {
        scale.set(value);
        shown();
        enter(at + 1);
      } else if (event.code === "Escape") {
        enter(scales.length);
      } else if (event.code === "Delete" && !isText) {
        scale.set(null);
        shown();
      } else if (digit === null || isText) {
        return;
      }
      // A digit here is never an emotion.
      event.preventDefault();
      event.stopPropagation();
    };
    const signal = off.signal;
    scale.root.addEventListener("keydown", onKey, { signal });
    scale.root.addEventListener("input", shown, { signal });
    scale.root.querySelector("[data-enter]")?.addEventListener("click", () => enter(at), { signal });
    scale.clear.addEventListener("click", () => void (scale.set(null), shown(), scale.focus()), { signal });
  });
  const byCode = (/** @type {string} */ code) => scales.findIndex((scale) => scale.code === code);

  return {
    reset() {
      for (const scale of scales) scale.set(null), (scale.clear.hidden = true);
      // The digits of the next clip are emotions again, wherever a rating had led.
      if (scales.some((scale) => scale.root.contains(form.ownerDocument.activeElement))) enter(scales.length);
    },
    /** @param {Record<string, number>} ratings what is no value of its scale any more is left out */
    set(ratings) {
      for (const scale of scales) scale.set(ratings[scale.code] ?? null), (scale.clear.hidden = scale.value() === null);
    },
    /** @returns {Record<string, number>} */
    ratings() {
      const given = scales.map((scale) => [scale.code, scale.value()]).filter(([, value]) => value !== null);
      return Object.fromEntries(given);
    },
    /** @param {string} code @returns {string} its name in the language of the page */
    nameOf: (code) => scales[byCode(code)]?.name ?? code,
    /** @param {string} code */
    focus: (code) => enter(byCode(code)),
    unmount: () => off.abort(),
  };
}

/** @param {HTMLElement} root */
function parts(root) {
  const clear = /** @type {HTMLButtonElement} */ (root.querySelector("[data-clear]"));
  return { root, clear, code: root.dataset.scale ?? "", name: root.querySelector("[data-name]")?.textContent ?? "" };
}

/** @param {HTMLElement} root */
function samScale(root) {
  const radios = /** @type {HTMLInputElement[]} */ ([...root.querySelectorAll("input[type=radio]")]);
  const values = radios.map((radio) => Number(radio.value));
  return {
    ...parts(root),
    min: values[0],
    max: /** @type {number} */ (values.at(-1)),
    step: 1,
    /** @param {number | null} value */
    set(value) {
      for (const radio of radios) radio.checked = value !== null && Number(radio.value) === value;
    },
    value() {
      const radio = radios.find((one) => one.checked);
      return radio ? Number(radio.value) : null;
    },
    // The set, not a button in it: Space there still replays the clip.
    focus() {
      root.tabIndex = -1;
      root.focus();
    },
  };
}

/** @param {HTMLElement} root @param {AbortSignal} signal */
function sliderScale(root, signal) {
  const range = /** @type {HTMLInputElement} */ (root.querySelector("[data-range]"));
  const number = /** @type {HTMLInputElement} */ (root.querySelector("input[type=number]"));
  const [min, max, step] = [range.min, range.max, range.step].map(Number);
  const say = () => {
    const rated = number.value !== "";
    if (rated) range.value = number.value;
    root.toggleAttribute("data-rated", rated);
    range.setAttribute("aria-valuetext", rated ? number.value : (range.dataset.unrated ?? ""));
  };
  range.addEventListener("input", () => void ((number.value = range.value), say()), { signal });
  number.addEventListener("input", say, { signal });
  say();
  return {
    ...parts(root),
    min,
    max,
    step,
    /** @param {number | null} value */
    set(value) {
      number.value = value === null ? "" : String(value);
      if (!number.validity.valid) number.value = "";
      if (number.value === "") range.value = String((min + max) / 2);
      say();
    },
    value: () => (number.value !== "" && number.validity.valid ? Number(number.value) : null),
    focus: () => range.focus(),
  };
}
