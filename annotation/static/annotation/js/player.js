/**
 * Plays one clip at a time, and counts what was heard.
 *
 * Decoded sound starts at once through Web Audio: `play` has called `start` before it returns. Where
 * that is missing or cannot decode the file, and for speeds other than 1 (an <audio> element keeps the
 * pitch), the element of the page plays it.
 */

import { Heard } from "./heard.js";
import { toWav } from "./wav.js";

/**
 * @typedef {{buffer: AudioBuffer | null, url: string, wav?: string}} Sound `wav`: the decoded sound for the element
 * @typedef {{playing: boolean, blocked: boolean}} PlayerState
 * @typedef {{from_s: number, to_s: number}} Region
 * @typedef {{heard: Heard, starts: number}} Listened
 */

export const SHORTEST_REGION_S = 0.05;
const END_S = 0.01;

/** @returns {AudioContext | null} */
export function openContext() {
  return typeof AudioContext === "undefined" ? null : new AudioContext({ latencyHint: "interactive" });
}

/**
 * Fetch and decode a clip. A file that cannot be decoded here is left to the <audio> element.
 * @param {string} url
 * @param {AudioContext | null} context
 * @returns {Promise<Sound>}
 */
export async function loadSound(url, context) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const bytes = await answer.arrayBuffer();
  const type = answer.headers.get("Content-Type") ?? "audio/flac";
  const local = URL.createObjectURL(new Blob([bytes], { type }));
  const buffer = context ? await context.decodeAudioData(bytes).catch(() => null) : null;
  return { buffer, url: local };
}

/** @param {Sound} sound */
export function releaseSound(sound) {
  URL.revokeObjectURL(sound.url);
  if (sound.wav) URL.revokeObjectURL(sound.wav);
}

export class Player {
  /** @type {AudioBufferSourceNode | null} */
  #source = null;
  /** @type {Sound | null} */
  #sound = null;
  /** Where the clock and the sound were when the sound last began, jumped, or changed its loop. */
  #since_s = 0;
  /** Address of what the element holds of this sound. */
  #loaded = "";
  #offset_s = 0;
  #starts = 0;
  #heard = new Heard();
  /** Counts what was asked of the player, so that a slow start gives way to what came after it. */
  #asked = 0;
  /** Asked to play, and not playing yet. */
  #starting = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} turns the element round at the end of a loop */
  #turn;

