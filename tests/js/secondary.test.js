import assert from "node:assert/strict";
import { test } from "node:test";

import { besides, toggle } from "../../annotation/static/annotation/js/secondary.js";

const rules = { primary: "HAP", most: 2 };

test("further emotions keep the order in which they were added", () => {
  const { chosen } = toggle(["SUR"], "EXC", rules);
  assert.deepEqual(chosen, ["SUR", "EXC"]);
  assert.deepEqual(toggle(chosen, "SUR", rules), { chosen: ["EXC"], reason: "" });
});

test("one more than the scheme takes is refused and says so", () => {
  assert.deepEqual(toggle(["SUR", "EXC"], "SAD", rules), { chosen: ["SUR", "EXC"], reason: "secondary_full" });
});

test("the first emotion is no further one, and Neutral has none beside it", () => {
  assert.deepEqual(toggle([], "HAP", rules), { chosen: [], reason: "secondary_is_primary" });
  assert.deepEqual(toggle([], "SAD", { primary: "NEU", most: 2 }), { chosen: [], reason: "secondary_neutral" });
});

test("a first emotion chosen later takes its place among the further ones away", () => {
  assert.deepEqual(besides(["SUR", "EXC"], "EXC"), { chosen: ["SUR"], reason: "secondary_became_primary" });
  assert.deepEqual(besides(["SUR"], "NEU"), { chosen: [], reason: "secondary_cleared" });
  assert.deepEqual(besides(["SUR"], "ANG"), { chosen: ["SUR"], reason: "" });
  assert.deepEqual(besides([], "NEU"), { chosen: [], reason: "" });
});

test("before a first emotion is chosen, further ones may be", () => {
  assert.deepEqual(toggle([], "SAD", { primary: "", most: 1 }), { chosen: ["SAD"], reason: "" });
});
