/** The picture of the sound: waveform, spectrogram, a playhead over both, a region, and a place to seek. */

import { mountRegion } from "./region.js";
import { mountSpectrogram } from "./spectrogram.js";
import { mountWaveform } from "./waveform.js";

const SEEK_S = 0.5;

/**
 * @param {HTMLElement} root the section of parts/label_stage.html
 * @param {import("./player.js").Player} player
 */
export function mountStage(root, player) {
  const off = new AbortController();
  const signal = off.signal;
  /** @param {string} selector */
  const part = (selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
  const pictures = part("[data-pictures]");
  const playhead = part("[data-playhead]");
  const seek = /** @type {HTMLInputElement} */ (part("[data-seek]"));
  const speed = /** @type {HTMLSelectElement} */ (part("[data-part=speed]"));
  const clock = part("[data-clock]");
  const waveform = mountWaveform(/** @type {HTMLCanvasElement} */ (part("[data-waveform]")), root.querySelector("[data-outline]"));
  const spectrogram = mountSpectrogram(root);
  const region = mountRegion(root, player);
  let duration_s = 0;
  let frame = 0;

  function place() {
    const at_s = Math.min(player.position_s, duration_s);
    const share = duration_s ? at_s / duration_s : 0;
    playhead.style.transform = `translateX(${share * pictures.clientWidth}px)`;
    seek.value = String(Math.round(share * 1000));
    seek.setAttribute("aria-valuetext", `${at_s.toFixed(1)} s`);
    clock.textContent = `${at_s.toFixed(1)} / ${duration_s.toFixed(1)} s`;
  }

  function follow() {
    place();
    frame = player.playing ? requestAnimationFrame(follow) : 0;
  }

  /** One step along the list of speeds. @param {1 | -1} step */
  function changeSpeed(step) {
    const to = Math.max(0, Math.min(speed.options.length - 1, speed.selectedIndex + step));
    speed.selectedIndex = to;
    player.setRate(Number(speed.value));
  }

  /** @param {string} name @param {() => void} action */
  const onClick = (name, action) => part(`[data-part=${name}]`).addEventListener("click", action, { signal });
  onClick("back-a-bit", () => player.seekBy(-SEEK_S));
  onClick("on-a-bit", () => player.seekBy(SEEK_S));
  onClick("slower", () => changeSpeed(-1));
  onClick("faster", () => changeSpeed(1));
  speed.addEventListener("change", () => player.setRate(Number(speed.value)), { signal });
  seek.addEventListener("change", () => void player.play((Number(seek.value) / 1000) * duration_s), { signal });

  return {
    /** @param {import("./queue.js").Media} media @param {number} duration_ms */
    show(media, duration_ms) {
      duration_s = duration_ms / 1000;
      waveform.show(media.peaks);
      spectrogram.show(media.picture);
      region.draw();
      place();
    },
    /** The waveform alone, while the sound is on its way. @param {import("./types.js").Peaks | null} peaks */
    sketch: (peaks) => waveform.show(peaks),
    /** Take the part that is heard again and again away. */
    wholeClip: () => region.clear(),
    /** Call when playing begins or ends. */
    changed() {
      if (!frame) follow();
    },
    unmount() {
      cancelAnimationFrame(frame);
      off.abort();
      waveform.unmount();
      spectrogram.unmount();
      region.unmount();
    },
  };
}
