/**
 * The volume check at the start of a shift: noise as loud as the voices to set a comfortable level by,
 * then quiet tones in each ear to count. Nothing is labelled before it was passed.
 */

import { Refused } from "./api.js";
import { refusalInWords } from "./words.js";

/** How far below the voices the tones are: a quiet word still carries an emotion. */
const TONES_BELOW_DB = 25;
const TONE_HZ = 1000;
const TONE_S = 0.25;
const GAP_S = 0.35;
const RAMP_S = 0.02;
const NOISE_S = 3;
const TRIES = 3;
const FEWEST = 2;
const MOST = 4;

/** @typedef {"left" | "right"} Ear */

/** @param {number} db @returns {number} root mean square, 1 is full scale */
export const rmsOf = (db) => 10 ** (db / 20);

/**
 * Noise with the long-term spectrum of speech, roughly: flat to 500 Hz and 6 dB an octave less above,
 * swelling four times a second like syllables.
 * @param {number} rate_hz
 * @param {number} level_dbfs root mean square of the whole
 * @param {() => number} [random]
 * @returns {Float32Array}
 */
export function speechNoise(rate_hz, level_dbfs, random = Math.random) {
  const samples = new Float32Array(NOISE_S * rate_hz);
  const share = 1 - Math.exp((-2 * Math.PI * 500) / rate_hz);
  let low = 0;
  let energy = 0;
  for (let n = 0; n < samples.length; n++) {
    low += share * (2 * random() - 1 - low);
    samples[n] = low * (1 - 0.6 * Math.cos((2 * Math.PI * 4 * n) / rate_hz));
    energy += samples[n] ** 2;
  }
  const gain = rmsOf(level_dbfs) / Math.max(1e-9, Math.sqrt(energy / samples.length));
  return samples.map((value) => Math.max(-1, Math.min(1, value * gain)));
}

/**
 * `count` short tones one after the other, each with soft ends.
 * @param {number} count
 * @param {number} rate_hz
 * @param {number} level_dbfs of the voices; the tones are quieter
 * @returns {Float32Array}
 */
export function quietTones(count, rate_hz, level_dbfs) {
  const step = Math.round((TONE_S + GAP_S) * rate_hz);
  const length = Math.round(TONE_S * rate_hz);
  const peak = Math.SQRT2 * rmsOf(level_dbfs - TONES_BELOW_DB);
  const samples = new Float32Array(count * step);
  for (let n = 0; n < count * step; n++) {
    const at = n % step;
    if (at >= length) continue;
    const ramp = Math.min(1, at / (RAMP_S * rate_hz), (length - at) / (RAMP_S * rate_hz));
    samples[n] = peak * ramp * Math.sin((2 * Math.PI * TONE_HZ * at) / rate_hz);
  }
  return samples;
}

/** How many tones to play: 2 to 4. @param {() => number} [random] */
export const drawCount = (random = Math.random) => FEWEST + Math.floor(random() * (MOST - FEWEST + 1));

/** What was answered so far: left, then right, with three tries for both together. */
export class Listening {
  /** @type {number[]} */
  heard = [];
  /** @type {number[]} */
  played = [];
  #tries = TRIES;

  /** @param {() => number} [random] */
  constructor(random = Math.random) {
    this.random = random;
    this.count = drawCount(random);
  }

  /** @returns {Ear} */
  get ear() {
    return this.heard.length === 0 ? "left" : "right";
  }

  /** @param {number} heard @returns {"next" | "done" | "again" | "failed"} */
  answer(heard) {
    const right = heard === this.count;
    if (right) {
      this.heard.push(heard);
      this.played.push(this.count);
    }
    this.count = drawCount(this.random);
    if (right) return this.heard.length === 2 ? "done" : "next";
    this.#tries -= 1;
    return this.#tries ? "again" : "failed";
  }
}

/**
 * @param {HTMLElement} root the page
 * @param {object} parts
 * @param {AudioContext | null} parts.context
 * @param {import("./api.js").Api} parts.api
 * @param {{due_in_s: number, level_dbfs: number, url: string} | null} parts.volume
 * @param {Record<string, string>} parts.texts
 */
