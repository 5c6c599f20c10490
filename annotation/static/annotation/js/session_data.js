/** The session as the server tells it, and what the page makes of it. */

import { isBad, isBadRoom, isLeft, isRoomAsked } from "./recorder_flow.js";

/**
 * @typedef {import("./recorder_view.js").PromptData} PromptData
 * @typedef {import("./recorder_flow.js").Place} Place
 * @typedef {object} SessionData
 * @property {string} id
 * @property {string} title
 * @property {{code: string}} speaker
 * @property {string} language
 * @property {string} state
 * @property {"manual" | "auto_advance" | "auto_record"} mode
 * @property {number} bits
 * @property {number} countdown_s
 * @property {boolean} wants_room_tone
 * @property {Record<string, number>} qc_rules
 * @property {number} revision
 * @property {{in_force: boolean}} consent
 * @property {PromptData[]} prompts
 * @property {{takes: number, accepted?: string | null, verdict: import("./recorder_flow.js").Verdict | null, again?: boolean}} room_tone `accepted`: the
 * chosen take; `again`: it was asked for once more
 */

export const ROOM_TONE = "room_tone";

/** The room first, where it is wanted, then the prompts in their order. @param {SessionData} session @returns {Place[]} */
export function placesOf({ prompts, wants_room_tone, room_tone }) {
  const spoken = prompts.map(placeOf);
  if (!wants_room_tone) return spoken;
  const { verdict, accepted, again } = room_tone;
  const state = /** @type {Place["state"]} */ (again ? "again" : room_tone.takes ? "recorded" : "waiting");
  return [{ id: ROOM_TONE, kind: ROOM_TONE, isTraining: false, scenario: "", state, verdict: verdict || "", good: Boolean(accepted), waiting: 0 }, ...spoken];
}

/** @param {PromptData} prompt @returns {Place} */
export function placeOf({ id, kind, scenario, state, verdict, accepted }) {
  return { id, kind: "speech", isTraining: kind === "training", scenario, state, verdict: verdict || "", good: Boolean(accepted), waiting: 0 };
}

/**
 * How far it is. What has only a bad take is not done.
 * @param {Place[]} places
 * @returns {{done: number, bad: number[], isRoomBad: boolean, isRoomAsked: boolean, of: number}} `bad`: numbers of the
 * prompts, from 1; `isRoomAsked`: bad, or asked for once more
 */
export function howFar(places) {
  const spoken = places.filter(({ kind }) => kind === "speech");
  const bad = spoken.flatMap((place, n) => (isBad(place) ? [n + 1] : []));
  return { done: spoken.filter((place) => !isLeft(place)).length, bad, isRoomBad: places.some(isBadRoom), isRoomAsked: places.some(isRoomAsked), of: spoken.length };
}

/** Why nothing may be recorded. @param {Pick<SessionData, "state" | "consent">} session @returns {import("./recorder_flow.js").Blocked} */
export function blockedBy({ state, consent }) {
  if (state === "closed" || state === "paused") return state;
  return consent.in_force ? "" : "consent_missing";
}
