/** What the recorder page shows of the session at hand. Holds no rule: it is given a state and draws it. */

import { smallButton } from "./buttons.js";
import { isBad, isBadRoom, isLeft, isRoomAsked, mainAction, placeAt } from "./recorder_flow.js";
import { howFar } from "./session_data.js";
import { listReasons, verdictBadge } from "./verdicts.js";
import { againInWords, countInWords } from "./words.js";

/**
 * @typedef {import("./recorder_flow.js").Flow} Flow
 * @typedef {import("./recorder_flow.js").Place} Place
 * @typedef {object} PromptData
 * @property {string} id
 * @property {string} text
 * @property {string} transcript
 * @property {string} language
 * @property {string} hint
 * @property {string} scenario
 * @property {string} target_esc
 * @property {number | null} target_eis
 * @property {string} section
 * @property {string} kind
 * @property {import("./recorder_flow.js").PlaceState} state
 * @property {number} takes
 * @property {string | null} [accepted] the chosen take
 * @property {import("./recorder_flow.js").Verdict | null} verdict
 * @typedef {{id: string, verdict: string, reasons: import("./verdicts.js").Reason[], seconds: number, state: "waiting" | "stored", accepted: boolean, interrupted: string, sound: string}} Attempt
 * @typedef {{label: string, at: number, bad: boolean, kind: Place["kind"]}} Left what is still to be spoken; `bad`: to be said again
 * @typedef {ReturnType<typeof makeRecorderView>} RecorderView
 */

/** The large button: what it does, in words, and whether it looks like the thing to press. */
const MAIN = { begin: "main.begin", read: "main.read", record: "main.record", stop: "main.stop", cancel: "main.cancel", next: "main.next", again: "main.again", rest: "main.rest", none: "main.record" };
/** What the sign beside the prompt shows: its shape is in the style sheet. @type {Record<string, string>} */
const SIGNS = { recording: "recording", countdown: "countdown", saving: "saving", review: "review", ready: "ready", scenario: "ready" };

/**
 * @param {HTMLElement} root
 * @param {Record<string, string>} texts
 * @param {{esc: Record<string, string>, eis: Record<string, string>}} names of emotions and intensities
 */
