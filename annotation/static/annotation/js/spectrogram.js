/** The picture of frequencies: off, linear or mel, with its axis in Hz. The choice is remembered. */

export const SCALES = /** @type {const} */ (["mel", "linear", "off"]);
const REMEMBERED = "speecheq.spectrogram";
const TOP_HZ = 8000;
/** Far enough apart to be read on a phone, where the picture is 70 px high. @type {Record<string, number[]>} */
const TICKS_HZ = { mel: [500, 2000, 4000], linear: [2000, 4000, 6000] };

/** @typedef {(typeof SCALES)[number]} Scale */

/** @param {number} hz Mel of a frequency, as the server draws it (O'Shaughnessy 1987) */
export const mel = (hz) => 2595 * Math.log10(1 + hz / 700);

/**
 * The labels of the axis and how far from the top each stands, as a share of the height.
 * @param {Scale} scale
 * @returns {{words: string, top: number}[]}
 */
export function axis(scale) {
  const height = scale === "mel" ? (/** @type {number} */ hz) => mel(hz) / mel(TOP_HZ) : (/** @type {number} */ hz) => hz / TOP_HZ;
  return (TICKS_HZ[scale] ?? []).map((hz) => ({
    words: hz < 1000 ? `${hz} Hz` : `${hz / 1000} kHz`,
    top: 1 - height(hz),
  }));
}

/** @param {string} url of a clip's spectrogram @param {Scale} scale @returns {string} "" where none is wanted */
export function pictureUrl(url, scale) {
  return scale === "off" || !url ? "" : `${url}?scale=${scale}`;
}

/** The scale this person looked at last. @returns {Scale} */
export function rememberedScale() {
  try {
    const kept = /** @type {Scale} */ (localStorage.getItem(REMEMBERED));
    return SCALES.includes(kept) ? kept : "mel";
  } catch {
    return "mel";
  }
}

/** Have the browser fetch the picture before it is shown. @param {string} url of the clip's spectrogram */
export function preload(url) {
  const address = pictureUrl(url, rememberedScale());
  if (!address) return Promise.resolve();
  return new Promise((done) => {
    const image = new Image();
    image.onload = image.onerror = () => done(undefined);
    image.src = address;
  });
}

/** @param {HTMLElement} root the stage */
export function mountSpectrogram(root) {
  const image = /** @type {HTMLImageElement} */ (root.querySelector("[data-spectrogram]"));
  const frame = /** @type {HTMLElement} */ (root.querySelector("[data-spectrum]"));
  const ticks = /** @type {HTMLElement} */ (root.querySelector("[data-axis]"));
  const button = /** @type {HTMLButtonElement} */ (root.querySelector("[data-part=spectrogram]"));
  const word = /** @type {HTMLElement} */ (button.querySelector("[data-word]"));
  let scale = rememberedScale();
  let url = "";

  function draw() {
    const address = pictureUrl(url, scale);
    frame.hidden = !address;
    word.textContent = button.dataset[`text${scale[0].toUpperCase()}${scale.slice(1)}`] ?? scale;
    image.alt = `${image.dataset.name}: ${word.textContent}, 0–8 kHz`;
    if (address && image.getAttribute("src") !== address) image.src = address;
    ticks.replaceChildren(...axis(scale).map(tick));
  }

  function onFailed() {
    frame.hidden = true;
  }

  function next() {
    scale = SCALES[(SCALES.indexOf(scale) + 1) % SCALES.length];
    try {
      localStorage.setItem(REMEMBERED, scale);
    } catch {
      // The choice then lasts as long as the page.
    }
    draw();
  }

  button.addEventListener("click", next);
  image.addEventListener("error", onFailed);
  return {
    /** @param {string} address of the clip's spectrogram, without a scale */
    show(address) {
      url = address;
      draw();
    },
    unmount() {
      button.removeEventListener("click", next);
      image.removeEventListener("error", onFailed);
    },
  };
}

/** @param {{words: string, top: number}} at */
function tick({ words, top }) {
  const label = document.createElement("span");
  label.textContent = words;
  label.style.top = `${(100 * top).toFixed(1)}%`;
  return label;
}
