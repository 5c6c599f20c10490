/** A session being recorded: drives the flow, and does what it asks for. */

import { Refused } from "./api.js";
import { NoMicrophone, openMicrophone } from "./microphone.js";
import { isBad, isLeft, placeAt, startFlow, step } from "./recorder_flow.js";
import { isOver } from "./recorder_view.js";
import { ROOM_TONE, blockedBy, placesOf } from "./session_data.js";
import { askToKeep } from "./shelf.js";
import { examine } from "./take_sound.js";
import { NO_CONSENT } from "./take_store.js";
import { Taking, longestMs } from "./taking.js";
import { refusalInWords } from "./words.js";
import { keepAwake } from "./wake.js";

/**
 * @typedef {import("./session_data.js").SessionData} SessionData
 * @typedef {object} Parts
 * @property {import("./recorder.js").Config} config
 * @property {import("./api.js").Api} api
 * @property {import("./recorder_view.js").RecorderView} view
 * @property {ReturnType<typeof import("./setup_view.js").mountSetup>} setup
 * @property {import("./take_store.js").TakeStore} store
 * @property {import("./take_queue.js").TakeQueue} queue
 * @property {LockManager | null} locks
 * @property {import("./attempts.js").Attempts} attempts
 * @property {import("./level.js").LevelMeter} meter
 * @property {ReturnType<typeof import("./meter.js").makeMeter>} showLevel
 * @property {() => void} look at the session anew: something was refused
 */

const ROOM_TONE_MS = 5_000;
const TICK_MS = 1_000;
/** Long enough to see the verdict. */
const LOOK_MS = 1_500;
const FRAME_MS = 80;

export class Recorder {
  /** @type {import("./recorder_flow.js").Flow} */
  #flow;
  /** @type {import("./microphone.js").Microphone | null} */
  #microphone = null;
  /** Counts what was asked to be opened: the last one holds. */
  #turn = 0;
  /** Ends what the flow wanted to be done later. */
  #later = new AbortController();
  #began_ms = 0;
  /** @type {import("./level.js").Level | null} */
  #level = null;
  #sleep = () => {};
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #frames;

