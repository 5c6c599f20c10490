/**
 * Plays one clip at a time, and counts what was heard.
 *
 * Decoded sound starts at once through Web Audio. Where that is missing or cannot decode the file, and
 * for speeds other than 1 (an <audio> element keeps the pitch), the element of the page plays it.
 */

/**
 * @typedef {{buffer: AudioBuffer | null, url: string}} Sound
 * @typedef {{playing: boolean, blocked: boolean}} PlayerState
 */

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
}

export class Player {
  /** @type {AudioBufferSourceNode | null} */
  #source = null;
  /** @type {Sound | null} */
  #sound = null;
  #startedAt_s = 0;
  #offset_s = 0;
  #starts = 0;
  #heard_ms = 0;

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
    this.rate = 1;
    this.playing = false;
    this.blocked = false;
    element.addEventListener("ended", () => this.#ended());
  }

  /** @param {Sound} sound */
  use(sound) {
    this.stop();
    this.#sound = sound;
    this.#offset_s = 0;
    this.#starts = 0;
    this.#heard_ms = 0;
    this.element.src = sound.url;
  }

  get duration_s() {
    return this.#sound?.buffer?.duration ?? (this.element.duration || 0);
  }

  /** Where the sound is, in s from its beginning. */
  get position_s() {
    if (!this.playing) return this.#offset_s;
    if (!this.#source) return this.element.currentTime;
    const at = this.#offset_s + (this.#clock() - this.#startedAt_s);
    return this.loop && this.duration_s ? at % this.duration_s : Math.min(at, this.duration_s);
  }

  /** What the server keeps of the listening: time heard, and starts after the first. */
  heard() {
    const running = this.playing ? this.#elapsed_ms() : 0;
    return { listened_ms: Math.round(this.#heard_ms + running), replays: Math.max(0, this.#starts - 1) };
  }

  /** Play from `from_s`. Resolves to false where the browser wants a key or a tap first. */
  async play(from_s = 0) {
    if (!this.#sound) return false;
    this.stop();
    this.#offset_s = Math.min(Math.max(0, from_s), this.duration_s);
    const started = this.#sound.buffer && this.rate === 1 ? await this.#startBuffer() : await this.#startElement();
    this.blocked = !started;
    if (started) {
      this.#starts += 1;
      this.playing = true;
    }
    this.#tell();
    return started;
  }

  stop() {
    if (!this.playing) return;
    this.#heard_ms += this.#elapsed_ms();
    const at = this.position_s;
    this.playing = false;
    this.#offset_s = at;
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
    else void this.play(this.#offset_s >= this.duration_s ? 0 : this.#offset_s);
  }

  /** @param {boolean} on */
  setLoop(on) {
    this.loop = on;
    this.element.loop = on;
    if (this.#source) this.#source.loop = on;
  }

  /** @param {number} rate */
  setRate(rate) {
    const at = this.position_s;
    const was = this.playing;
    this.rate = rate;
    this.element.preservesPitch = true;
    this.element.playbackRate = rate;
    this.element.defaultPlaybackRate = rate;
    if (was) void this.play(at);
  }

  close() {
    this.stop();
    this.element.removeAttribute("src");
    void this.context?.close();
  }

  async #startBuffer() {
    const context = /** @type {AudioContext} */ (this.context);
    const sound = this.#sound;
    if (context.state !== "running") {
      // Without a gesture this promise may never settle, so it is not waited for longer than a moment.
      await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 150))]);
      if (/** @type {string} */ (context.state) !== "running" || sound !== this.#sound) return false;
    }
    const source = context.createBufferSource();
    source.buffer = sound?.buffer ?? null;
    source.loop = this.loop;
    source.connect(context.destination);
    source.onended = () => this.#ended();
    source.start(0, this.#offset_s % (this.duration_s || 1));
    this.#source = source;
    this.#startedAt_s = this.#clock();
    return true;
  }

  async #startElement() {
    this.element.playbackRate = this.rate;
    this.element.currentTime = this.#offset_s;
    try {
      await this.element.play();
    } catch {
      return false;
    }
    this.#startedAt_s = this.#clock();
    return true;
  }

  #clock() {
    return this.#source && this.context ? this.context.currentTime : performance.now() / 1000;
  }

  #elapsed_ms() {
    return Math.max(0, this.#clock() - this.#startedAt_s) * 1000;
  }

  #ended() {
    if (!this.playing) return;
    this.stop();
    this.#offset_s = this.duration_s;
    this.#tell();
  }

  #tell() {
    this.onState({ playing: this.playing, blocked: this.blocked });
  }
}
