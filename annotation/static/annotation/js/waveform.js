/** Draws a waveform from the server's peaks. The browser never measures the sound itself. */

/** @typedef {import("./types.js").Peaks} Peaks */

/**
 * Lowest and highest value of each pixel column, as shares of full scale.
 * @param {Peaks} peaks pairs of lowest and highest sample, signed integers of `bits` bits
 * @param {number} width columns
 * @returns {[number, number][]} each from -1 to 1
 */
export function columns(peaks, width) {
  const full = 2 ** ((peaks.bits ?? 8) - 1);
  const pairs = Math.floor(peaks.data.length / 2);
  /** @type {[number, number][]} */
  const drawn = [];
  for (let x = 0; x < width && pairs; x++) {
    const from = Math.floor((x * pairs) / width);
    const to = Math.max(from + 1, Math.floor(((x + 1) * pairs) / width));
    let low = Infinity;
    let high = -Infinity;
    for (let pair = from; pair < to; pair++) {
      low = Math.min(low, peaks.data[2 * pair]);
      high = Math.max(high, peaks.data[2 * pair + 1]);
    }
    drawn.push([low / full, high / full]);
  }
  return drawn;
}

/**
 * How much to enlarge the drawing: a quiet clip fills two thirds of the height at least, so that it can
 * be seen, and a loud one still looks louder.
 * @param {[number, number][]} drawn
 */
export function drawingGain(drawn) {
  const loudest = Math.max(...drawn.flatMap(([low, high]) => [-low, high]), 1e-4);
  return Math.min(1 / loudest, Math.max(1, 0.66 / loudest));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Peaks | null} peaks
 */
export function drawWaveform(canvas, peaks) {
  const scale = globalThis.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * scale));
  const height = Math.max(1, Math.round(canvas.clientHeight * scale));
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const middle = height / 2;
  pen.fillStyle = getComputedStyle(canvas).color;
  if (!peaks?.data.length) {
    pen.fillRect(0, middle, width, 1);
    return;
  }
  const drawn = columns(peaks, width);
  const reach = middle * drawingGain(drawn) * 0.96;
  drawn.forEach(([low, high], x) => {
    const top = middle - high * reach;
    pen.fillRect(x, top, 1, Math.max(scale, (high - low) * reach));
  });
}

/**
 * Keep the drawing right while the canvas changes its size or the page its theme.
 * @param {HTMLCanvasElement} canvas
 * @param {Element | null} [outline] the server's drawing of the first clip, which makes way for ours
 */
export function mountWaveform(canvas, outline) {
  /** @type {Peaks | null} */
  let shown = null;
  const redraw = () => drawWaveform(canvas, shown);
  const watcher = new ResizeObserver(redraw);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const document = canvas.ownerDocument;
  watcher.observe(canvas);
  dark.addEventListener("change", redraw);
  document.addEventListener("speecheq:theme", redraw);
  return {
    /** @param {Peaks | null} peaks */
    show(peaks) {
      shown = peaks;
      outline?.remove();
      redraw();
    },
    unmount() {
      watcher.disconnect();
      dark.removeEventListener("change", redraw);
      document.removeEventListener("speecheq:theme", redraw);
    },
  };
}
