/**
 * What the recorder page does next: a state and a step, without sound, clock or page. A step answers the next state and
 * what is to be done: `record`, `stop`, `tick` (again in a second), `advance` (again after a look at the verdict).
 */

/**
 * @typedef {"waiting" | "recorded" | "again" | "skipped"} PlaceState
 * @typedef {"" | "green" | "yellow" | "red"} Verdict
 * @typedef {object} Place one prompt at its place, or the room tone
 * @property {string} id of the prompt; "room_tone"
 * @property {"speech" | "room_tone"} kind
 * @property {boolean} isTraining practice: its takes never become clips
 * @property {string} scenario to be read before the prompt; "" for none
 * @property {PlaceState} state
 * @property {Verdict} verdict of the latest take, or of the chosen one
 * @property {boolean} good whether one of its takes can be used, as far as is known
 * @property {number} waiting takes that the server does not have yet
 * @property {boolean} [answers] one of them was spoken after the operator asked for it
 * @typedef {"setup" | "scenario" | "ready" | "countdown" | "recording" | "saving" | "review" | "done"} Phase
 * @typedef {"" | "paused" | "closed" | "consent_missing"} Blocked
 * @typedef {object} Flow
 * @property {Place[]} places
 * @property {number} at index of the place at hand
 * @property {Phase} phase
 * @property {number} left seconds of the countdown
 * @property {"manual" | "auto_advance" | "auto_record"} mode
 * @property {number} countdown_s
 * @property {boolean} hasMicrophone
 * @property {Blocked} blocked why nothing may be recorded now
 * @property {string} wanted the place that the operator wants once more, after what is being recorded
 * @property {boolean} asked whether the operator asked for the place at hand
 * @property {string[]} read scenarios that were read
 * @property {boolean} repeats only what is left is gone through
 * @typedef {"record" | "stop" | "tick" | "advance"} Effect
 * @typedef {{state: Flow, effects: Effect[]}} Step
 * @typedef {{id: string, state: PlaceState, verdict: Verdict, good: boolean}} News
 */

const HANDS_OFF = new Set(["recording", "saving"]);
/** In which a change of place is possible. */
const MAY_MOVE = new Set(["scenario", "ready", "countdown", "review", "done"]);

/**
 * @param {object} session
 * @param {Place[]} session.places
 * @param {Flow["mode"]} session.mode
 * @param {number} session.countdown_s
 * @param {Blocked} session.blocked
 * @returns {Flow}
 */
export function startFlow({ places, mode, countdown_s, blocked }) {
  const rest = { at: 0, left: 0, hasMicrophone: false, wanted: "", asked: false, read: [], repeats: false };
  return { places, mode, countdown_s, blocked, phase: "setup", ...rest };
}

/** @param {Place} place */
export const isOpen = ({ state }) => state === "waiting" || state === "again";

/** Spoken, but no take of it can be used. Practice need not be good. @param {Place} place */
export const isBad = ({ state, verdict, good, isTraining }) => state === "recorded" && verdict === "red" && !good && !isTraining;

/** Still to be spoken, or to be said again. @param {Place} place */
export const isLeft = (place) => isOpen(place) || isBad(place);

/** The room as it is now is wanted before anything else is spoken in it. @param {Place | undefined} place */
export const isBadRoom = (place) => place !== undefined && isRoom(place) && isBad(place);

/** Of a room that was recorded: it is wanted once more. @param {Place | undefined} place */
export const isRoomAsked = (place) => isBadRoom(place) || (place !== undefined && isRoom(place) && place.state === "again");

/** @param {Flow} flow @returns {Place | undefined} */
export const placeAt = ({ places, at }) => places[at];

/** What the large button does now. @param {Flow} flow */
export function mainAction({ phase, hasMicrophone, blocked, places, at }) {
  if (phase === "recording") return "stop";
  if (phase === "countdown") return "cancel";
  if (blocked || phase === "saving") return "none";
  if (phase === "setup") return hasMicrophone ? "begin" : "none";
  if (phase === "scenario") return "read";
  if (!hasMicrophone) return "none";
  if (phase === "done") return places.some(isLeft) ? "rest" : "none";
  if (phase === "review") return isBad(places[at]) ? "again" : "next";
  return "record";
}

/** @param {Flow} flow @returns {Step} */
const stay = (flow) => ({ state: flow, effects: [] });

/**
 * @param {Flow} flow
 * @param {{type: "begin" | "press" | "tick" | "advance" | "next" | "previous" | "again" | "empty"} | {type: "go", at: number} |
 *   {type: "left", id: string} |
 *   {type: "stored" | "sent" | "judged", id: string, verdict: Verdict} | {type: "microphone", there: boolean} |
 *   {type: "news", blocked: Blocked, places: News[]}} event
 * @returns {Step}
 */
