/** The labelling page: puts player, picture, keys, choices, queue and outbox together. */

import { Again } from "./again.js";
import { Behind, fromBefore } from "./behind.js";
import { address, makeApi, Refused, Unreachable } from "./api.js";
import { mountEntry } from "./entry.js";
import { Kept } from "./kept.js";
import { mountKeys } from "./keys.js";
import { openStore } from "./drawer.js";
import { mountBreak, mountFullListen } from "./listening.js";
import { newKey, Outbox } from "./outbox.js";
import { mountPending } from "./pending.js";
import { loadSound, openContext, Player } from "./player.js";
import { followProgress } from "./progress.js";
import { ClipQueue } from "./queue.js";
import { Revision } from "./revision.js";
import { makeSkip } from "./skip.js";
import { preload } from "./spectrogram.js";
import { mountStage } from "./stage.js";
import { openChannel, Tabs } from "./tabs.js";
import { makeView } from "./view.js";
import { mountVolume } from "./volume.js";

/**
 * @typedef {import("./types.js").Assignment} Assignment
 * @typedef {import("./types.js").Judgement} Judgement
 * @typedef {import("./queue.js").Ready} Ready
 * @typedef {import("./behind.js").Done} Done
 * @typedef {import("./entry.js").SchemeConfig & {names: import("./words.js").Names, assignments: Assignment[], user: string, username: string, csrf: string,
 *   last: import("./behind.js").Last | null, revising: import("./behind.js").Last | null,
 *   progress: import("./view.js").Progress,
 *   listening: {full_listen: boolean, break_after_min: number | null, volume: {due_in_s: number, level_dbfs: number, url: string} | null},
 *   urls: {practice: string, next: string, renew: string, submit: string, skip: string, revise: string, progress: string, me: string}}} Config
 */

const PRACTISE = ["practice_first", "not_qualified"];
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