export function makeRecorderView(root, texts, names) {
  /** @template {HTMLElement} T @param {string} name @returns {T} */
  const part = (name) => {
    const found = root.querySelector(`[data-part="${name}"]`);
    if (!found) throw new Error(`The page has no part ${name}.`);
    return /** @type {any} */ (found);
  };
  /** @param {string} name @param {string} text that screen readers are told once, when it changes */
  const say = (name, text) => {
    const place = part(name);
    if (place.textContent !== text) place.textContent = text;
  };
  const buttons = {
    main: /** @type {HTMLButtonElement} */ (part("main")),
    again: /** @type {HTMLButtonElement} */ (part("again")),
    previous: /** @type {HTMLButtonElement} */ (part("previous")),
    next: /** @type {HTMLButtonElement} */ (part("next")),
    listen: /** @type {HTMLButtonElement} */ (part("listen")),
  };

  /** @param {Flow} flow */
  function showSign(flow) {
    const sign = part("sign");
    sign.dataset.sign = shapeOf(flow);
    say("sign-word", flow.phase === "countdown" ? String(flow.left) : (texts[signOf(flow)] ?? ""));
  }

  /** @param {Flow} flow */
  function showButtons(flow) {
    const action = mainAction(flow);
    const busy = flow.phase === "recording" || flow.phase === "saving";
    buttons.main.dataset.action = action;
    buttons.main.disabled = action === "none";
    buttons.main.querySelector("[data-word]")?.replaceChildren(texts[MAIN[wordOf(flow)]]);
    // Where all is over, what could be done with a prompt stands in the way of what can be done next.
    const isDone = flow.phase === "done";
    buttons.main.hidden = isOver(flow);
    buttons.again.hidden = buttons.listen.hidden = buttons.next.hidden = isDone;
    buttons.again.disabled = !["review", "ready"].includes(flow.phase) || !flow.hasMicrophone || Boolean(flow.blocked);
    buttons.previous.disabled = busy || flow.phase === "setup" || flow.at === 0;
    buttons.next.disabled = busy || flow.phase === "setup" || isDone;
  }

  /** @param {Flow} flow @param {PromptData | undefined} prompt undefined for room tone */
  function showPrompt(flow, prompt) {
    const isScenario = flow.phase === "scenario";
    part("scenario").hidden = !isScenario;
    part("prompt").hidden = isScenario;
    say("scenario-text", prompt?.scenario ?? "");
    part("scenario-text").lang = part("prompt-text").lang = prompt?.language ?? root.lang;
    say("prompt-text", prompt ? prompt.text : texts.room_tone);
    part("prompt-text").dataset.length = lengthOf(prompt?.text ?? texts.room_tone);
    part("hint").hidden = !prompt?.hint;
    say("hint-text", prompt?.hint ?? "");
    const target = prompt ? targetInWords(names, prompt) : "";
    part("target").hidden = !target;
    say("target-text", target);
    const place = placeAt(flow);
    part("asked").hidden = !flow.asked && !isBadRoom(place) && !(flow.repeats && place && isBad(place));
  }

  /** @param {Flow} flow @param {PromptData | undefined} prompt */
  function showWhere(flow, prompt) {
    const { done, bad, isRoomAsked: isAsked, of } = howFar(flow.places);
    const bar = /** @type {HTMLProgressElement} */ (part("progress-bar"));
    bar.max = Math.max(1, of);
    bar.value = done;
    say("progress-text", `${done} / ${of}`);
    const again = againInWords(texts, { bad, isRoomAsked: isAsked });
    part("progress-bad").hidden = !again;
    say("progress-bad", again);
    const number = flow.places.filter(({ kind }) => kind === "speech").findIndex(({ id }) => id === prompt?.id) + 1;
    const words = texts.place.replace("{n}", String(number)).replace("{of}", String(of));
    say("where", prompt ? [words, prompt.section, prompt.kind === "training" ? texts.training : ""].filter(Boolean).join(" · ") : roomInWords(texts, flow));
    say("takes-title", prompt ? texts.takes_of_prompt : texts.takes_of_room);
  }

  return {
    texts,
    part,
    say,
    buttons,

    /** @param {Flow} flow @param {PromptData | undefined} prompt */
    render(flow, prompt) {
      root.dataset.phase = flow.phase;
      root.dataset.place = placeAt(flow)?.id ?? "";
      part("setup").hidden = flow.phase !== "setup";
      part("stage").hidden = flow.phase === "setup" || flow.phase === "done";
      part("done").hidden = flow.phase !== "done";
      part("takes").hidden = flow.phase === "setup" || flow.phase === "done";
      part("blocked").hidden = !flow.blocked;
      say("blocked-words", flow.blocked ? (texts[`blocked.${flow.blocked}`] ?? "") : "");
      part("blocked-consent").hidden = flow.blocked !== "consent_missing";
      showSign(flow);
      showButtons(flow);
      if (flow.phase !== "setup" && flow.phase !== "done") showPrompt(flow, prompt);
      showWhere(flow, prompt);
    },

    /** What a place is called in a list. @param {PromptData | undefined} prompt undefined for room tone */
    nameOf: (prompt) => (prompt ? promptInWords(names, prompt) : texts.room_tone),

    /** What is left when the end is reached. @param {Left[]} left @param {(at: number) => void} go */
    left(left, go) {
      say("done-title", left.length ? texts.done_title : texts.done_title_over);
      say("done-words", endInWords(texts, left));
      part("done-next").hidden = left.length > 0;
      const items = left.map(({ label, at, bad }) => {
        const item = document.createElement("li");
        item.append(smallButton(label, () => go(at)), ...(bad ? [" ", verdictBadge(texts, "red")] : []));
        return item;
      });
      part("done-list").replaceChildren(...items);
      part("done-list").hidden = !items.length;
    },

    /**
     * The verdict on the latest take, large.
     * @param {Attempt | undefined} attempt
     * @param {Place | undefined} place it is of
     * @param {boolean} [isEarlier] whether it was spoken before, and the place is to be recorded again
     */
    verdict(attempt, place, isEarlier = false) {
      part("verdict").hidden = !attempt;
      if (!attempt) return;
      part("verdict").dataset.verdict = attempt.verdict;
      part("verdict-badge").replaceChildren(verdictBadge(texts, attempt.verdict));
      say("verdict-words", texts[isEarlier ? "bad_earlier" : `verdict_words.${attempt.verdict}`] ?? "");
      say("verdict-by", attempt.state === "stored" ? texts.judged_by_server : texts.judged_here);
      listReasons(part("verdict-reasons"), texts, attempt.reasons, attempt.interrupted);
      const next = place && attempt.verdict === "red" && !isEarlier ? afterBad(place) : "";
      part("verdict-next").hidden = !next;
      say("verdict-next", texts[next] ?? "");
    },

    /** @param {Attempt[]} attempts newest first @param {(attempt: Attempt) => void} listen */
    attempts(attempts, listen) {
      part("takes-none").hidden = attempts.length > 0;
      part("takes-list").replaceChildren(...attempts.map((one, n) => attemptRow(texts, one, attempts.length - n, listen)));
      buttons.listen.disabled = !attempts.some(({ sound }) => sound);
    },

    /** @param {string} words; "" hides it */
    problem(words) {
      part("problem").hidden = !words;
      say("problem-text", words);
    },

    /** @param {string} text */
    clock: (text) => void (part("clock").textContent = text),
  };
}

