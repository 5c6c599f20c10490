import assert from "node:assert/strict";
import { test } from "node:test";

import { chooseEis, chooseEsc, missing } from "../../annotation/static/annotation/js/choices.js";

const nothing = { esc: "", eis: null };
const rules = { eisOptional: ["OTH", "UNK"] };

test("choosing Neutral sets the intensity to 0", () => {
  assert.deepEqual(chooseEsc(nothing, "NEU").choice, { esc: "NEU", eis: 0 });
});

test("choosing Neutral after an intensity says that it was changed", () => {
  const { choice, reason } = chooseEsc({ esc: "HAP", eis: 2 }, "NEU");
  assert.deepEqual(choice, { esc: "NEU", eis: 0 });
  assert.equal(reason, "neutral_is_zero");
});

test("choosing intensity 0 sets Neutral", () => {
  assert.deepEqual(chooseEis(nothing, 0).choice, { esc: "NEU", eis: 0 });
  assert.equal(chooseEis({ esc: "ANG", eis: 3 }, 0).reason, "zero_is_neutral");
});

test("leaving Neutral for an emotion clears the 0", () => {
  assert.deepEqual(chooseEsc({ esc: "NEU", eis: 0 }, "SAD").choice, { esc: "SAD", eis: null });
});

test("an intensity above 0 clears Neutral and says why", () => {
  const { choice, reason } = chooseEis({ esc: "NEU", eis: 0 }, 2);
  assert.deepEqual(choice, { esc: "", eis: 2 });
  assert.equal(reason, "neutral_cleared");
});

test("no order of choices leads to Neutral above 0 or to 0 without Neutral", () => {
  const steps = [
    ...["NEU", "HAP", "UNK"].map((esc) => (choice) => chooseEsc(choice, esc).choice),
    ...[0, 1, 3].map((eis) => (choice) => chooseEis(choice, eis).choice),
  ];
  let reached = [nothing];
  for (let depth = 0; depth < 4; depth++) {
    reached = reached.flatMap((choice) => steps.map((step) => step(choice)));
    for (const { esc, eis } of reached) assert.equal(esc === "NEU", eis === 0, `${esc} ${eis}`);
  }
});

test("an emotion needs an intensity, a control answer does not", () => {
  assert.equal(missing(nothing, rules), "esc");
  assert.equal(missing({ esc: "HAP", eis: null }, rules), "eis");
  assert.equal(missing({ esc: "UNK", eis: null }, rules), "");
  assert.equal(missing({ esc: "HAP", eis: 1 }, rules), "");
});