class LabellingPage {
  #behind = new Behind();
  #off = new AbortController();
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
    const { full_listen, break_after_min, volume } = config.listening;
    const { texts } = this.view;
    this.listening = mountFullListen(root, this.player, full_listen, () => this.stage.wholeClip());
    this.volume = mountVolume(root, { context: this.context, api: this.api, volume, texts });
    this.reminder = mountBreak(root, { after_min: break_after_min, name: `speecheq.break.${config.user}`, text: texts.break });
    this.form = this.view.form;
    this.entry = mountEntry(this.form, config, (code, value) => this.view.hint(code, value));
    const store = openStore();
    this.kept = new Kept(store, `speecheq.kept.${config.user}`);
    this.queue = new ClipQueue({
      api: this.api,
      urls: config.urls,
      load: (assignment) => this.#load(assignment),
      attended: () => !document.hidden,
      answered: (id) => this.outbox.holds(id),
      unsent: () => this.outbox.state.waiting,
      onClosed: (id) => this.tabs.done(id),
    });
    this.outbox = new Outbox({
      api: this.api,
      store,
      name: `speecheq.outbox.${config.user}`,
      isSelf: async () => (await this.api.get(config.urls.me)).id === config.user,
      locks: navigator.locks ?? null,
      onState: (state) => this.pending?.show(state),
      onRefused: (error, entry) => this.#onRefused(error, entry),
      onAnswer: (id) => this.tabs.tell(id),
    });
    this.revision = new Revision({
      behind: this.#behind,
      view: this.view,
      outbox: this.outbox,
      url: config.urls.revise,
      load: (assignment) => this.#load(assignment),
      setAside: () => this.#setAside(),
      begun: (assignment) => this.kept.take(assignment),
      show: (done) => this.#show(done ?? this.queue.current),
      stored: (answer) => this.#onRevised(answer),
    });
    const { kept, queue, outbox, entry, revision, view } = this;
    const busy = () => Boolean(revision.current);
    this.tabs = new Tabs({ queue, busy, stop: () => this.player.stop(), go: () => (this.#goOn(), view.hint("done_elsewhere")) }, openChannel(`speecheq.tabs.${config.user}`));
    this.again = new Again({
      ...{ kept, queue, outbox, entry, revision, view, scheme: config.scheme },
      setAside: () => this.#setAside(),
      show: () => void this.#show(this.queue.current),
      reload: () => location.reload(),
    });
    this.skip = makeSkip({
      ...{ api: this.api, url: config.urls.skip, queue, view },
      busy,
      go: () => this.#goOn(),
      tell: (id) => this.tabs.tell(id),
    });
    this.pending = mountPending(root, this.outbox, { texts, names: config.names, again: this.again });
  }

  async start() {
    this.#listen();
    this.view.progress(this.config.progress);
    if (this.config.last) this.#behind.add(fromBefore(this.config.last, (one) => this.#load(one)));
    this.queue.add(this.config.assignments);
    void this.outbox.flush();
    this.root.dataset.ready = "";
    if (!this.queue.current) await this.#fill();
    if (this.config.revising) void this.revision.earlier(this.config.revising);
    else this.#show(this.queue.current);
    await this.#fill();
  }

  unmount() {
    this.#off.abort();
    clearTimeout(this.#lookTimer);
    for (const part of [this.queue, this.outbox, this.tabs]) part.close();
    this.pending.unmount();
    for (const part of [this.stage, this.listening, this.volume, this.reminder, this.entry]) part.unmount();
    this.player.close();
  }

  #listen() {
    const signal = this.#off.signal;
    const { buttons } = this.view;
    this.form.addEventListener("submit", (event) => this.#onSubmit(event), { signal });
    buttons.replay.addEventListener("click", () => void this.player.play(), { signal });
    buttons.pause.addEventListener("click", () => this.player.toggle(), { signal });
    buttons.loop.addEventListener("click", () => this.#toggleLoop(), { signal });
    buttons.undo.addEventListener("click", () => void this.revision.toggle(), { signal });
    buttons.back.addEventListener("click", () => void (this.revision.current && this.revision.end()), { signal });
    buttons.skip.addEventListener("click", (event) => (event.preventDefault(), void this.skip(event)), { signal });
    this.view.load.addEventListener("click", () => this.again.load(), { signal });
    this.root.addEventListener("speecheq:revise", (event) => void this.revision.earlier(/** @type {CustomEvent} */ (event).detail), { signal });
    window.addEventListener("online", () => void this.#onOnline(), { signal });
    window.addEventListener("offline", () => this.pending.network(false), { signal });
    window.addEventListener("storage", () => this.outbox.tell(), { signal });
    document.addEventListener("visibilitychange", () => void (document.hidden || this.#onBack()), { signal });
    window.addEventListener("focus", () => this.tabs.attend(), { signal });
    window.addEventListener("pagehide", () => this.again.keep(), { signal });
    const stopKeys = mountKeys(this.root, () => this.view.keysOn());
    signal.addEventListener("abort", stopKeys);
    const { urls, username } = this.config;
    const show = this.view.progress;
    signal.addEventListener("abort", followProgress(this.api, { url: urls.progress, username, show }));
  }

  /** @param {Assignment} assignment @returns {Promise<import("./queue.js").Media>} */
  async #load({ id, clip }) {
    const peaks = this.api.get(clip.peaks_url).catch(() => null);
    void peaks.then((found) => this.view.awaits(id) && this.stage.sketch(found));
    void preload(clip.spectrogram_url);
    const sound = await loadSound(clip.audio_url, this.context);
    return { peaks: await peaks, sound, picture: clip.spectrogram_url };
  }

  /** @param {Ready | Done | undefined} ready */
  async #show(ready) {
    const turn = ++this.#turn;
    if (ready && this.volume.due()) await this.volume.check();
    if (turn !== this.#turn) return;
    this.player.stop();
    this.entry.reset();
    this.view.hint("");
    this.view.waiting(ready ? "clip" : "none");
    this.view.canUndo(this.#behind.last !== undefined);
    if (!ready) {
      this.view.empty(this.queue.reason);
      return this.#lookAgain();
    }
    this.view.assignment(ready.assignment);
    if (ready.draft) this.#restore(ready.draft);
    else this.again.offer(ready.assignment.id);
    // No wait between the key and the sound of a clip that is there: not even a microtask.
    const playing = ready.loaded && this.#play(ready, ready.loaded, turn);
    this.#announce("clip", { assignment: ready.assignment });
    if (playing) return playing;
    try {
      const media = await ready.media;
      if (turn === this.#turn) await this.#play(ready, media, turn);
    } catch {
      if (turn === this.#turn) this.#onLoadFailed();
    }
  }

  /** Keep what was chosen and heard of the clip that is shown, for when it is shown again. */
  #setAside() {
    const ready = this.revision.current ?? this.queue.current;
    if (!ready || this.view.isIdle() || this.view.shown() !== ready.assignment.id) return;
    const listened = this.view.isWaiting() ? ready.draft?.listened : this.player.listened;
    ready.draft = { answer: this.entry.answer(), listened };
  }

  /** @param {import("./queue.js").Draft} draft */
  #restore({ answer, again }) {
    const whole = this.entry.set(answer);
    if (again) this.view.hint(whole ? "carried_over" : "carried_partly");
  }

  /** @param {Ready | Done} ready @param {import("./queue.js").Media} media @param {number} turn */
  #play({ assignment, draft }, media, turn) {
    this.player.use(media.sound, draft?.listened);
    this.listening.look();
    const started = this.player.play();
    this.stage.show(media, assignment.clip.duration_ms);
    this.view.waiting("");
    return started.then((yes) => {
      if (!yes && turn === this.#turn) this.view.alsoHint("press_to_play");
    });
  }

  /** The clip could not be fetched: say so, and offer to try again or to give it back; nothing chosen is lost. */
  #onLoadFailed() {
    this.view.waiting("failed", () => {
      this.#setAside();
      void this.#show(this.revision.current ?? this.queue.reloadCurrent());
    });
    if (!this.revision.current) this.view.hint("not_loaded");
  }

  async #fill() {
    try {
      await this.queue.fill();
      this.view.offered();
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (error instanceof Refused) this.#onNextRefused(error);
    }
  }

  /** @param {Refused} error */
  #onNextRefused(error) {
    if (error.status === 401) this.outbox.foundSignedOut();
    else if (PRACTISE.includes(error.code)) location.assign(this.config.urls.practice);
    else this.view.refused(error);
    // Said where the next clip would be, once there is none.
    this.queue.reason = error.code;
    if (this.view.isIdle()) this.view.empty(error.code);
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
    if (this.view.hasFailed()) return this.view.hint("not_loaded");
    if (this.view.isWaiting()) return;
    if (this.view.isOutdated()) return this.view.outdated();
    if (!this.entry.ready()) return;
    const unheard_ms = this.revision.current ? 0 : this.listening.missing();
    if (unheard_ms) return this.#hearTheRest(unheard_ms);
    const { scheme } = this.config;
    const judgement = { ...this.entry.answer(), ...this.player.heard(), scheme };
    this.player.stop();
    if (this.revision.current) void this.revision.send(this.revision.current, judgement);
    else this.#submit(judgement);
  }

  /** The campaign wants the whole clip heard: say what is left, and play it. @param {number} unheard_ms */
  #hearTheRest(unheard_ms) {
    this.view.hint("listen_first", (unheard_ms / 1000).toFixed(1));
    this.listening.hearTheRest();
  }

  /** @param {Judgement} judgement */
  #submit(judgement) {
    const ready = this.queue.current;
    if (!ready || ready.assignment.id !== this.view.shown()) return void this.#show(ready);
    const url = address(this.config.urls.submit, ready.assignment.id);
    const { assignment: target } = ready;
    const stored = this.outbox.send({ key: newKey(), url, body: judgement, assignment: target.id, target });
    this.#behind.add({ ...ready, draft: undefined, answer: judgement, stored });
    stored.then(
      (answer) => this.#onStored(answer),
      () => {}, // told by `onRefused`
    );
    this.queue.advance();
    this.#goOn();
  }

  #goOn() {
    void this.#show(this.queue.current);
    void this.#fill().then(() => this.#showIfIdle());
  }

  /** @param {import("./types.js").Stored} answer */
  #onStored(answer) {
    this.view.counted(answer.counted);
    if (answer.counted === false) this.view.hint("not_counted");
    this.#announceStored(answer);
    // While it was on its way the server counted its clip among the open ones.
    void this.#fill().then(() => this.#showIfIdle());
  }