  /**
   * @param {AudioContext | null} context
   * @param {HTMLAudioElement} element
   * @param {(state: PlayerState) => void} [onState]
   */
  constructor(context, element, onState = () => {}) {
    this.context = context;
    this.element = element;
    this.onState = onState;
    this.loop = false;
    /** @type {Region | null} */
    this.region = null;
    this.rate = 1;
    this.playing = false;
    this.blocked = false;
    element.addEventListener("ended", () => this.#ended());
  }

  /** @param {Sound} sound @param {Listened} [before] what was heard of it already, from `listened` */
  use(sound, before) {
    this.stop();
    this.#sound = sound;
    this.#offset_s = 0;
    this.#starts = before?.starts ?? 0;
    this.#heard = before?.heard ?? new Heard();
    this.region = null;
    this.#loaded = "";
    if (this.rate !== 1 || !sound.buffer) this.#loadElement();
  }

  get duration_s() {
    return this.#sound?.buffer?.duration ?? (this.element.duration || 0);
  }

  /** Where the sound is, in s from its beginning. */
  get position_s() {
    if (!this.playing) return this.#offset_s;
    if (!this.#source) return this.element.currentTime;
    const at_s = this.#offset_s + this.#elapsed_s();
    const loop = this.#loop();
    if (!loop || at_s < loop[1] || this.#offset_s >= loop[1]) return Math.min(at_s, this.duration_s);
    return loop[0] + ((at_s - loop[0]) % (loop[1] - loop[0]));
  }

  /** What the server keeps of the listening: how much of the clip was heard, and starts after the first. */
  heard() {
    this.#account();
    return { listened_ms: Math.round(this.#heard.total_s * 1000), replays: Math.max(0, this.#starts - 1) };
  }

  /** To go on with, when this sound comes back after another. @returns {Listened} */
  get listened() {
    this.#account();
    return { heard: this.#heard, starts: this.#starts };
  }

  /** Where the first part begins that was not heard yet. */
  get firstGap_s() {
    this.#account();
    return Math.min(this.#heard.firstGap_s, this.duration_s);
  }

  /**
   * Play from `from_s`, or from the beginning of the region. Decoded sound has been started when this
   * returns; it resolves to false where the browser wants a key or a tap first.
   * @param {number} [from_s]
   * @returns {Promise<boolean>}
   */
  play(from_s = this.region?.from_s ?? 0) {
    if (!this.#sound) return Promise.resolve(false);
    this.stop();
    this.#offset_s = this.#placed(from_s);
    if (!this.#sound.buffer || this.rate !== 1) return this.#startElement();
    if (this.context?.state !== "running") return this.#startLater();
    this.#startBuffer();
    return Promise.resolve(true);
  }

  stop() {
    this.#asked += 1;
    if (this.#starting) this.element.pause();
    this.#starting = false;
    if (!this.playing) return;
    const at_s = this.position_s;
    this.#account();
    this.playing = false;
    this.#offset_s = at_s;
    clearTimeout(this.#turn);
    if (this.#source) {
      this.#source.onended = null;
      this.#source.stop();
      this.#source = null;
    } else {
      this.element.pause();
    }
    this.#tell();
  }

  toggle() {
    if (this.playing) this.stop();
    else void this.play(this.#offset_s >= this.duration_s - END_S ? undefined : this.#offset_s);
  }

  /** Move by `step_s`; goes on playing if it plays. @param {number} step_s */
  seekBy(step_s) {
    this.seek(this.position_s + step_s);
  }

  /** @param {number} to_s */
  seek(to_s) {
    const at_s = Math.min(Math.max(0, to_s), this.duration_s);
    if (this.playing && at_s < this.duration_s - END_S) return void this.play(at_s);
    this.stop();
    this.#offset_s = at_s;
    this.#tell();
  }

  /** @param {boolean} on */
  setLoop(on) {
    this.#account();
    this.loop = on;
    this.#followLoop();
  }

  /** Play nothing but this part, again and again; null for the whole. @param {Region | null} region */
  setRegion(region) {
    this.#account();
    this.region = region && clipped(region, this.duration_s);
    const outside = this.region && (this.position_s < this.region.from_s || this.position_s >= this.region.to_s);
    if (this.playing && outside) void this.play();
    else this.#followLoop();
    this.#tell();
  }

  /** @param {number} rate */
  setRate(rate) {
    const at_s = this.position_s;
    const was = this.playing || this.#starting;
    this.stop();
    this.rate = rate;
    this.element.preservesPitch = true;
    this.element.playbackRate = rate;
    this.element.defaultPlaybackRate = rate;
    if (was) void this.play(at_s);
  }

  close() {
    this.stop();
    this.element.removeAttribute("src");
    void this.context?.close();
  }

  /** Within the clip, and within the region if there is one. @param {number} at_s */
  #placed(at_s) {
    const region = this.region;
    if (region && (at_s < region.from_s || at_s >= region.to_s)) return region.from_s;
    return Math.min(Math.max(0, at_s), this.duration_s);
  }

  /** What is played again and again, if anything. @returns {[number, number] | null} */
  #loop() {
    if (this.region) return [this.region.from_s, this.region.to_s];
    return this.loop && this.duration_s ? [0, this.duration_s] : null;
  }

  #startBuffer() {
    const context = /** @type {AudioContext} */ (this.context);
    const source = context.createBufferSource();
    source.buffer = this.#sound?.buffer ?? null;
    source.connect(context.destination);
    source.onended = () => this.#ended();
    this.#source = source;
    this.#followLoop();
    source.start(0, this.#offset_s % (this.duration_s || 1));
    this.#began();
  }

  /** Without a gesture `resume` may never settle, so it is not waited for longer than a moment. On a busy machine it may
   * only be late: then the sound starts late, unless something else was asked for. */
  async #startLater() {
    const context = /** @type {AudioContext} */ (this.context);
    const asked = this.#asked;
    this.#starting = true;
    const resumed = context.resume();
    await Promise.race([resumed, new Promise((done) => setTimeout(done, 150))]);
    if (asked !== this.#asked) return this.playing;
    if (/** @type {string} */ (context.state) === "running") this.#startBuffer();
    else {
      this.#couldNotStart();
      void resumed.then(() => asked === this.#asked && this.#startBuffer(), () => {});
    }
    return this.playing;
  }

  /** Give the element the sound, decoded where we could: in that it can go to any place. */
  #loadElement() {
    const sound = this.#sound;
    if (!sound) return;
    if (sound.buffer) sound.wav ??= URL.createObjectURL(toWav(sound.buffer));
    const url = sound.wav ?? sound.url;
    if (this.#loaded === url) return;
    this.element.src = this.#loaded = url;
    this.element.preload = "auto";
  }

  async #startElement() {
    const asked = this.#asked;
    this.#loadElement();
    this.#starting = true;
    this.element.playbackRate = this.rate;
    this.element.currentTime = this.#offset_s;
    try {
      await this.element.play();
    } catch {
      if (asked === this.#asked) this.#couldNotStart();
      return false;
    }
    if (asked !== this.#asked) return this.playing;
    this.#began();
    this.#followLoop();
    return true;
  }

  #began() {
    this.#since_s = this.#clock();
    this.#starts += 1;
    this.playing = true;
    this.#starting = false;
    this.blocked = false;
    this.#tell();
  }

  #couldNotStart() {
    this.#starting = false;
    this.blocked = true;
    this.#tell();
  }

  /** Bring what plays in line with `loop` and `region`. */
  #followLoop() {
    const loop = this.#loop();
    clearTimeout(this.#turn);
    if (this.#source) {
      this.#source.loopStart = loop?.[0] ?? 0;
      this.#source.loopEnd = loop?.[1] ?? 0;
      this.#source.loop = loop !== null;
    } else if (this.playing && loop) {
      const left_ms = ((loop[1] - this.element.currentTime) / this.rate) * 1000;
      this.#turn = setTimeout(() => this.#turnRound(), Math.max(0, left_ms));
    }
  }

  /** The element plays: it reached the end of its loop. */
  #turnRound() {
    const loop = this.#loop();
    if (!this.playing || this.#source || !loop) return;
    this.#account();
    this.element.currentTime = this.#offset_s = loop[0];
    if (this.element.paused) void this.element.play().catch(() => this.stop());
    this.#followLoop();
  }

  /** Decoded sound had come to its end when it was told to loop, and only now is that known: it goes on, and is no new start. */
  #goRound() {
    const [from_s] = this.#loop() ?? [0];
    this.#heard.add(this.#offset_s, this.duration_s);
    this.#offset_s = from_s;
    this.#starts -= 1;
    this.#startBuffer();
  }

  #clock() {
    return this.#source && this.context ? this.context.currentTime : performance.now() / 1000;
  }

  /** s of the clip since the last note of it */
  #elapsed_s() {
    if (!this.#source) return Math.max(0, this.element.currentTime - this.#offset_s);
    return Math.max(0, this.#clock() - this.#since_s);
  }

  /** Note what was heard up to now, and go on from here. */
  #account() {
    if (!this.playing) return;
    const at_s = this.position_s;
    const length_s = this.#elapsed_s();
    const loop = this.#source ? this.#loop() : null;
    this.#heard.addRun(this.#offset_s, loop ? length_s : Math.min(length_s, this.duration_s - this.#offset_s), loop);
    this.#offset_s = at_s;
    this.#since_s = this.#clock();
  }

  #ended() {
    if (!this.playing) return;
    if (this.#loop()) return this.#source ? this.#goRound() : this.#turnRound();
    this.#heard.add(this.#offset_s, this.duration_s);
    this.stop();
    this.#offset_s = this.duration_s;
    this.#tell();
  }

  #tell() {
    this.onState({ playing: this.playing, blocked: this.blocked });
  }
}

/** Within the clip and not too short to be heard. @param {Region} region @param {number} duration_s @returns {Region | null} */
function clipped({ from_s, to_s }, duration_s) {
  const from = Math.max(0, Math.min(from_s, to_s));
  const to = Math.min(duration_s, Math.max(from_s, to_s));
  return to - from < SHORTEST_REGION_S ? null : { from_s: from, to_s: to };
}
