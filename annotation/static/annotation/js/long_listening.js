/** Plays stretches of a long recording; the cursor goes along. */

/**
 * @param {HTMLAudioElement} audio
 * @param {{url: string, rate_hz: number, most_s: number, moved: (frame: number) => void, refused: (why: "long" | "lost") => void, signal: AbortSignal}} about
 *   most_s: what the server gives in one piece
 */
export function makeListening(audio, { url, rate_hz, most_s, moved, refused, signal }) {
  let from = 0;
  audio.addEventListener("timeupdate", () => moved(Math.round(from + audio.currentTime * rate_hz)), { signal });
  return {
    /** Play frames [start, end), or stop what is playing. @param {number} start @param {number} end */
    toggle(start, end) {
      if (!audio.paused) return audio.pause();
      if (end <= start) return;
      if ((end - start) / rate_hz > most_s) return refused("long");
      from = start;
      audio.src = `${url}?start=${start}&end=${end}`;
      void audio.play().catch(() => refused("lost"));
    },
    stop: () => audio.pause(),
  };
}
