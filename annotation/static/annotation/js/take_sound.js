/** What was written of a take: its file, and what the server will say of the same bytes. */

import { judge, measure, withGaps } from "./qc.js";
import { decodePcm, encodePcm, wavFile } from "./wav_encode.js";

/**
 * Not what was heard is judged but what was kept of it: a whisper below the last of 16 bits is silence in the file, and
 * what was above full scale is cut there.
 * @param {Float32Array} samples as heard, full scale 1, at least one
 * @param {import("./wav_encode.js").Format} format of the file
 * @param {import("./qc.js").Rules} rules of the session
 * @param {{kind?: string, text?: string, language?: string, gaps?: number, missing?: number}} what was to be spoken, at
 * how many places sound was left out, and how many frames
 * @returns {{file: Uint8Array<ArrayBuffer>, verdict: import("./qc.js").Judgement["verdict"], reasons: import("./qc.js").Reason[]}}
 */
export function examine(samples, format, rules, { gaps = 0, missing = 0, ...what }) {
  const written = encodePcm(samples, format.bits);
  const figures = withGaps(measure(decodePcm(written, format.bits), format.rate_hz), { gaps, missing });
  const { verdict, reasons } = judge(figures, rules, what);
  return { file: wavFile([written], format), verdict, reasons };
}
