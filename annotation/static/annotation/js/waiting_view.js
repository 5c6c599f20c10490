/** Takes that are in this browser and not on the server: how many, of which sessions, what was refused, and what can be done. */

import { smallButton } from "./buttons.js";
import { isWithheld } from "./take_store.js";
import { countInWords, refusalInWords } from "./words.js";
import { inMegabytes, inSeconds } from "./verdicts.js";

/**
 * @typedef {import("./shelf.js").Take} Take
 * @typedef {import("./take_store.js").Waiting} Waiting
 * @typedef {import("./take_queue.js").QueueState} QueueState
 */

/**
 * Which sentence says where things stand; "" when there is nothing to say.
 * @param {Waiting} waiting
 * @param {Pick<QueueState, "online" | "signedOut" | "damaged">} queue
 * @returns {"" | "unsaved" | "signed_out" | "refused" | "damaged" | "offline" | "sending"}
 */
export function sentenceFor({ count, unsaved, refused }, { online, signedOut, damaged }) {
  if (!count) return "";
  if (unsaved) return "unsaved";
  if (signedOut) return "signed_out";
  if (!online) return "offline";
  if (damaged) return "damaged";
  return refused === count ? "refused" : "sending";
}

/**
 * Which sentence says at the end of the list where the takes are: what stays in this browser is neither on the server nor
 * being sent.
 * @param {Pick<Take, "session" | "refusal">[]} takes all of this browser
 * @param {string} session the one at hand
 * @returns {"done_sent" | "done_unsent" | "done_kept"}
 */
export function endOf(takes, session) {
  const stays = takes.filter(({ refusal }) => refusal && !refusal.later);
  if (stays.some((take) => take.session === session)) return "done_kept";
  if (takes.length > stays.length) return "done_unsent";
  return takes.length ? "done_kept" : "done_sent";
}

/**
 * How much waits, and what for. The page's texts hold the punctuation too: Chinese has its own.
 * @param {Record<string, string>} texts
 * @param {Pick<Waiting, "count" | "bytes">} waiting
 * @param {string} code
 */
export function waitingInWords(texts, { count, bytes }, code) {
  return `${countInWords(texts, "waiting", count).replace("{size}", inMegabytes(bytes))} ${texts[`waiting.${code}`]}`;
}

/**
 * @param {Pick<import("./recorder_view.js").RecorderView, "part" | "say" | "texts">} view
 * @param {object} parts
 * @param {import("./take_store.js").TakeStore} parts.store
 * @param {import("./take_queue.js").TakeQueue} parts.queue
 * @param {string} parts.session the one at hand
 */
export function mountWaiting({ part, say, texts }, { store, queue, session }) {
  const more = /** @type {HTMLDetailsElement} */ (part("waiting-more"));
  /** @type {Waiting} */
  let waiting = { count: 0, bytes: 0, unsaved: 0, refused: 0 };
  /** @type {ReturnType<typeof endOf> | "done_unknown"} */
  let end = "done_sent";
  let turn = 0;

  async function refresh() {
    const mine = ++turn;
    // What is withheld of the session at hand is told by itself: withheld_view.js.
    const [now, all] = [await store.waiting(session), await store.finished()];
    const takes = all.filter((take) => take.session !== session || !isWithheld(take));
    if (mine !== turn) return;
    waiting = now;
    end = store.isBlind ? "done_unknown" : endOf(all, session);
    show();
    if (more.open) list(takes);
  }

  function show() {
    const code = sentenceFor(waiting, queue.state);
    part("waiting").hidden = !code;
    part("waiting").dataset.waiting = String(waiting.count);
    part("sign-in").hidden = !queue.state.signedOut;
    say("done-sent", texts[end]);
    if (!code) return void (more.open = false);
    say("waiting-words", waitingInWords(texts, waiting, code));
  }

  /** @param {Take[]} takes */
  function list(takes) {
    part("waiting-list").replaceChildren(...takes.map(row));
  }

  /** @param {Take} take */
  function row(take) {
    const item = document.createElement("li");
    item.dataset.take = take.id;
    const what = document.createElement("p");
    const length = inSeconds(take.frames / take.rate_hz);
    // Whoever records now need not be who spoke it: what becomes of it is decided at its own session.
    if (take.session !== session) {
      what.textContent = length;
      item.append(what, linkTo(take));
      return item;
    }
    what.textContent = `${take.text} · ${length}`;
    item.append(what);
    if (take.interrupted) item.append(line(texts[`interrupted.${take.interrupted}`] ?? take.interrupted));
    if (take.refusal) item.append(line(refusalInWords(texts, { code: take.refusal.code, message: take.refusal.detail })), decisions(take));
    return item;
  }

  /** @param {string} text */
  function line(text) {
    const made = document.createElement("p");
    made.className = "small";
    made.textContent = text;
    return made;
  }

  /** @param {Take} take of another session */
  function linkTo(take) {
    const link = document.createElement("a");
    link.href = take.address;
    link.textContent = `${texts.of_session} ${take.title}`;
    return link;
  }

  /** @param {Take} take that was refused */
  function decisions(take) {
    const row = document.createElement("div");
    row.className = "row";
    row.append(
      smallButton(texts["decide.retry"], () => queue.retry(take.id)),
      smallButton(texts["decide.save"], () => saveFile(take)),
      smallButton(texts["decide.discard"], async () => void (globalThis.confirm(texts.discard_sure) && (await store.remove(take.id)))),
    );
    return row;
  }

  /** @param {Take} take */
  async function saveFile(take) {
    const url = URL.createObjectURL(new Blob([await store.file(take)], { type: "audio/wav" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `${take.session}-${take.prompt ?? take.kind}-${take.id.slice(0, 8)}.wav`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  more.addEventListener("toggle", () => void refresh());
  return {
    refresh,
    show,
    /** How many wait, as far as is known. */
    get count() {
      return waiting.count;
    },
  };
}