  /** @param {Parts} parts */
  constructor(parts) {
    const { config, store, locks, view } = parts;
    const { session } = config;
    const title = session.title || `${session.speaker.code} · ${session.id}`;
    this.parts = parts;
    this.taking = new Taking(store, { session: session.id, title, address: config.urls.page, bits: session.bits }, locks);
    this.#flow = startFlow({ places: placesOf(session), mode: session.mode, countdown_s: session.countdown_s, blocked: blockedBy(session) });
    this.prompts = new Map(session.prompts.map((prompt) => [prompt.id, prompt]));
    const { buttons } = view;
    buttons.main.addEventListener("click", () => this.dispatch({ type: "press" }));
    for (const name of /** @type {const} */ (["again", "previous", "next"])) {
      buttons[name].addEventListener("click", () => this.dispatch({ type: name }));
    }
    buttons.listen.addEventListener("click", () => this.listen(this.#attempts()[0]));
  }

  start() {
    this.#frames = setInterval(() => this.#frame(), FRAME_MS);
    this.#render();
    // Where it was allowed before, the meter moves at once.
    navigator.permissions?.query?.({ name: /** @type {any} */ ("microphone") }).then(
      ({ state }) => void (state === "granted" && !this.#microphone && this.open(this.parts.setup.remembered())),
      () => {},
    );
  }

  close() {
    this.#later.abort();
    clearInterval(this.#frames);
    this.#microphone?.close();
    this.#sleep();
  }

  /** Whether somebody is speaking into it. */
  get isBusy() {
    return this.#flow.phase === "recording" || this.#flow.phase === "saving";
  }

  /** Why nothing may be recorded now; "" where it may. */
  get blocked() {
    return this.#flow.blocked;
  }

  /** What the operator is told. */
  report() {
    const place = placeAt(this.#flow);
    const state = this.#flow.blocked && !this.isBusy ? this.#flow.blocked : this.#flow.phase;
    const prompt = place && place.id !== ROOM_TONE && this.#flow.phase !== "setup" ? place.id : null;
    const rounded = (/** @type {number} */ value) => Math.round(10 * value) / 10;
    // While nothing may be recorded, nobody listens from afar.
    const level = state === this.#flow.phase ? this.#level : null;
    const peak_dbfs = level && rounded(this.parts.meter.recent(performance.now()));
    return { state, prompt, level_dbfs: level && rounded(level.level_dbfs), peak_dbfs };
  }

  // --- what happens ----------------------------------------------------------------------------

  /** @param {Parameters<typeof step>[1]} event */
  dispatch(event) {
    const before = this.#flow;
    const { state, effects } = step(before, event);
    this.#flow = state;
    if (state.phase !== before.phase || state.at !== before.at) this.#moved(before);
    for (const effect of effects) this.#do(effect);
    this.#render();
  }

  /** @param {import("./recorder_flow.js").Flow} before */
  #moved(before) {
    this.#later.abort();
    this.#later = new AbortController();
    if (before.phase === "setup") this.#prepare();
    if (before.phase !== "recording") this.silence();
    const place = placeAt(this.#flow);
    if (place && !this.parts.attempts.isRead(place.id)) void this.#readTakes(place.id);
  }

  /** Somebody pressed "Begin". */
  #prepare() {
    this.#sleep = keepAwake();
    void askToKeep();
  }

  /** @param {import("./recorder_flow.js").Effect} effect */
  #do(effect) {
    if (effect === "tick") this.#in(TICK_MS, () => this.dispatch({ type: "tick" }));
    else if (effect === "advance") this.#in(LOOK_MS, () => this.dispatch({ type: "advance" }));
    else if (effect === "record") this.#record();
    else void this.#finish();
  }

  /** Unless something else happens before. @param {number} ms @param {() => void} action */
  #in(ms, action) {
    const timer = setTimeout(action, ms);
    this.#later.signal.addEventListener("abort", () => clearTimeout(timer));
  }

  #record() {
    const place = placeAt(this.#flow);
    if (!place) return;
    this.silence();
    const prompt = this.prompts.get(place.id);
    const text = this.parts.view.nameOf(prompt);
    this.taking.begin({ prompt: prompt ? place.id : null, text, kind: place.kind });
    this.#began_ms = performance.now();
    const { rate_hz, bits } = this.taking.format;
    this.#in(place.kind === ROOM_TONE ? ROOM_TONE_MS : longestMs(rate_hz, bits), () => this.dispatch({ type: "press" }));
  }

  async #finish() {
    const done = await this.taking.end();
    if (!done) return this.dispatch({ type: "empty" });
    const { take, samples, gaps, missing } = done;
    const place = take.prompt ?? ROOM_TONE;
    const prompt = this.prompts.get(place);
    const about = { kind: take.kind, text: prompt?.transcript ?? "", language: prompt?.language ?? "" };
    const { file, verdict, reasons } = examine(samples, take, this.parts.config.session.qc_rules, { ...about, gaps, missing });
    const sound = URL.createObjectURL(new Blob([file], { type: "audio/wav" }));
    const facts = { seconds: samples.length / take.rate_hz, interrupted: take.interrupted, sound };
    this.parts.attempts.add(place, { id: take.id, verdict, reasons, state: "waiting", accepted: false, ...facts });
    this.dispatch({ type: "stored", id: place, verdict });
    void this.parts.queue.flush();
  }

  /** A take that an earlier visit left in this browser: its prompt is not open. @param {import("./shelf.js").Take} take */
  left(take) {
    if (take.session !== this.parts.config.session.id) return;
    this.dispatch({ type: "left", id: take.prompt ?? ROOM_TONE });
  }

  /** The server has a take. @param {import("./shelf.js").Take} take @param {import("./take_upload.js").StoredTake} stored */
  sent(take, stored) {
    if (take.session !== this.parts.config.session.id) return;
    const place = take.prompt ?? ROOM_TONE;
    this.parts.attempts.stored(place, take.id, /** @type {any} */ (stored));
    this.dispatch({ type: "sent", id: place, verdict: stored.qc.verdict });
  }

  /** @param {import("./shelf.js").Take} take @param {Refused} error */
  refused(take, error) {
    if (take.session !== this.parts.config.session.id) return;
    // That a consent is missing, and what became of the take, is said where the page is blocked.
    if (error.code !== NO_CONSENT) this.#problem(error);
    this.parts.look();
  }

  /** This browser has no room left: what is being spoken is held in memory and sent. */
  full() {
    const { view } = this.parts;
    view.problem(view.texts.storage_full);
    if (this.#flow.phase === "recording") this.dispatch({ type: "press" });
  }

  /** What the server says of the session now. @param {SessionData} session */
  news(session) {
    this.prompts = new Map(session.prompts.map((prompt) => [prompt.id, prompt]));
    const places = placesOf(session).map(({ id, state, verdict, good }) => ({ id, state, verdict, good }));
    this.dispatch({ type: "news", blocked: blockedBy(session), places });
  }

  // --- the microphone --------------------------------------------------------------------------

  /** @param {string} device id; "" for the usual one @returns {Promise<void>} */
  async open(device) {
    const { view, setup, config } = this.parts;
    const turn = ++this.#turn;
    this.#letGo();
    this.dispatch({ type: "microphone", there: false });
    view.problem("");
    try {
      const heard = {
        onBlock: (/** @type {Float32Array} */ samples, /** @type {number} */ first) => void (turn === this.#turn && this.#block(samples, first)),
        onLost: (/** @type {import("./microphone.js").Lost} */ reason) => void (turn === this.#turn && this.#lost(reason)),
      };
      const microphone = await openMicrophone(device, config.urls.worklet, heard);
      // Another one was asked for meanwhile.
      if (turn !== this.#turn) return microphone.close();
      this.#microphone = microphone;
      this.taking.connect(microphone.rate_hz, microphone.report);
      await setup.opened(microphone);
      await this.parts.api.put(config.urls.device, microphone.report);
    } catch (error) {
      if (error instanceof NoMicrophone && device && error.reason === "none") return this.open("");
      if (error instanceof NoMicrophone) this.#without(`microphone.${error.reason}`);
    }
  }

  #letGo() {
    this.#microphone?.close();
    this.taking.disconnect();
    this.#microphone = null;
    this.#level = null;
  }

  /** @param {Float32Array} samples @param {number} first */
  #block(samples, first) {
    this.taking.push(samples, first);
    this.parts.meter.push(samples, performance.now());
    this.parts.setup.push(samples);
    if (!this.#flow.hasMicrophone && this.taking.isSettled) this.dispatch({ type: "microphone", there: true });
  }

  /** @param {import("./microphone.js").Lost} reason */
  #lost(reason) {
    const wasBusy = this.isBusy;
    this.taking.lost(reason);
    this.#letGo();
    this.#without(`lost.${reason}`, wasBusy ? "lost_kept" : "");
    this.dispatch({ type: "microphone", there: false });
  }

  /** @param {string} words key of the page's texts @param {string} [more] another one */
  #without(words, more = "") {
    const { view, setup } = this.parts;
    setup.closed();
    view.problem([view.texts[words] ?? view.texts["microphone.failed"], view.texts[more]].filter(Boolean).join(" "));
  }

  // --- what is heard and shown -----------------------------------------------------------------

  #attempts() {
    return this.parts.attempts.of(placeAt(this.#flow)?.id ?? "");
  }

  /** @param {string} place */
  async #readTakes(place) {
    const { api, config, attempts } = this.parts;
    const query = place === ROOM_TONE ? "kind=room_tone" : `prompt=${encodeURIComponent(place)}`;
    try {
      const { results } = await api.get(`${config.urls.takes.replace("ID", config.session.id)}?${query}`);
      attempts.read(place, results);
      this.#render();
    } catch {
      // They are shown once there is a network again.
    }
  }

  /** @param {import("./recorder_view.js").Attempt | undefined} attempt */
  listen(attempt) {
    const audio = /** @type {HTMLAudioElement} */ (this.parts.view.part("audio"));
    if (!attempt?.sound || this.isBusy) return;
    if (!audio.paused && audio.src.endsWith(attempt.sound)) return audio.pause();
    audio.src = attempt.sound;
    void audio.play().catch(() => this.parts.view.problem(this.parts.view.texts.cannot_play));
  }

  silence() {
    /** @type {HTMLAudioElement} */ (this.parts.view.part("audio")).pause();
  }

  /** @param {{code: string, message: string}} error */
  #problem(error) {
    this.parts.view.problem(refusalInWords(this.parts.view.texts, error));
  }

  #frame() {
    const { meter, showLevel, view } = this.parts;
    if (this.#microphone) showLevel((this.#level = meter.read(performance.now())), !this.#flow.blocked || this.isBusy);
    if (this.#flow.phase === "recording") view.clock(`${((performance.now() - this.#began_ms) / 1000).toFixed(1)} s`);
  }

  /** What is still to be spoken, or to be said again. */
  #left() {
    const label = (/** @type {string} */ id) => this.parts.view.nameOf(this.prompts.get(id));
    return this.#flow.places.flatMap((one, at) => (isLeft(one) ? [{ label: label(one.id), at, bad: isBad(one), kind: one.kind }] : []));
  }

  #render() {
    const { view } = this.parts;
    const place = placeAt(this.#flow);
    const attempts = this.#attempts();
    view.render(this.#flow, this.prompts.get(place?.id ?? ""));
    view.attempts(attempts, (attempt) => this.listen(attempt));
    const isEarlier = ["ready", "countdown"].includes(this.#flow.phase) && Boolean(place && isBad(place));
    // "Please once more" is nothing to say to who took the consent back.
    const isShown = (isEarlier || this.#flow.phase === "review") && this.blocked !== "consent_missing";
    view.verdict(isShown ? attempts[0] : undefined, place, isEarlier);
    view.part("meter").hidden = !this.#microphone || isOver(this.#flow);
    view.part("allow-again").hidden = Boolean(this.#microphone) || this.#flow.phase === "setup";
    if (this.#flow.phase === "done") view.left(this.#left(), (at) => this.dispatch({ type: "go", at }));
  }
}