export function step(flow, event) {
  switch (event.type) {
    case "begin":
      return flow.phase === "setup" && flow.hasMicrophone ? goTo(flow, firstAsked(flow)) : stay(flow);
    case "press":
      return press(flow);
    case "tick":
      return tick(flow);
    case "advance":
      return advance(flow);
    case "next":
      return MAY_MOVE.has(flow.phase) ? goTo(flow, following(flow)) : stay(flow);
    case "previous":
      return MAY_MOVE.has(flow.phase) ? goTo(flow, Math.max(0, Math.min(flow.at, flow.places.length) - 1)) : stay(flow);
    case "go":
      return MAY_MOVE.has(flow.phase) ? goTo(flow, event.at) : stay(flow);
    case "again":
      return flow.phase === "review" || flow.phase === "ready" ? record(flow) : stay(flow);
    case "empty":
      return flow.phase === "saving" ? stay({ ...flow, phase: "ready" }) : stay(flow);
    case "left":
      return stay(waitingAt(flow, event.id, ""));
    case "stored":
      return stored(flow, event.id, event.verdict);
    case "sent":
    case "judged":
      return judged(flow, event);
    case "microphone":
      return microphone(flow, event.there);
    case "news":
      return news(flow, event.blocked, event.places);
  }
}

/** @param {Flow} flow @returns {Step} */
function press(flow) {
  switch (mainAction(flow)) {
    case "begin":
      return step(flow, { type: "begin" });
    case "read":
      return ready({ ...flow, read: [...flow.read, flow.places[flow.at].id] });
    case "record":
    case "again":
      return record(flow);
    case "cancel":
      return stay({ ...flow, phase: "ready", left: 0 });
    case "stop":
      return { state: { ...flow, phase: "saving" }, effects: ["stop"] };
    case "rest":
      return goTo({ ...flow, repeats: true }, firstOf(flow, 0, isLeft));
    case "next":
      return goTo(flow, onward(flow));
    default:
      return stay(flow);
  }
}

/** Begin with a place: its scenario first. @param {Flow} flow @param {number} at @returns {Step} */
function goTo(flow, at) {
  const place = flow.places[at];
  const moved = { ...flow, at, left: 0, asked: place?.state === "again" };
  if (!place) return stay({ ...moved, phase: "done", repeats: false });
  if (place.scenario && !flow.read.includes(place.id)) return stay({ ...moved, phase: "scenario" });
  return ready(moved);
}

/** The prompt is shown; where recording starts by itself it does so now. @param {Flow} flow @returns {Step} */
function ready(flow) {
  const shown = { ...flow, phase: /** @type {Phase} */ ("ready") };
  const place = flow.places[flow.at];
  const isWanted = isBadRoom(place) || (flow.repeats ? isLeft : isOpen)(place);
  return flow.mode === "auto_record" && isWanted ? record(shown, 1) : stay(shown);
}

/** @param {Flow} flow @param {number} [shortest_s] of the countdown @returns {Step} */
function record(flow, shortest_s = 0) {
  if (flow.blocked || !flow.hasMicrophone || !flow.places[flow.at]) return stay(flow);
  const left = Math.max(flow.countdown_s, shortest_s);
  if (left > 0) return { state: { ...flow, phase: "countdown", left }, effects: ["tick"] };
  return { state: { ...flow, phase: "recording", left: 0 }, effects: ["record"] };
}

/** @param {Flow} flow @returns {Step} */
function tick(flow) {
  if (flow.phase !== "countdown") return stay(flow);
  if (flow.left > 1) return { state: { ...flow, left: flow.left - 1 }, effects: ["tick"] };
  return { state: { ...flow, phase: "recording", left: 0 }, effects: ["record"] };
}

/** The take is written down in this browser. @param {Flow} flow @param {string} id @param {Verdict} verdict @returns {Step} */
function stored(flow, id, verdict) {
  const known = waitingAt(flow, id, verdict);
  if (flow.phase !== "saving" || flow.places[flow.at]?.id !== id) return stay(known);
  if (flow.wanted) return goTo({ ...known, wanted: "" }, indexOf(known, flow.wanted));
  const reviewed = { ...known, phase: /** @type {Phase} */ ("review"), asked: false };
  const goesOn = flow.mode !== "manual" && verdict !== "red" && !flow.blocked;
  return { state: reviewed, effects: goesOn ? ["advance"] : [] };
}

/** One more take of it is in this browser. @param {Flow} flow @param {string} id @param {Verdict} verdict */
function waitingAt(flow, id, verdict) {
  return change(flow, id, (place) => {
    const answers = place.answers || place.state === "again";
    return { ...place, state: "recorded", verdict, good: place.good || isUsable(verdict), waiting: place.waiting + 1, answers };
  });
}

/** @param {Verdict} verdict "" is not known yet */
const isUsable = (verdict) => verdict === "green" || verdict === "yellow";

/** @param {Flow} flow @returns {Step} */
function advance(flow) {
  const place = placeAt(flow);
  if (flow.phase !== "review" || !place || place.verdict === "red" || flow.blocked) return stay(flow);
  const next = flow.at + 1;
  return goTo(flow, flow.repeats ? firstOf(flow, next, isLeft) : firstOpen(flow, next));
}

