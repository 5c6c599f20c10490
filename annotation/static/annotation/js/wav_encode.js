/**
 * Samples as the PCM of a WAV file: one channel, 16 or 24 bit, at the rate at which they came. Written in pieces: the
 * bytes of a file are its header and its pieces one after the other, so nothing is encoded a second time.
 */

const HEADER_BYTES = 44;
const PCM = 1;

/** @typedef {{rate_hz: number, bits: number}} Format */

/**
 * Little-endian integers. No dither: what a converter of as many bits gave comes back bit for bit.
 * @param {Float32Array} samples 1 is full scale; what lies above it is cut
 * @param {number} bits 16 or 24
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodePcm(samples, bits) {
  const width = bits / 8;
  const bytes = new Uint8Array(samples.length * width);
  const scale = 2 ** (bits - 1);
  for (let n = 0; n < samples.length; n++) {
    const value = Math.max(-scale, Math.min(scale - 1, Math.round(samples[n] * scale)));
    for (let k = 0; k < width; k++) bytes[n * width + k] = value >> (8 * k);
  }
  return bytes;
}

/**
 * The other way round, to measure and to hear what was stored.
 * @param {Uint8Array} bytes
 * @param {number} bits 16 or 24
 * @returns {Float32Array<ArrayBuffer>}
 */
export function decodePcm(bytes, bits) {
  const width = bits / 8;
  const samples = new Float32Array(Math.floor(bytes.length / width));
  const above = 32 - bits;
  for (let n = 0; n < samples.length; n++) {
    let value = 0;
    for (let k = 0; k < width; k++) value |= bytes[n * width + k] << (8 * k);
    samples[n] = ((value << above) >> above) / 2 ** (bits - 1);
  }
  return samples;
}

/**
 * @param {Format} format
 * @param {number} size of the samples in bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
function header({ rate_hz, bits }, size) {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  const word = (/** @type {number} */ at, /** @type {string} */ text) => [...text].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, HEADER_BYTES - 8 + size + (size % 2), true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // length of what describes the format
  view.setUint16(20, PCM, true);
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, rate_hz, true);
  view.setUint32(28, (rate_hz * bits) / 8, true);
  view.setUint16(32, bits / 8, true);
  view.setUint16(34, bits, true);
  word(36, "data");
  view.setUint32(40, size, true);
  return new Uint8Array(view.buffer);
}

/**
 * The whole file. A chunk of odd length is followed by a zero byte, as RIFF asks for.
 * @param {Uint8Array[]} pieces of PCM, in order
 * @param {Format} format
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function wavFile(pieces, format) {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const file = new Uint8Array(HEADER_BYTES + size + (size % 2));
  file.set(header(format, size));
  let at = HEADER_BYTES;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

/** @param {Float32Array[]} parts @returns {Float32Array<ArrayBuffer>} one after the other */
export function joined(parts) {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