/** How the sign looks. @param {Flow} flow */
export function shapeOf(flow) {
  if (flow.blocked) return "blocked";
  return isSilence(flow) ? "silence" : (SIGNS[flow.phase] ?? "ready");
}

/** The room is being recorded. @param {Flow} flow */
const isSilence = (flow) => flow.phase === "recording" && placeAt(flow)?.kind === "room_tone";

/** What the sign says: key of the page's texts. Who records the silent room must not be told to speak. @param {Flow} flow @returns {string} */
export function signOf(flow) {
  if (flow.blocked) return "sign.blocked";
  return isSilence(flow) ? "sign.recording_room" : `sign.${flow.phase}`;
}

/** Nothing is left to do here. @param {Flow} flow */
export const isOver = ({ phase, places }) => phase === "done" && !places.some(isLeft);

/** What the large button says, also while it cannot be pressed. @param {Flow} flow @returns {keyof typeof MAIN} */
function wordOf(flow) {
  if (flow.phase === "setup") return "begin";
  return flow.phase === "done" ? "rest" : mainAction(flow);
}

/** @param {Record<string, string>} texts @param {Flow} flow at the room */
const roomInWords = (texts, flow) => (isRoomAsked(placeAt(flow)) ? texts.room_tone_again : texts.room_tone_first);

/** @typedef {{esc: Record<string, string>, eis: Record<string, string>}} TargetNames of the codes, in the language of the page */

/** @param {TargetNames} names @param {Pick<PromptData, "target_esc" | "target_eis">} prompt @returns {string} "" where none is shown */
function targetInWords(names, { target_esc, target_eis }) {
  const level = target_eis ? names.eis[String(target_eis)] : "";
  return [names.esc[target_esc] ?? target_esc, level].filter(Boolean).join(" · ");
}

/**
 * A prompt in a list: by its text and how to speak it, since one sentence is often spoken in several emotions.
 * @param {TargetNames} names
 * @param {Pick<PromptData, "text" | "target_esc" | "target_eis">} prompt
 */
export function promptInWords(names, prompt) {
  return [prompt.text, targetInWords(names, prompt)].filter(Boolean).join(" · ");
}

/** What may be done after a bad take: key of the page's texts. @param {Place} place */
function afterBad(place) {
  if (place.isTraining) return "bad_practice";
  if (isBadRoom(place)) return "bad_room_later";
  return isBad(place) ? "bad_later" : "bad_spare";
}

/** @param {Record<string, string>} texts @param {Left[]} left when the end is reached @returns {string} */
export function endInWords(texts, left) {
  if (!left.length) return texts.done_all;
  const bad = left.filter((one) => one.bad);
  const prompts = bad.filter(({ kind }) => kind === "speech").length;
  const said = [bad.length > prompts ? texts.done_bad_room : "", prompts ? countInWords(texts, "done_bad", prompts) : "", bad.length < left.length ? texts.done_open : ""];
  return said.filter(Boolean).join(" ");
}

/** Long texts are set smaller, so that they stay on one screen. @param {string} text */
export function lengthOf(text) {
  // A Chinese character is as wide as two letters.
  const width = [...text].reduce((sum, letter) => sum + (/[\u2e80-\uffef]/u.test(letter) ? 2 : 1), 0);
  if (width <= 40) return "short";
  return width <= 120 ? "medium" : "long";
}

/** @param {Record<string, string>} texts @param {Attempt} attempt @param {number} number @param {(attempt: Attempt) => void} listen */
function attemptRow(texts, attempt, number, listen) {
  const row = document.createElement("li");
  row.dataset.take = attempt.id;
  row.dataset.state = attempt.state;
  const facts = document.createElement("span");
  const said = [`${texts.take_number.replace("{n}", String(number))} · ${attempt.seconds.toFixed(1)} s`, attempt.accepted ? texts.chosen : "", attempt.state === "waiting" ? texts.not_sent : ""];
  facts.textContent = said.filter(Boolean).join(" · ");
  const reasons = document.createElement("ul");
  reasons.className = "small";
  listReasons(reasons, texts, attempt.reasons, attempt.interrupted);
  const head = document.createElement("div");
  head.className = "row";
  head.append(facts, verdictBadge(texts, attempt.verdict));
  const listenTo = texts.listen_to.replace("{n}", String(number));
  if (attempt.sound) head.append(smallButton(listenTo, () => listen(attempt)));
  row.append(head, reasons);
  return row;
}