/** The server has the take; or: the verdict is this. @param {Flow} flow @param {{type: string, id: string, verdict: Verdict}} event @returns {Step} */
function judged(flow, { type, id, verdict }) {
  const less = type === "sent" ? 1 : 0;
  const known = change(flow, id, (place) => {
    const waiting = Math.max(0, place.waiting - less);
    // Of several takes on their way the last one speaks for the place.
    const answers = waiting > 0 && place.answers;
    return { ...place, waiting, answers, verdict: waiting ? place.verdict : verdict, good: place.good || isUsable(verdict) };
  });
  return stay(known);
}

/** @param {Flow} flow @param {boolean} there @returns {Step} */
function microphone(flow, there) {
  const known = { ...flow, hasMicrophone: there };
  if (there || flow.phase === "done" || flow.phase === "saving") return stay(known);
  if (flow.phase === "recording") return { state: { ...known, phase: "saving" }, effects: ["stop"] };
  return stay(flow.phase === "countdown" ? { ...known, phase: "ready", left: 0 } : known);
}

/** What the server says of the session. @param {Flow} flow @param {Blocked} blocked @param {News[]} places @returns {Step} */
function news(flow, blocked, places) {
  const before = new Map(flow.places.map((place) => [place.id, place]));
  const isNew = (/** @type {Place | undefined} */ place) => place?.state !== "again" && !isAnswered(place);
  const asked = places.find(({ id, state }) => state === "again" && isNew(before.get(id)));
  const merged = flow.places.map((place) => merge(place, places.find(({ id }) => id === place.id)));
  const known = { ...flow, places: merged, blocked };
  if (blocked) return halt(known);
  return asked ? obey(known, asked.id) : stay(known);
}

/** What waits here is newer than what the server knows. @param {Place} place @param {News} [told] @returns {Place} */
function merge(place, told) {
  if (!told) return place;
  if (place.waiting && (told.state !== "again" || isAnswered(place))) return place;
  return { ...place, state: told.state, verdict: told.verdict || place.verdict, good: told.good };
}

/** What the operator asked for was spoken and is on its way: the server still tells of the wish. @param {Place | undefined} place */
const isAnswered = (place) => Boolean(place?.waiting && place.answers);

/** @param {Flow} flow @returns {Step} */
function halt(flow) {
  if (flow.phase === "recording") return { state: { ...flow, phase: "saving" }, effects: ["stop"] };
  return stay(flow.phase === "countdown" ? { ...flow, phase: "ready", left: 0 } : flow);
}

/** The operator wants a prompt once more. @param {Flow} flow @param {string} id @returns {Step} */
function obey(flow, id) {
  if (HANDS_OFF.has(flow.phase)) return stay({ ...flow, wanted: id });
  if (flow.phase === "setup") return stay(flow);
  return goTo(flow, indexOf(flow, id));
}

/** Where a visit begins: at a room tone that is not good enough, else at what is open. @param {Flow} flow @returns {number} */
function firstAsked(flow) {
  const room = flow.places.findIndex(isBadRoom);
  return room >= 0 ? room : firstOpen(flow, 0);
}

/** Where the large button leads: from the room, which may be recorded late, past all that is spoken. @param {Flow} flow @returns {number} */
function onward(flow) {
  if (flow.repeats) return firstOf(flow, flow.at + 1, isLeft);
  return isRoom(placeAt(flow)) ? firstOf(flow, flow.at + 1, isOpen) : neighbour(flow);
}

/** Where the arrow leads: the place after this one; from the room to what is open, if anything is. @param {Flow} flow @returns {number} */
function following(flow) {
  const open = isRoom(placeAt(flow)) ? firstOf(flow, flow.at + 1, isOpen) : flow.places.length;
  return open < flow.places.length ? open : neighbour(flow);
}

/** @param {Flow} flow @returns {number} */
const neighbour = ({ at, places }) => Math.min(at + 1, places.length);

/** @param {Place | undefined} place */
const isRoom = (place) => place?.kind === "room_tone";

/** @param {Flow} flow @param {number} from @returns {number} the next open place from there on, else the first; the end where there is none */
function firstOpen(flow, from) {
  const later = firstOf(flow, from, isOpen);
  return later < flow.places.length ? later : firstOf(flow, 0, isOpen);
}

/** @param {Flow} flow @param {number} from @param {(place: Place) => boolean} wanted @returns {number} the next such place from there on; the end where there is none */
function firstOf({ places }, from, wanted) {
  const found = places.findIndex((place, n) => n >= from && wanted(place));
  return found >= 0 ? found : places.length;
}

/** @param {Flow} flow @param {string} id */
const indexOf = (flow, id) => flow.places.findIndex((place) => place.id === id);

/** @param {Flow} flow @param {string} id @param {(place: Place) => Place} how @returns {Flow} */
function change(flow, id, how) {
  return { ...flow, places: flow.places.map((place) => (place.id === id ? how(place) : place)) };
}
