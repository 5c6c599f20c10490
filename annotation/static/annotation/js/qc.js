/**
 * Is a take any good? The figures of the server (`annotation/recording/qc`), while one records: same
 * names, same arithmetic, held together by tests/js/qc_fixtures.json. The server's word counts; this one
 * comes at once. Reasons are codes and numbers: the page has the words.
 */

import { lostSound } from "./qc_dropouts.js";
import {
  dbOfPower,
  FLOOR_DBFS,
  FRAME_MS,
  FULL_SCALE,
  FULL_SCALE_RUN,
  linePower,
  noisePower,
  powerOfDb,
  runsOf,
} from "./qc_sound.js";
import { expectedMs, syllables } from "./qc_syllables.js";

export { Meter } from "./qc_meter.js";
export { expectedMs, syllables };

const LOUD_FRAMES = 5;
const RISE_SHARE = 0.35;
const RISE_DB = [4.5, 15];
const LEAST_RISE_DB = 10;
const HOLE_FRAMES = 2;
const BURST_FRAMES = 3;
const PAUSE_FRAMES = 15;

const FLAT_TOLERANCE = 6e-5;
const FLAT_RUN_S = 8e-5;
const FLAT_TOPS = 3;
const FLAT_LEAST_PEAK = 0.1;

const DEAD_DBFS = -100;

/**
 * @typedef {object} Figures Levels in dBFS (-3.01 is a full-scale sine, -120 nothing), times in ms.
 * @property {number} duration_ms
 * @property {number} rate_hz
 * @property {number} peak_dbfs
 * @property {number} level_dbfs active speech level; of the whole without speech
 * @property {number} noise_dbfs
 * @property {number | null} snr_db
 * @property {number} clipped_share 0 to 1
 * @property {number | null} lead_ms
 * @property {number | null} tail_ms
 * @property {number} speech_ms
 * @property {number} dc_offset full scale 1
 * @property {number} dropouts
 * @property {number} missing_ms sound that stands still amid speech, or was left out
 *
 * @typedef {{code: string, severity: "yellow" | "red", value: number, limit: number}} Reason
 * @typedef {{verdict: "green" | "yellow" | "red", reasons: Reason[], expected_ms: number | null}} Judgement
 * @typedef {Record<string, number>} Rules all in force, as `qc_rules` of a session gives them
 * @typedef {[number, number]} Run first and past-the-last index
 */

/**
 * Figures of one channel.
 * @param {Float32Array | Float64Array} sound full scale 1, at least one sample
 * @param {number} rateHz
 * @returns {Figures}
 */
export function measure(sound, rateHz) {
  if (sound.length === 0) throw new RangeError("At least one sample is wanted.");
  const size = Math.max(1, Math.round((rateHz * FRAME_MS) / 1000));
  const { mean, peak } = meanAndPeak(sound);
  if (!Number.isFinite(mean)) throw new RangeError("Samples are NaN or infinite.");
  const powers = framePowers(sound, size);
  const noise = noisePower(powers);
  const runs = findSpeech(powers, noise);
  const level = runs.length ? meanOver(powers, runs) : meanOver(powers, [[0, powers.length]]);
  /** @type {Run | null} */
  const span = runs.length ? [runs[0][0] * size, runs[runs.length - 1][1] * size] : null;
  const lost = span ? lostSound(sound, rateHz, span, level) : { places: 0, samples: 0 };
  const ms = (/** @type {number} */ samples) => Math.round((1000 * samples) / rateHz);
  return {
    duration_ms: Math.max(1, ms(sound.length)),
    rate_hz: rateHz,
    peak_dbfs: dbOfPower(peak * peak),
    level_dbfs: dbOfPower(level),
    noise_dbfs: dbOfPower(noise),
    snr_db: span && snrDb(level, noise),
    clipped_share: clippedSamples(sound, rateHz) / sound.length,
    lead_ms: span && ms(span[0]),
    tail_ms: span && ms(Math.max(0, sound.length - span[1])),
    speech_ms: Math.round((spokenFrames(runs) * (1000 * size)) / rateHz),
    dc_offset: mean,
    dropouts: lost.places,
    missing_ms: ms(lost.samples),
  };
}

