/** Decoded sound as a WAV file: browsers seek in it exactly, which Chromium does not in every FLAC. */

const HEADER_BYTES = 44;
const BYTES_PER_SAMPLE = 2;

/**
 * The first channel, 16 bits (clips are mono).
 * @param {Pick<AudioBuffer, "sampleRate" | "getChannelData">} buffer
 * @returns {Blob}
 */
export function toWav(buffer) {
  const samples = buffer.getChannelData(0);
  const size = samples.length * BYTES_PER_SAMPLE;
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + size));
  const word = (/** @type {number} */ at, /** @type {string} */ text) => [...text].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, HEADER_BYTES - 8 + size, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // length of what describes the format
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, buffer.sampleRate, true);
  view.setUint32(28, buffer.sampleRate * BYTES_PER_SAMPLE, true);
  view.setUint16(32, BYTES_PER_SAMPLE, true);
  view.setUint16(34, 8 * BYTES_PER_SAMPLE, true);
  word(36, "data");
  view.setUint32(40, size, true);
  samples.forEach((value, n) => {
    const clipped = Math.max(-1, Math.min(1, value));
    view.setInt16(HEADER_BYTES + n * BYTES_PER_SAMPLE, Math.round(clipped * 32767), true);
  });
  return new Blob([view], { type: "audio/wav" });
}
