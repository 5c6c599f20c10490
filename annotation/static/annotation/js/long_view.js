/** The waveform of hours: which stretch is seen, and its drawing from a few numbers of the server. */

const SHORTEST_S = 0.5;

/** @typedef {{start: number, bin_frames: number, min: number[], max: number[]}} Peaks */

/** @param {number} frames @param {number} rate_hz */
export function makeView(frames, rate_hz) {
  let start = 0;
  let width = Math.min(frames, 30 * rate_hz);
  const settle = () => {
    width = Math.max(Math.min(frames, SHORTEST_S * rate_hz), Math.min(frames, width));
    start = Math.max(0, Math.min(frames - width, start));
  };
  settle();
  return {
    get start() {
      return start;
    },
    get end() {
      return start + width;
    },
    get width() {
      return width;
    },
    /** @param {number} share 0 to 1 of what is seen */
    frameAt: (share) => Math.round(start + Math.max(0, Math.min(1, share)) * width),
    /** @param {number} frame @returns {number} share, outside 0 to 1 where it is not seen */
    shareOf: (frame) => (frame - start) / width,
    /** @param {number} factor below 1 shows less @param {number} frame stays where it is */
    zoom(factor, frame) {
      const share = (frame - start) / width;
      width *= factor;
      settle();
      start = frame - Math.max(0, Math.min(1, share)) * width;
      settle();
    },
    /** @param {number} share of what is seen */
    pan(share) {
      start += share * width;
      settle();
    },
    /** @param {number} frame in the middle */
    centre(frame) {
      start = frame - width / 2;
      settle();
    },
    /** Bring a stretch into sight. @param {number} from @param {number} to */
    show(from, to) {
      if (from >= start && to <= start + width) return;
      if (to - from > width * 0.8) width = (to - from) / 0.6;
      start = (from + to) / 2 - width / 2;
      settle();
    },
  };
}

/** @typedef {ReturnType<typeof makeView>} View */

/**
 * An outline of peaks in a box 1000 wide.
 * @param {Peaks} peaks @param {number} from @param {number} to frames at both edges @param {number} height
 */
export function outline(peaks, from, to, height) {
  const x = (/** @type {number} */ k) => ((peaks.start + (k + 0.5) * peaks.bin_frames - from) / (to - from)) * 1000;
  const loudest = Math.max(2000, ...peaks.max, ...peaks.min.map((value) => -value));
  const y = (/** @type {number} */ value) => height / 2 - (value / loudest) * (height / 2 - 1);
  if (!peaks.max.length) return "";
  const there = peaks.max.map((value, k) => `${x(k).toFixed(1)} ${y(value).toFixed(1)}`);
  const back = peaks.min.map((value, k) => `${x(k).toFixed(1)} ${y(value).toFixed(1)}`).reverse();
  return `M${there.join("L")}L${back.join("L")}Z`;
}

/** Minutes and seconds, such as 1:02:03.45. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const rest = `${two(whole % 60)}.${two(Math.floor((seconds - whole) * 100))}`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}
