/** The labelling page: puts player, picture, keys, choices, queue and outbox together. */

import { makeApi, Refused, Unreachable } from "./api.js";
import { mountMulti, mountSingle } from "./choices.js";
import { mountKeys } from "./keys.js";
import { newKey, openStore, Outbox } from "./outbox.js";
import { loadSound, openContext, Player, releaseSound } from "./player.js";
import { ClipQueue } from "./queue.js";
import { preload } from "./spectrogram.js";
import { mountStage } from "./stage.js";
import { makeView } from "./view.js";

/**
 * @typedef {import("./types.js").Assignment} Assignment
 * @typedef {import("./types.js").Judgement} Judgement
 * @typedef {import("./queue.js").Ready} Ready
 * @typedef {{assignment: Assignment, media: Promise<import("./queue.js").Media>, loaded?: import("./queue.js").Media, labels: import("./types.js").Label[], stored: Promise<import("./types.js").Stored>, release: () => void}} Done
 * @typedef {{mode: "single" | "multi", eis_optional: string[], assignments: Assignment[], user: string, username: string, csrf: string,
 *   last: {id: string, assignment: Assignment, labels: import("./types.js").Label[]} | null,
 *   progress: import("./view.js").Progress,
 *   urls: {next: string, renew: string, submit: string, skip: string, revise: string, progress: string}}} Config
 */

const KEPT_BEHIND = 3;
const PROGRESS_EVERY_MS = 20_000;
const LOOK_AGAIN_MS = 15_000;

/** @param {HTMLElement} root */
export function mount(root) {
  const page = new LabellingPage(root, readConfig(root));
  void page.start();
  return () => page.unmount();
}

/** @param {HTMLElement} root @returns {Config} */
function readConfig(root) {
  const holder = root.ownerDocument.getElementById(root.dataset.config ?? "");
  return JSON.parse(holder?.textContent ?? "null");
}

/** @param {string} template @param {string} id */
const address = (template, id) => template.replace("ID", encodeURIComponent(id));

class LabellingPage {
  /** Those already judged, the latest last. @type {Done[]} */
  #behind = [];
  /** The one being changed, while `Change last` is on. @type {Done | null} */
  #revising = null;
  #off = new AbortController();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #progressTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #lookTimer;
  /** Counts what is shown, so that a slow download never plays over a later clip. */
  #turn = 0;