/**
 * With at least `gaps` dropouts and `missing` frames fewer than were spoken: what was left out while recording leaves no
 * trace where what is around it happens to fit.
 * @param {Figures} figures
 * @param {{gaps: number, missing: number}} known
 * @returns {Figures}
 */
export function withGaps(figures, { gaps, missing }) {
  const missing_ms = figures.missing_ms + Math.round((1000 * missing) / figures.rate_hz);
  return { ...figures, dropouts: Math.max(figures.dropouts, gaps), missing_ms };
}

/** @param {Float32Array | Float64Array} sound */
function meanAndPeak(sound) {
  let sum = 0;
  let peak = 0;
  for (const value of sound) {
    sum += value;
    const size = Math.abs(value);
    if (size > peak) peak = size;
  }
  return { mean: sum / sound.length, peak };
}

/**
 * Mean squares of whole frames of `size` samples about their own straight lines, so without DC and rumble.
 * @param {Float32Array | Float64Array} sound
 * @param {number} size
 */
function framePowers(sound, size) {
  const whole = Math.floor(sound.length / size);
  if (whole === 0) return Float64Array.of(linePower(sound, 0, sound.length, false));
  return Float64Array.from({ length: whole }, (_, frame) => linePower(sound, frame * size, (frame + 1) * size));
}

/**
 * Frames that rise over the noise, holes closed and clicks dropped.
 * @param {Float64Array} powers
 * @param {number} noise
 */
function findSpeech(powers, noise) {
  const loud = powers.slice().sort()[Math.max(0, powers.length - LOUD_FRAMES)];
  const rise = dbOfPower(loud) - dbOfPower(noise);
  if (rise < LEAST_RISE_DB) return [];
  const above = Math.min(Math.max(RISE_SHARE * rise, RISE_DB[0]), RISE_DB[1]);
  const limit = Math.max(noise, powerOfDb(FLOOR_DBFS)) * powerOfDb(above);
  const runs = runsOf(powers.length, (frame) => powers[frame] > limit);
  return joined(runs, HOLE_FRAMES).filter(([first, last]) => last - first >= BURST_FRAMES);
}

/** Runs with gaps of up to `gap` closed. @param {Run[]} runs @param {number} gap */
function joined(runs, gap) {
  /** @type {Run[]} */
  const found = [];
  for (const [first, last] of runs) {
    const previous = found[found.length - 1];
    if (previous && first - previous[1] <= gap) previous[1] = last;
    else found.push([first, last]);
  }
  return found;
}

/** @param {Run[]} runs */
function spokenFrames(runs) {
  return joined(runs, PAUSE_FRAMES).reduce((sum, [first, last]) => sum + last - first, 0);
}

/** @param {Float64Array} powers @param {Run[]} runs */
function meanOver(powers, runs) {
  let sum = 0;
  let count = 0;
  for (const [first, last] of runs) {
    for (let frame = first; frame < last; frame += 1) sum += powers[frame];
    count += last - first;
  }
  return sum / count;
}

/** @param {number} level @param {number} noise */
function snrDb(level, noise) {
  return dbOfPower(Math.max(level - noise, 0) / Math.max(noise, powerOfDb(FLOOR_DBFS)));
}

/**
 * Samples in runs at full scale and on flat tops below it.
 * @param {Float32Array | Float64Array} sound
 * @param {number} rateHz
 */
function clippedSamples(sound, rateHz) {
  const length = (/** @type {Run[]} */ runs) => runs.reduce((sum, [first, last]) => sum + last - first, 0);
  const flat = Math.max(3, Math.round(FLAT_RUN_S * rateHz));
  let count = length(runsOf(sound.length, (n) => Math.abs(sound[n]) >= FULL_SCALE, FULL_SCALE_RUN));
  for (const sign of [1, -1]) {
    let peak = -Infinity;
    for (const value of sound) peak = Math.max(peak, sign * value);
    if (peak < FLAT_LEAST_PEAK || peak >= FULL_SCALE) continue;
    const tops = runsOf(sound.length, (n) => sign * sound[n] >= peak - FLAT_TOLERANCE, flat);
    if (tops.length >= FLAT_TOPS) count += length(tops);
  }
  return count;
}

// Verdict -----------------------------------------------------------------------------------------

