import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { judge, measure } from "../../annotation/static/annotation/js/qc.js";
import { examine } from "../../annotation/static/annotation/js/take_sound.js";
import { digest } from "./recording_fakes.js";

const fixtures = JSON.parse(readFileSync(new URL("./qc_fixtures.json", import.meta.url), "utf8"));
const { rate_hz, rules, text, language } = fixtures;
const WHAT = { kind: "speech", text, language };

/** What a microphone gave: `gain` times one of the sounds. */
function heard({ of, gain }) {
  const bytes = Buffer.from(fixtures.sounds.find(({ name }) => name === of).samples, "base64");
  return Float32Array.from({ length: bytes.length / 2 }, (_, n) => (bytes.readInt16LE(2 * n) / 32768) * gain);
}

const codes = ({ reasons }) => reasons.map(({ code, severity }) => `${severity} ${code}`);

for (const fixture of fixtures.written) {
  test(`${fixture.name}, ${fixture.bits} bits: page and server say the same of the same bytes`, () => {
    const told = examine(heard(fixture), { rate_hz, bits: fixture.bits }, rules, WHAT);
    assert.equal(digest(told.file), fixture.sha256);
    assert.equal(told.verdict, fixture.speech.verdict);
    assert.deepEqual(codes(told), codes(fixture.speech));
    told.reasons.forEach(({ value, limit }, n) => {
      assert.equal(limit, fixture.speech.reasons[n].limit);
      assert.ok(Math.abs(value - fixture.speech.reasons[n].value) < 1e-5);
    });
  });
}

/** What was said of a take before: of what was heard, whatever became of it. */
const ofHeard = (fixture) => judge(measure(heard(fixture), rate_hz), rules, WHAT);

test("a whisper below the last bit is silence once it is written, and is said to be", () => {
  const fixture = fixtures.written.find(({ name, bits }) => name.startsWith("a whisper") && bits === 16);
  assert.ok(!codes(ofHeard(fixture)).includes("red dead_input"), "it was heard");
  assert.deepEqual(codes(fixture.speech), ["red dead_input"]);
});

test("what lies above full scale is judged as it was cut", () => {
  const fixture = fixtures.written.find(({ name }) => name.startsWith("above"));
  assert.ok(codes(ofHeard(fixture)).includes("yellow dropouts"), "what was cut looks like a jump");
  assert.ok(!codes(fixture.speech).includes("yellow dropouts"));
});

test("what was lost on the way to the file counts, too", () => {
  const fixture = fixtures.written.find(({ name }) => name === "as it is");
  const told = (gaps, missing) => codes(examine(heard(fixture), { rate_hz, bits: 16 }, rules, { ...WHAT, gaps, missing })).join();
  assert.ok(!told(0, 0).includes("dropouts"));
  assert.ok(told(1, 80).includes("yellow dropouts"));
  assert.ok(!told(1, 80).includes("sound_missing"), "10 ms");
  assert.ok(told(1, 0.3 * rate_hz).includes("red sound_missing"), "one place, and a syllable");
});
