/** The picture of the sound: waveform, spectrogram, a playhead over both, and a place to seek. */

import { mountWaveform } from "./waveform.js";

/**
 * @param {HTMLElement} root holds canvas[data-waveform], img[data-spectrogram], [data-playhead], input[data-seek], [data-clock]
 * @param {import("./player.js").Player} player
 */
export function mountStage(root, player) {
  const off = new AbortController();
  const pictures = /** @type {HTMLElement} */ (root.querySelector("[data-pictures]"));
  const picture = /** @type {HTMLImageElement} */ (root.querySelector("[data-spectrogram]"));
  const playhead = /** @type {HTMLElement} */ (root.querySelector("[data-playhead]"));
  const seek = /** @type {HTMLInputElement} */ (root.querySelector("[data-seek]"));
  const clock = /** @type {HTMLElement} */ (root.querySelector("[data-clock]"));
  const waveform = mountWaveform(/** @type {HTMLCanvasElement} */ (root.querySelector("[data-waveform]")));
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

  /** @param {PointerEvent} event */
  function onPoint(event) {
    if (event.button !== 0 || !duration_s) return;
    const box = pictures.getBoundingClientRect();
    void player.play(((event.clientX - box.left) / box.width) * duration_s);
  }

  pictures.addEventListener("pointerdown", onPoint, { signal: off.signal });
  seek.addEventListener("change", () => void player.play((Number(seek.value) / 1000) * duration_s), {
    signal: off.signal,
  });

  return {
    /** @param {import("./queue.js").Media} media @param {number} duration_ms */
    show(media, duration_ms) {
      duration_s = duration_ms / 1000;
      waveform.show(media.peaks);
      picture.hidden = !media.picture;
      if (media.picture) picture.src = media.picture;
      place();
    },
    /** Call when playing begins or ends. */
    changed() {
      if (!frame) follow();
    },
    unmount() {
      cancelAnimationFrame(frame);
      off.abort();
      waveform.unmount();
    },
  };
}
