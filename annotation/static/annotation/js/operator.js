/** The operator's screen: follows the recorder page through the server, and steps in. */

import { Refused, address, makeApi } from "./api.js";
import { smallButton } from "./buttons.js";
import { mountKeys } from "./keys.js";
import { makeMeter } from "./meter.js";
import { ROOM, againFor, askFor, isAtRoom, isTaking, levelOf, recordedSince, stateOf } from "./operator_flow.js";
import { Repeater } from "./repeater.js";
import { howFar, placesOf } from "./session_data.js";
import { listReasons, verdictBadge } from "./verdicts.js";
import { againInWords, countInWords, refusalInWords } from "./words.js";

const POLL_MS = 330;
const SLOW_MS = 2_000;
const MOST_TAKES = 30;

/** @typedef {import("./session_data.js").SessionData} SessionData */

/** @param {HTMLElement} root */
export function mount(root) {
  const config = JSON.parse(document.getElementById(root.dataset.config ?? "")?.textContent ?? "{}");
  const texts = /** @type {Record<string, string>} */ (JSON.parse(document.getElementById("operate-texts")?.textContent ?? "{}"));
  const api = makeApi({ csrf: config.csrf });
  /** @type {SessionData} */
  let session = config.session;
  /** @type {import("./operator_flow.js").LiveState | null} */
  let live = null;
  let last = "";
  let tones = 0;
  /** @type {Set<string>} */
  const seen = new Set();
  /** Prompts that are being read: their takes come in order. */
  let reading = Promise.resolve();
  /** Whether takes could not be read: all are read once the server answers. */
  let isBehind = false;
  /** Whether the server said no when it was asked last. */
  let isRefused = false;

  /** @template {HTMLElement} T @param {string} name @returns {T} */
  const part = (name) => /** @type {any} */ (root.querySelector(`[data-part="${name}"]`));
  /** @param {string} name @param {string} text */
  const say = (name, text) => void (part(name).textContent !== text && (part(name).textContent = text));
  const showLevel = makeMeter(part("meter"), texts);
  showLevel(null);
  const again = /** @type {HTMLButtonElement} */ (part("again"));
  const room = /** @type {HTMLButtonElement} */ (part("room"));
  const pause = /** @type {HTMLButtonElement} */ (part("pause"));
  const note = /** @type {HTMLTextAreaElement} */ (part("note"));

  /** @param {string | null} id */
  const promptOf = (id) => session.prompts.find((one) => one.id === id);
  /** @param {string | null} id */
  const numberOf = (id) => session.prompts.findIndex((one) => one.id === id) + 1;

  /** @returns {Promise<boolean>} whether the server answered */
  async function poll() {
    try {
      live = await api.get(config.urls.live);
      part("unreachable").hidden = true;
      if (isRefused) part("problem").hidden = true;
      isRefused = false;
      if (live && live.revision !== session.revision) await look();
      if (isBehind) readRest();
      show();
      return true;
    } catch (error) {
      isRefused = error instanceof Refused;
      part("unreachable").hidden = isRefused;
      if (error instanceof Refused) told(error);
      showUnknown();
      return false;
    }
  }

  async function look() {
    const before = session.prompts;
    session = await api.get(config.urls.session);
    for (const id of recordedSince(before, session.prompts)) read(() => readTakes(id));
    if (session.room_tone.takes > tones) read(readTones);
  }

  /** @param {() => Promise<void>} takes */
  function read(takes) {
    reading = reading.then(takes).catch(() => void (isBehind = true));
  }

  /** @param {string} id of a prompt that was recorded */
  async function readTakes(id) {
    await addTakes(`prompt=${encodeURIComponent(id)}`);
  }

  async function readTones() {
    tones = session.room_tone.takes;
    await addTakes("kind=room_tone");
  }

  /** What could not be read before. */
  function readRest() {
    isBehind = false;
    read(readAll);
  }

  /** All that there are already: one request, however many prompts. */
  async function readAll() {
    tones = session.room_tone.takes;
    await addTakes("page_size=1000");
  }

  /** @param {string} asked which takes */
  async function addTakes(asked) {
    const { results } = await api.get(`${address(config.urls.takes, config.session.id)}?${asked}`);
    for (const take of results) if (!seen.has(take.id)) addTake(take);
    show();
  }

  /** @param {any} take */
  function addTake(take) {
    seen.add(take.id);
    last = take.prompt ?? ROOM;
    const row = document.createElement("li");
    row.dataset.take = take.id;
    const words = document.createElement("p");
    const prompt = promptOf(take.prompt);
    const what = prompt ? `${numberOf(take.prompt)} · ${prompt.text}` : texts.room_tone;
    words.textContent = `${what} · ${texts.take_number.replace("{n}", String(take.version))} · ${(take.duration_ms / 1000).toFixed(1)} s `;
    words.append(verdictBadge(texts, take.qc.verdict));
    const reasons = document.createElement("ul");
    reasons.className = "small";
    listReasons(reasons, texts, take.qc.reasons ?? [], take.reported?.interrupted);
    row.append(words, reasons, controls(take));
    part("takes").prepend(row);
    while (part("takes").children.length > MOST_TAKES) part("takes").lastElementChild?.remove();
    part("takes-none").hidden = true;
  }

  /** @param {any} take */
  function controls(take) {
    const row = document.createElement("div");
    row.className = "row";
    const audio = part("audio");
    row.append(smallButton(texts.listen_to.replace("{n}", String(take.version)), () => play(/** @type {HTMLAudioElement} */ (audio), address(config.urls.sound, take.id))));
    const choose = smallButton(texts.choose, () => doing(() => api.patch(address(config.urls.take, take.id), { accepted: true }), texts.chosen));
    choose.dataset.choose = "";
    row.append(choose);
    return row;
  }

  /** @param {HTMLAudioElement} audio @param {string} url */
  function play(audio, url) {
    audio.src = url;
    void audio.play().catch(() => {});
  }

  /** Which takes are chosen, by whomever: also here, by the server, or on the recorder page. */
  function markChosen() {
    const chosen = new Set([session.room_tone, ...session.prompts].map(({ accepted }) => accepted));
    for (const row of part("takes").children) {
      const button = /** @type {HTMLElement | null} */ (row.querySelector("[data-choose]"));
      if (!button) continue;
      const isChosen = chosen.has(/** @type {HTMLElement} */ (row).dataset.take ?? "");
      button.setAttribute("aria-pressed", String(isChosen));
      const words = isChosen ? texts.chosen : texts.choose;
      if (button.textContent !== words) button.textContent = words;
    }
  }

  function show() {
    if (!live) return;
    const state = stateOf(live);
    root.dataset.state = state;
    say("state", texts[`state.${state}`] ?? state);
    part("sign").dataset.sign = ["recording", "countdown", "saving", "review"].includes(state) ? state : ["away", "lost", "paused", "closed", "consent_missing"].includes(state) ? "blocked" : "ready";
    const prompt = promptOf(live.prompt);
    say("prompt-text", prompt?.text ?? (isAtRoom(live) ? texts.room_tone : texts.no_prompt));
    part("prompt-text").classList.toggle("no-prompt", !prompt);
    part("prompt-text").lang = prompt?.language ?? root.lang;
    say("where", prompt ? texts.place.replace("{n}", String(numberOf(live.prompt))).replace("{of}", String(session.prompts.length)) : "");
    say("target", prompt ? [config.names.esc[prompt.target_esc] ?? "", prompt.target_eis ? config.names.eis[prompt.target_eis] : ""].filter(Boolean).join(" · ") : "");
    say("waiting", live.waiting ? countInWords(texts, "waiting_at_recorder", live.waiting) : "");
    showLevel(levelOf(live), isTaking(live));
    markChosen();
    showButtons();
    showProgress();
  }

  /** What was heard last is no longer what is. */
  function showUnknown() {
    say("state", texts["state.unknown"]);
    part("sign").dataset.sign = "blocked";
    showLevel(null);
  }

  function showButtons() {
    if (!live) return;
    const wanted = againFor(live, last);
    const isOver = live.session_state === "closed";
    again.disabled = !wanted || isOver;
    again.dataset.prompt = wanted;
    say("again-which", wantedInWords(wanted));
    room.hidden = !session.wants_room_tone;
    room.disabled = isOver;
    pause.disabled = isOver;
    pause.querySelector("[data-word]")?.replaceChildren(live.session_state === "paused" ? texts.open : texts.pause);
  }

  /** @param {string} wanted of `againFor` */
  function wantedInWords(wanted) {
    if (wanted === ROOM) return texts.room_tone;
    return wanted ? texts.place.replace("{n}", String(numberOf(wanted))).replace("{of}", String(session.prompts.length)) : "–";
  }

  function showProgress() {
    const { done, bad, isRoomBad, isRoomAsked, of } = howFar(placesOf(session));
    const bar = /** @type {HTMLProgressElement} */ (part("progress-bar"));
    bar.max = Math.max(1, of);
    bar.value = done;
    say("progress-text", `${done} / ${of}`);
    const wanted = againInWords(texts, { bad, isRoomAsked });
    part("progress-bad").hidden = !wanted;
    part("bad").hidden = !isRoomBad && !bad.length;
    say("progress-bad", wanted);
    say("bad", texts.bad_which.replace("{numbers}", [...(isRoomBad ? [texts.room_tone] : []), ...bad].join(", ")));
  }

  /** @param {Refused} error */
  function told(error) {
    part("problem").hidden = false;
    say("problem-text", refusalInWords(texts, { code: error.code, message: error.message }));
  }

  /** @param {() => Promise<unknown>} action @param {string} done */
  async function doing(action, done) {
    part("problem").hidden = true;
    try {
      await action();
      say("status", done);
    } catch (error) {
      if (error instanceof Refused) told(error);
      else say("status", texts.unreachable);
      return false;
    }
    return true;
  }

  const askAgain = (/** @type {string} */ wanted) => void doing(() => api.post(config.urls.again, askFor(wanted)), wanted === ROOM ? texts.room_asked : texts.asked_again);
  again.addEventListener("click", () => askAgain(again.dataset.prompt ?? ""));
  room.addEventListener("click", () => askAgain(ROOM));
  pause.addEventListener("click", () => {
    const state = live?.session_state === "paused" ? "open" : "paused";
    void doing(() => api.patch(config.urls.session, { state }), "");
  });
  async function sendNote() {
    const text = note.value.trim();
    if (!text) return;
    const about = live?.prompt ? { prompt: live.prompt } : {};
    if (await doing(() => api.post(config.urls.notes, { text, ...about }), texts.noted)) note.value = "";
  }
  part("note-send").addEventListener("click", () => void sendNote());
  note.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void sendNote();
  });
  const unmountKeys = mountKeys(root, () => /** @type {HTMLInputElement} */ (part("keys-on")).checked);
  read(readAll);
  const polling = new Repeater(poll, () => (document.hidden ? SLOW_MS : POLL_MS));
  void polling.start();
  root.dataset.ready = "";
  return () => {
    polling.close();
    unmountKeys();
  };
}
