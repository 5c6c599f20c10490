/** What the labelling page shows: texts, buttons and the form's other fields. Holds no rule. */

import { mountHints } from "./hints.js";
import { refusalInWords } from "./words.js";

/**
 * @typedef {{done: number, needed: number, mine: number}} Progress
 * @typedef {ReturnType<typeof makeView>} View
 */

const KEYS_OFF = "speecheq.keys.off";
const NOT_OPEN = "campaign_not_open";

/** @param {HTMLElement} root */
export function makeView(root) {
  /** @template {HTMLElement} T @param {string} name @returns {T} */
  const part = (name) => {
    const found = root.querySelector(`[data-part="${name}"]`);
    if (!found) throw new Error(`The page has no part ${name}.`);
    return /** @type {any} */ (found);
  };
  const form = /** @type {HTMLFormElement} */ (part("form"));
  const problem = part("problem");
  const empty = part("empty");
  const work = part("work");
  const failed = part("failed");
  const outdated = part("outdated");
  const load = /** @type {HTMLButtonElement} */ (part("load-scheme"));
  const bar = /** @type {HTMLProgressElement} */ (part("progress-bar"));
  const submit = /** @type {HTMLButtonElement} */ (part("submit"));
  const keysBox = /** @type {HTMLInputElement} */ (part("keys-on"));
  const texts = /** @type {Record<string, string>} */ (JSON.parse(root.querySelector("#label-texts")?.textContent ?? "{}"));
  const buttons = {
    replay: /** @type {HTMLButtonElement} */ (part("replay")),
    pause: /** @type {HTMLButtonElement} */ (part("pause")),
    loop: /** @type {HTMLButtonElement} */ (part("loop")),
    undo: /** @type {HTMLButtonElement} */ (part("undo")),
    back: /** @type {HTMLButtonElement} */ (part("back")),
    skip: /** @type {HTMLButtonElement} */ (part("skip")),
  };
  /** @type {Progress} */
  let shown = { done: 0, needed: 0, mine: 0 };
  let waitingFor = "none";
  const hints = mountHints(part("status"), texts);

  part("problem-close").addEventListener("click", () => (problem.hidden = true));
  keysBox.checked = readFlag(KEYS_OFF) !== "1";
  keysBox.addEventListener("change", () => writeFlag(KEYS_OFF, keysBox.checked ? "" : "1"));

  const view = {
    form,
    buttons,
    texts,
    stage: part("stage"),
    audio: /** @type {HTMLAudioElement} */ (part("audio")),
    speed: /** @type {HTMLSelectElement} */ (part("speed")),
    keysOn: () => keysBox.checked,
    isWaiting: () => waitingFor !== "",
    isIdle: () => waitingFor === "none",
    hasFailed: () => waitingFor === "failed",
    /** @param {string} assignment shown already, its sound not there yet */
    awaits: (assignment) => waitingFor === "clip" && root.dataset.assignment === assignment,

    hint: hints.tell,
    alsoHint: hints.add,
    noHint: hints.takeBack,
    /** @param {string} detail in the server's words; "" for a lost connection */
    problem(detail) {
      part("problem-text").textContent = detail || texts.unreachable;
      problem.dataset.code = "";
      problem.hidden = false;
    },
    /** What the server refused: in the page's language where it has words for the code. @param {{code?: string, message: string}} error */
    refused(error) {
      view.problem(refusalInWords(texts, error));
      problem.dataset.code = error.code ?? "";
    },
    /** The server offers clips, or the page says otherwise why there are none: nothing to complain of any more. */
    offered() {
      if (problem.dataset.code === NOT_OPEN) problem.hidden = true;
    },
    /**
     * @param {"" | "clip" | "none" | "failed"} what is being waited for
     * @param {() => void} [again]
     */
    waiting(what, again) {
      waitingFor = what;
      empty.hidden = what !== "none";
      work.hidden = what === "none";
      failed.hidden = what !== "failed";
      root.dataset.state = what || "ready";
      if (again) part("again").onclick = again;
    },
    /** Why there is no clip, in the server's reason. @param {string} reason */
    empty(reason) {
      part("empty-words").textContent = texts[`empty.${reason}`] ?? texts["empty.nothing_left"];
      view.offered();
    },
    /** @param {import("./types.js").Assignment} assignment */
    assignment(assignment) {
      root.dataset.assignment = assignment.id;
      showMeant(root, assignment.clip.intended);
      root.dataset.clip = assignment.clip.id;
    },
    /** The labels of the campaign are other ones by now: nothing is sent until they are loaded. */
    outdated() {
      outdated.hidden = false;
      load.focus();
    },
    isOutdated: () => !outdated.hidden,
    load,
    /** What was noted of the clip. */
    note() {
      const flags = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=flags]:checked")]);
      return { note: comment().value, flags: flags.map((flag) => flag.value) };
    },
    /** @param {boolean} on */
    playing(on) {
      buttons.pause.querySelector("[data-word]")?.replaceChildren(on ? texts.pause : texts.play);
      root.toggleAttribute("data-playing", on);
    },
    /** @param {HTMLButtonElement} button @param {boolean} on */
    pressed(button, on) {
      button.setAttribute("aria-pressed", String(on));
    },
    /** @param {boolean} can */
    canUndo(can) {
      buttons.undo.disabled = !can;
    },
    /** Which clip is shown. */
    shown: () => root.dataset.assignment ?? "",
    /** @param {"" | "revising" | "reopened"} what is being changed: an earlier answer, or a refused one */
    revising(what) {
      const on = what !== "";
      root.toggleAttribute("data-revising", on);
      if (on) part("revision").querySelector("[data-word]")?.replaceChildren(texts[what]);
      submit.querySelector("[data-word]")?.replaceChildren(what === "revising" ? texts.save_change : texts.submit);
      view.pressed(buttons.undo, on);
      buttons.skip.disabled = on;
      part("revision").hidden = !on;
    },
    /** @param {Partial<Progress>} progress */
    progress(progress) {
      shown = { ...shown, ...progress };
      bar.max = Math.max(1, shown.needed);
      bar.value = shown.done;
      part("progress-text").textContent = `${shown.done} / ${shown.needed}`;
      part("progress-mine").textContent = String(shown.mine);
    },
    /** One more stored judgement of one's own. @param {boolean} counted */
    counted(counted) {
      view.progress({ done: shown.done + (counted ? 1 : 0), mine: shown.mine + 1 });
    },
  };

  const comment = () => /** @type {HTMLTextAreaElement} */ (part("comment"));
  return view;
}

/**
 * What the speaker was asked to express: the page has a place and the words for it only where the scheme shows it.
 * @param {HTMLElement} root
 * @param {import("./types.js").Label} [label]
 */
function showMeant(root, label) {
  const place = /** @type {HTMLElement | null} */ (root.querySelector("[data-part=meant]"));
  if (!place) return;
  const words = JSON.parse(place.dataset.words ?? "{}");
  place.hidden = !label;
  const shown = [words[label?.esc ?? ""] ?? label?.esc, words[String(label?.eis)]].filter(Boolean);
  place.querySelector("[data-meant]")?.replaceChildren(shown.join(" · "));
}

/** @param {string} name */
function readFlag(name) {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} name @param {string} value */
function writeFlag(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // The choice then lasts as long as the page.
  }
}
