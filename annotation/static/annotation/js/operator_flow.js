/** What the operator's screen makes of what the server tells: pure. */

/**
 * @typedef {{state: string, prompt: string | null, level_dbfs: number | null, peak_dbfs: number | null, waiting: number, age_ms: number | null, session_state: string, revision: number}} LiveState
 * @typedef {{id: string, takes: number, state: string}} PromptNews
 */

/** The recorder speaks at least once a second; browsers slow down what is hidden. */
const LOST_MS = 6_000;
/** In which the prompt at hand is the one that is, or was just, spoken. */
const SPEAKING = new Set(["countdown", "recording", "saving", "review"]);

/** Stands for the room where a prompt is named. */
export const ROOM = "room_tone";

/** What the recorder is doing, or that nothing is heard of it. @param {LiveState} live */
export function stateOf({ state, age_ms }) {
  if (age_ms === null) return "away";
  return age_ms > LOST_MS ? "lost" : state;
}

/**
 * The prompt that "again" means: the one being spoken, else the last that was; or the room.
 * @param {LiveState} live
 * @param {string} last prompt of the latest take, ROOM, or ""
 * @returns {string} "" for none
 */
export function againFor(live, last) {
  // What is being recorded and is no prompt is the room.
  if (SPEAKING.has(stateOf(live))) return live.prompt ?? ROOM;
  return last || (live.prompt ?? "");
}

/** Whether the recorder is at the room: at a place that is no prompt. @param {LiveState} live */
export function isAtRoom(live) {
  const state = stateOf(live);
  return live.prompt === null && (state === "ready" || SPEAKING.has(state));
}

/** What the server is asked. @param {string} wanted of `againFor` */
export const askFor = (wanted) => (wanted === ROOM ? { kind: ROOM } : { prompt: wanted });

/**
 * Prompts of which there are more takes than before.
 * @param {PromptNews[]} before
 * @param {PromptNews[]} now
 * @returns {string[]}
 */
export function recordedSince(before, now) {
  const known = new Map(before.map(({ id, takes }) => [id, takes]));
  return now.filter(({ id, takes }) => takes > (known.get(id) ?? 0)).map(({ id }) => id);
}

/** In which nothing may be heard of the speaker, or nothing is. */
const DEAF = new Set(["away", "lost", "paused", "closed", "consent_missing"]);
/** In which what is heard becomes a take. */
const TAKING = new Set(["recording", "saving"]);

/** Whether the level is that of a take, and so may be called good or bad. @param {LiveState} live */
export const isTaking = (live) => TAKING.has(stateOf(live));

/** @param {LiveState} live @returns {import("./level.js").Level | null} null while nobody listens */
export function levelOf(live) {
  if (live.level_dbfs === null || live.peak_dbfs === null || DEAF.has(stateOf(live))) return null;
  return { level_dbfs: live.level_dbfs, peak_dbfs: live.peak_dbfs, hold_dbfs: live.peak_dbfs, clipped: live.peak_dbfs >= -0.1 };
}