/**
 * Hold figures against the rules of a session.
 * @param {Figures} figures
 * @param {Rules} rules
 * @param {{kind?: string, text?: string, language?: string}} [what]
 * @returns {Judgement}
 */
export function judge(figures, rules, { kind = "speech", text = "", language = "" } = {}) {
  const count = kind === "speech" && text ? syllables(text, language) : null;
  const told = kind === "room_tone" ? ofRoom(figures, rules) : ofSpeech(figures, rules, count);
  const reasons = /** @type {Reason[]} */ (told.filter((one) => one !== null));
  const worst = (/** @type {Reason} */ one) => (one.severity === "red" ? 0 : 1);
  reasons.sort((a, b) => worst(a) - worst(b));
  return { verdict: reasons[0]?.severity ?? "green", reasons, expected_ms: expectedMs(count, language) };
}

/** @param {Figures} figures @param {Rules} rules @param {number | null} count of syllables */
function ofSpeech(figures, rules, count) {
  if (figures.peak_dbfs < DEAD_DBFS) return [dead(figures)];
  const told = ofSound(figures, rules);
  const silent = below(figures.speech_ms, rules, "speech_ms", "no_speech");
  told.push(silent, above(figures.noise_dbfs, rules, "noise_dbfs", "noisy"));
  if (figures.snr_db === null || figures.lead_ms === null || figures.tail_ms === null) return told;
  told.push(
    below(figures.lead_ms, rules, "lead_ms", "cut_start"),
    below(figures.tail_ms, rules, "tail_ms", "cut_end"),
    below(figures.snr_db, rules, "snr_db", "low_snr"),
    below(figures.level_dbfs, rules, "level_low_dbfs", "too_quiet"),
    above(figures.level_dbfs, rules, "level_high_dbfs", "too_loud"),
  );
  if (count !== null && figures.speech_ms > 0 && silent === null) {
    const rate = (1000 * count) / figures.speech_ms;
    told.push(above(rate, rules, "rate_high", "too_short"), below(rate, rules, "rate_low", "too_long"));
  }
  return told;
}

/** @param {Figures} figures @param {Rules} rules */
function ofRoom(figures, rules) {
  if (figures.peak_dbfs < DEAD_DBFS) return [dead(figures)];
  return [
    ...ofSound(figures, rules),
    above(figures.noise_dbfs, rules, "room_noise_dbfs", "room_too_loud"),
    above(figures.speech_ms, rules, "room_speech_ms", "speech_in_room"),
    below(figures.duration_ms, rules, "room_duration_ms", "room_too_short"),
  ];
}

/** @param {Figures} figures @param {Rules} rules @returns {(Reason | null)[]} */
function ofSound(figures, rules) {
  const lost = (/** @type {number} */ limit) => figures.dropouts >= limit;
  return [
    above(figures.clipped_share, rules, "clipped_share", "clipping"),
    above(Math.abs(figures.dc_offset), rules, "dc_offset", "dc_offset"),
    held(figures.dropouts, rules, "dropouts", "dropouts", lost),
    above(figures.missing_ms, rules, "missing_ms", "sound_missing"),
  ];
}

/** @param {Figures} figures @returns {Reason} */
function dead(figures) {
  return { code: "dead_input", severity: "red", value: figures.peak_dbfs, limit: DEAD_DBFS };
}

/** @param {number} value @param {Rules} rules @param {string} figure @param {string} code */
function above(value, rules, figure, code) {
  return held(value, rules, figure, code, (limit) => value > limit);
}

/** @param {number} value @param {Rules} rules @param {string} figure @param {string} code */
function below(value, rules, figure, code) {
  return held(value, rules, figure, code, (limit) => value < limit);
}

/**
 * The reason, if the value is worse than a limit; red before yellow.
 * @param {number} value
 * @param {Rules} rules
 * @param {string} figure
 * @param {string} code
 * @param {(limit: number) => boolean} worse
 * @returns {Reason | null}
 */
function held(value, rules, figure, code, worse) {
  for (const severity of /** @type {const} */ (["red", "yellow"])) {
    const limit = rules[`${figure}_${severity}`];
    if (worse(limit)) return { code, severity, value, limit };
  }
  return null;
}
