/** The session as the server tells it, and what the page makes of it. */

/**
 * @typedef {import("./recorder_view.js").PromptData} PromptData
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
 * @property {{takes: number, verdict: import("./recorder_flow.js").Verdict | null}} room_tone
 */

export const ROOM_TONE = "room_tone";

/** The room first, where it is wanted, then the prompts in their order. @param {SessionData} session @returns {import("./recorder_flow.js").Place[]} */
export function placesOf({ prompts, wants_room_tone, room_tone }) {
  const spoken = prompts.map(({ id, scenario, state, verdict }) => ({ id, kind: /** @type {const} */ ("speech"), scenario, state, verdict: verdict || /** @type {const} */ (""), waiting: 0 }));
  if (!wants_room_tone) return spoken;
  const state = /** @type {"recorded" | "waiting"} */ (room_tone.takes ? "recorded" : "waiting");
  return [{ id: ROOM_TONE, kind: ROOM_TONE, scenario: "", state, verdict: room_tone.verdict || "", waiting: 0 }, ...spoken];
}

/** Why nothing may be recorded. @param {Pick<SessionData, "state" | "consent">} session @returns {import("./recorder_flow.js").Blocked} */
export function blockedBy({ state, consent }) {
  if (state === "closed" || state === "paused") return state;
  return consent.in_force ? "" : "consent_missing";
}