  /**
   * What was refused stays in the list of what is pending. A clip that is still ours comes back with
   * the values that were chosen.
   * @param {Refused} error
   * @param {import("./outbox.js").Entry} entry
   */
  #onRefused(error, entry) {
    if (error.code === "scheme_changed") return this.again.onSchemeChanged(entry);
    this.view.refused(error);
    if (error.status !== 422 || this.revision.current) return;
    const done = this.#behind.take(entry.assignment ?? "");
    if (!done) return;
    this.queue.bringBack(done);
    this.#showIfIdle();
  }

  /** The network is back: send at once, and fetch what could not be fetched. */
  async #onOnline() {
    this.pending.network(true);
    await this.outbox.reconnect();
    this.#setAside();
    this.queue.reloadFailed();
    if (this.view.hasFailed()) void this.#show(this.revision.current ?? this.queue.current);
    await this.#fill();
    this.#showIfIdle();
  }

  /** Somebody came back to the page, perhaps after signing in again in another tab. */
  #onBack() {
    if (this.outbox.state.signedOut) void this.#onOnline();
    return this.queue.renew();
  }

  /** @param {import("./types.js").Stored} answer to a clip that may have been offered again meanwhile */
  #onRevised(answer) {
    this.#announceStored(answer);
    if (this.queue.drop(answer.assignment) && !this.revision.current) void this.#show(this.queue.current);
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

  #toggleLoop() {
    const on = !this.player.loop;
    this.player.setLoop(on);
    this.view.pressed(this.view.buttons.loop, on);
    if (on && !this.player.playing) void this.player.play();
  }

  /** @param {import("./player.js").PlayerState} state */
  #onPlayer(state) {
    this.view.playing(state.playing);
    if (state.playing) this.view.noHint("press_to_play");
    this.stage?.changed();
  }
}