  /** @param {HTMLElement} root @param {Config} config */
  constructor(root, config) {
    this.root = root;
    this.config = config;
    this.view = makeView(root);
    this.api = makeApi({ csrf: config.csrf });
    this.context = openContext();
    this.player = new Player(this.context, this.view.audio, (state) => this.#onPlayer(state));
    this.stage = mountStage(this.view.stage, this.player);
    this.form = this.view.form;
    this.choices =
      config.mode === "multi"
        ? mountMulti(this.form)
        : mountSingle(this.form, {
            eisOptional: config.eis_optional,
            onReason: (reason) => this.view.hint(reason),
          });
    this.queue = new ClipQueue({
      api: this.api,
      urls: config.urls,
      load: (assignment) => this.#load(assignment),
      attended: () => !document.hidden,
    });
    this.outbox = new Outbox({
      api: this.api,
      store: openStore(),
      name: `speecheq.outbox.${config.user}`,
      onState: (state) => this.view.network(state),
      onRefused: (error) => this.view.refused(error),
    });
  }

  async start() {
    this.#listen();
    this.view.progress(this.config.progress);
    if (this.config.last) this.#behind.push(this.#doneBefore(this.config.last));
    this.queue.add(this.config.assignments);
    void this.outbox.flush();
    this.root.dataset.ready = "";
    if (!this.queue.current) await this.#fill();
    this.#show(this.queue.current);
    await this.#fill();
  }

  unmount() {
    this.#off.abort();
    clearInterval(this.#progressTimer);
    clearTimeout(this.#lookTimer);
    this.queue.close();
    this.outbox.close();
    this.stage.unmount();
    this.choices.unmount();
    this.player.close();
  }

  #listen() {
    const signal = this.#off.signal;
    const { buttons } = this.view;
    this.form.addEventListener("submit", (event) => this.#onSubmit(event), { signal });
    buttons.replay.addEventListener("click", () => void this.player.play(), { signal });
    buttons.pause.addEventListener("click", () => this.player.toggle(), { signal });
    buttons.loop.addEventListener("click", () => this.#toggleLoop(), { signal });
    buttons.undo.addEventListener("click", () => void this.#toggleRevision(), { signal });
    buttons.back.addEventListener("click", () => void (this.#revising && this.#endRevision()), { signal });
    buttons.skip.addEventListener("click", (event) => this.#onSkip(event), { signal });
    window.addEventListener("online", () => void this.outbox.flush(), { signal });
    document.addEventListener("visibilitychange", () => void (document.hidden || this.queue.renew()), { signal });
    const stopKeys = mountKeys(this.root, () => this.view.keysOn());
    signal.addEventListener("abort", stopKeys);
    this.#progressTimer = setInterval(() => void this.#refreshProgress(), PROGRESS_EVERY_MS);
  }

  /** @param {Assignment} assignment @returns {Promise<import("./queue.js").Media>} */
  async #load({ clip }) {
    const peaks = this.api.get(clip.peaks_url).catch(() => null);
    void preload(clip.spectrogram_url);
    const sound = await loadSound(clip.audio_url, this.context);
    return { peaks: await peaks, sound, picture: clip.spectrogram_url };
  }

  /** @param {Ready | Done | undefined} ready */
  async #show(ready) {
    const turn = ++this.#turn;
    this.player.stop();
    this.choices.reset();
    this.view.clearEntry();
    this.view.waiting(ready ? "clip" : "none");
    this.view.canUndo(this.#behind.length > 0);
    if (!ready) return this.#lookAgain();
    this.view.assignment(ready.assignment);
    // No wait between the key and the sound of a clip that is there: not even a microtask.
    const playing = ready.loaded && this.#play(ready.assignment, ready.loaded, turn);
    this.#announce("clip", { assignment: ready.assignment });
    if (playing) return playing;
    try {
      const media = await ready.media;
      if (turn === this.#turn) await this.#play(ready.assignment, media, turn);
    } catch {
      if (turn === this.#turn) this.#onLoadFailed();
    }
  }

  /** @param {Assignment} assignment @param {import("./queue.js").Media} media @param {number} turn */
  #play(assignment, media, turn) {
    this.player.use(media.sound);
    const started = this.player.play();
    this.stage.show(media, assignment.clip.duration_ms);
    this.view.waiting("");
    return started.then((yes) => {
      if (!yes && turn === this.#turn) this.view.hint("press_to_play");
    });
  }

  /** The clip could not be fetched: say so and offer to try again; nothing chosen is lost. */
  #onLoadFailed() {
    this.view.waiting("failed", () => {
      const again = this.queue.reloadCurrent();
      void this.#show(again);
    });
  }

  async #fill() {
    try {
      await this.queue.fill();
    } catch (error) {
      if (error instanceof Refused) this.view.refused(error);
      else if (!(error instanceof Unreachable)) throw error;
    }
  }

  /** Nothing to do now: others may give clips back, so ask again from time to time. */
  #lookAgain() {
    clearTimeout(this.#lookTimer);
    this.#lookTimer = setTimeout(async () => {
      await this.#fill();
      if (this.queue.current) void this.#show(this.queue.current);
      else this.#lookAgain();
    }, LOOK_AGAIN_MS);
  }

  /** @param {SubmitEvent} event */
  #onSubmit(event) {
    event.preventDefault();
    if (this.view.isWaiting()) return;
    const missing = this.choices.missing();
    if (missing) return this.view.hint(missing === "esc" ? "choose_esc" : "choose_eis");
    const judgement = { labels: this.choices.labels(), ...this.view.extras(), ...this.player.heard() };
    this.player.stop();
    if (this.#revising) this.#revise(this.#revising, judgement);
    else this.#submit(judgement);
  }

  /** @param {Judgement} judgement */
  #submit(judgement) {
    const ready = this.queue.current;
    if (!ready) return;
    const url = address(this.config.urls.submit, ready.assignment.id);
    const stored = this.outbox.send({ key: newKey(), url, body: judgement });
    this.#remember({ ...ready, labels: judgement.labels, stored, release: () => release(ready.media) });
    stored.then(
      (answer) => this.#onStored(answer),
      (error) => this.view.refused(error),
    );
    void this.#show(this.queue.advance());
    void this.#fill().then(() => this.#showIfIdle());
  }

  /** @param {import("./types.js").Stored} answer */
  #onStored(answer) {
    this.view.counted(answer.counted);
    if (answer.counted === false) this.view.hint("not_counted");
    this.#announceStored(answer);
  }

  /** @param {import("./types.js").Stored} answer */
  #announceStored({ id, assignment, clip, labels, counted }) {
    this.#announce("stored", { id, assignment, clip, labels, counted });
  }

  /**
   * Tell the other modules of the page, as an event `speecheq:<what>` on its root.
   * @param {"clip" | "stored"} what
   * @param {object} detail
   */
  #announce(what, detail) {
    this.root.dispatchEvent(new CustomEvent(`speecheq:${what}`, { bubbles: true, detail }));
  }

  #showIfIdle() {
    if (this.view.isIdle() && this.queue.current) void this.#show(this.queue.current);
  }