export function mountVolume(root, { context, api, volume, texts }) {
  const dialog = /** @type {HTMLDialogElement | null} */ (root.querySelector("[data-part=volume]"));
  if (!dialog || !volume || !context) return { due: () => false, check: async () => {}, unmount() {} };
  const dueAt_ms = performance.now() + volume.due_in_s * 1000;
  /** @type {AudioBufferSourceNode | null} */
  let sounding = null;
  let nextDue_ms = dueAt_ms;
  let listening = new Listening();
  /** @type {(() => void) | null} */
  let passed = null;
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (dialog.querySelector(`[data-volume=${name}]`));

  /** @param {string} text */
  const say = (text) => (part("status").textContent = text);

  function silence() {
    sounding?.stop();
    sounding = null;
    part("noise").textContent = texts.volume_play;
  }

  /** @param {Float32Array} samples @param {Ear | "both"} where @param {boolean} loop */
  function sound(samples, where, loop) {
    silence();
    const playing = /** @type {AudioContext} */ (context);
    void playing.resume();
    const buffer = playing.createBuffer(2, samples.length, playing.sampleRate);
    if (where !== "right") buffer.getChannelData(0).set(samples);
    if (where !== "left") buffer.getChannelData(1).set(samples);
    sounding = playing.createBufferSource();
    Object.assign(sounding, { buffer, loop });
    sounding.connect(playing.destination);
    sounding.start();
  }

  /** @param {"level" | "tones"} step */
  function show(step) {
    silence();
    for (const section of dialog?.querySelectorAll("[data-step]") ?? []) {
      /** @type {HTMLElement} */ (section).hidden = section.getAttribute("data-step") !== step;
    }
    part("ear").textContent = listening.ear === "left" ? texts.ear_left : texts.ear_right;
    for (const button of counts()) button.disabled = true;
    part(step === "level" ? "noise" : "tones").focus();
  }

  /** @returns {NodeListOf<HTMLButtonElement>} */
  const counts = () => /** @type {HTMLDialogElement} */ (dialog).querySelectorAll("[data-count]");

  function onNoise() {
    if (sounding) return silence();
    sound(speechNoise(context?.sampleRate ?? 0, volume?.level_dbfs ?? 0), "both", true);
    part("noise").textContent = texts.volume_stop;
  }

  function onTones() {
    sound(quietTones(listening.count, context?.sampleRate ?? 0, volume?.level_dbfs ?? 0), listening.ear, false);
    for (const button of counts()) button.disabled = false;
    say("");
  }

  /** @param {number} heard */
  async function onCount(heard) {
    const outcome = listening.answer(heard);
    say(outcome === "again" ? texts.ear_again : outcome === "failed" ? texts.ear_failed : "");
    if (outcome === "done") return finish();
    if (outcome === "failed") listening = new Listening();
    show(outcome === "failed" ? "level" : "tones");
  }

  async function finish() {
    silence();
    try {
      const { heard, played } = listening;
      const answer = await api.post(volume?.url ?? "", { heard, played });
      nextDue_ms = performance.now() + answer.next_check_in_s * 1000;
    } catch (error) {
      if (error instanceof Refused) return say(refusalInWords(texts, error));
      // Without a network work goes on; the next page asks again.
      nextDue_ms = Infinity;
    }
    dialog?.close();
    passed?.();
  }

  part("noise").addEventListener("click", onNoise);
  part("tones").addEventListener("click", onTones);
  part("level-done").addEventListener("click", () => (say(""), show("tones")));
  for (const button of counts()) button.addEventListener("click", () => void onCount(Number(button.dataset.count)));
  dialog.addEventListener("cancel", (event) => event.preventDefault());

  return {
    due: () => performance.now() >= nextDue_ms,
    /** Resolves once the check was passed. @returns {Promise<void>} */
    check() {
      listening = new Listening();
      if (!dialog.open) dialog.showModal();
      show("level");
      return new Promise((done) => (passed = done));
    },
    unmount() {
      silence();
      dialog.close();
    },
  };
}
