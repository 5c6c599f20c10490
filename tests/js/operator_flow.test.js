import assert from "node:assert/strict";
import { test } from "node:test";

import { ROOM, againFor, askFor, isAtRoom, isTaking, levelOf, recordedSince, stateOf } from "../../annotation/static/annotation/js/operator_flow.js";

const live = (more = {}) => ({ state: "ready", prompt: "b", level_dbfs: -30, peak_dbfs: -12, waiting: 0, age_ms: 200, session_state: "open", revision: 1, ...more });

test("a recorder that was never open is away, one that went silent is lost", () => {
  assert.equal(stateOf(live({ age_ms: null })), "away");
  assert.equal(stateOf(live({ age_ms: 10_000, state: "recording" })), "lost");
  assert.equal(stateOf(live({ state: "recording" })), "recording");
});

test("again means what is being spoken, and otherwise what was spoken last", () => {
  assert.equal(againFor(live({ state: "recording" }), "a"), "b");
  assert.equal(againFor(live({ state: "review" }), "a"), "b");
  assert.equal(againFor(live({ state: "ready" }), "a"), "a");
  assert.equal(againFor(live({ state: "ready" }), ""), "b");
  assert.equal(againFor(live({ prompt: null }), ""), "");
});

test("again means the room while it is recorded, and where it was recorded last", () => {
  assert.equal(againFor(live({ state: "recording", prompt: null }), "a"), ROOM);
  assert.equal(againFor(live({ state: "ready" }), ROOM), ROOM);
  assert.equal(againFor(live({ state: "done", prompt: null }), ""), "");
});

test("a recorder that is at a place without a prompt is at the room", () => {
  const at = (state, prompt = null) => isAtRoom(live({ state, prompt }));
  assert.deepEqual(["ready", "countdown", "recording", "saving", "review"].map((state) => at(state)), Array(5).fill(true));
  assert.deepEqual([at("setup"), at("done"), at("paused"), at("ready", "a")], Array(4).fill(false));
  assert.equal(isAtRoom(live({ prompt: null, age_ms: null })), false);
});

test("the server is asked for a prompt by its id and for the room by its kind", () => {
  assert.deepEqual([askFor("prm_1"), askFor(ROOM)], [{ prompt: "prm_1" }, { kind: "room_tone" }]);
});

test("a prompt with one more take was recorded", () => {
  const place = (id, takes) => ({ id, takes, state: "recorded" });
  assert.deepEqual(recordedSince([place("a", 1), place("b", 0)], [place("a", 1), place("b", 1), place("c", 1)]), ["b", "c"]);
});

test("no level is shown of a recorder that is not heard", () => {
  assert.equal(levelOf(live({ age_ms: null })), null);
  assert.equal(levelOf(live({ level_dbfs: null })), null);
  assert.deepEqual(levelOf(live()), { level_dbfs: -30, peak_dbfs: -12, hold_dbfs: -12, clipped: false });
  assert.equal(levelOf(live({ peak_dbfs: 0 })).clipped, true);
});

test("no level is shown while nothing may be recorded", () => {
  for (const state of ["paused", "closed", "consent_missing"]) assert.equal(levelOf(live({ state })), null, state);
});

test("only the level of a take is good or bad", () => {
  const taking = (state, more = {}) => isTaking(live({ state, ...more }));
  assert.deepEqual(["setup", "ready", "countdown", "recording", "saving", "review", "done", "paused"].filter((state) => taking(state)), ["recording", "saving"]);
  assert.equal(taking("recording", { age_ms: 10_000 }), false);
});