  /** @param {Done} done */
  #remember(done) {
    this.#behind.push(done);
    while (this.#behind.length > KEPT_BEHIND) this.#behind.shift()?.release();
  }

  /** @param {NonNullable<Config["last"]>} last @returns {Done} */
  #doneBefore(last) {
    const stored = { id: last.id, assignment: last.assignment.id, clip: last.assignment.clip.id, labels: last.labels, counted: true };
    const load = () => this.#load(last.assignment);
    /** @type {Promise<import("./queue.js").Media> | undefined} */
    let loaded;
    return {
      assignment: last.assignment,
      labels: last.labels,
      stored: Promise.resolve(stored),
      // Fetched only when it is asked for: most pages never go back.
      get media() {
        return (loaded ??= load());
      },
      release: () => loaded && release(loaded),
    };
  }

  async #toggleRevision() {
    if (this.#revising) return this.#endRevision();
    const done = this.#behind.at(-1);
    if (!done) return;
    this.#revising = done;
    this.view.revising(true);
    await this.#show(done);
    this.choices.set(done.labels);
  }

  /** @param {Done} done @param {Judgement} judgement */
  async #revise(done, judgement) {
    try {
      const before = await Promise.race([done.stored, later()]);
      const url = address(this.config.urls.revise, before.id);
      const stored = this.outbox.send({ key: newKey(), url, body: judgement });
      Object.assign(done, { labels: judgement.labels, stored });
      stored.then(
        (answer) => this.#announceStored(answer),
        (error) => this.view.refused(error),
      );
      this.#endRevision();
      this.view.hint("revised");
    } catch (error) {
      if (error instanceof Refused) this.view.refused(error);
      else this.view.hint("not_sent_yet");
    }
  }

  #endRevision() {
    this.#revising = null;
    this.view.revising(false);
    void this.#show(this.queue.current);
  }

  /** @param {Event} event */
  async #onSkip(event) {
    event.preventDefault();
    const ready = this.queue.current;
    if (!ready || this.#revising || this.view.isWaiting()) return;
    const reason = this.view.skipReason();
    try {
      await this.api.post(address(this.config.urls.skip, ready.assignment.id), { reason });
    } catch (error) {
      return error instanceof Refused ? this.view.refused(error) : this.view.problem("");
    }
    release(ready.media);
    void this.#show(this.queue.advance());
    this.view.hint("skipped");
    void this.#fill().then(() => this.#showIfIdle());
  }

  #toggleLoop() {
    const on = !this.player.loop;
    this.player.setLoop(on);
    this.view.pressed(this.view.buttons.loop, on);
    if (on && !this.player.playing) void this.player.play();
  }

  /** @param {import("./player.js").PlayerState} state */
  #onPlayer(state) {
    this.view.playing(state.playing);
    this.stage?.changed();
  }

  async #refreshProgress() {
    if (document.hidden) return;
    await this.api.get(this.config.urls.progress).then(
      (progress) => this.view.progress(own(progress, this.config.username)),
      () => {},
    );
  }
}

/**
 * The counts shown, of the answer of the REST call.
 * @param {{done: number, needed: number, by_annotator: {username: string, done: number}[]}} whole
 * @param {string} username
 * @returns {import("./view.js").Progress}
 */
function own({ done, needed, by_annotator }, username) {
  return { done, needed, mine: by_annotator.find((row) => row.username === username)?.done ?? 0 };
}

/** Rejects after a moment: the judgement to change has not reached the server yet. */
function later() {
  return new Promise((_, reject) => setTimeout(() => reject(new Unreachable("waiting")), 4_000));
}

/** Give back the memory of a clip's sound. @param {Promise<import("./queue.js").Media>} media */
function release(media) {
  media.then(({ sound }) => releaseSound(sound)).catch(() => {});
}
