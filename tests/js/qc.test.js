import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { judge, measure, Meter, syllables, withGaps } from "../../annotation/static/annotation/js/qc.js";

const fixtures = JSON.parse(readFileSync(new URL("./qc_fixtures.json", import.meta.url), "utf8"));
const { rate_hz: RATE_HZ, rules, text, language } = fixtures;

/** Levels and shares may differ in the last digits of a float; times and counts may not. */
const TOLERANCE = { peak_dbfs: 1e-6, level_dbfs: 1e-6, noise_dbfs: 1e-6, snr_db: 1e-6, dc_offset: 1e-9 };

function samplesOf(fixture) {
  const bytes = Buffer.from(fixture.samples, "base64");
  return Float32Array.from({ length: bytes.length / 2 }, (_, n) => bytes.readInt16LE(2 * n) / 32768);
}

/** What both sides tell of a reason; values are compared beside. */
const named = ({ code, severity, limit }) => ({ code, severity, limit });

function near(told, wanted) {
  for (const [name, value] of Object.entries(wanted)) {
    if (name in TOLERANCE && value !== null) {
      assert.ok(Math.abs(told[name] - value) <= TOLERANCE[name], `${name}: ${told[name]} is not ${value}`);
    } else assert.equal(told[name], value, name);
  }
}

for (const fixture of fixtures.sounds) {
  test(`${fixture.name}: the page measures and judges as the server does`, () => {
    const figures = measure(samplesOf(fixture), RATE_HZ);
    near(figures, fixture.figures);
    for (const kind of ["speech", "room_tone"]) {
      const told = judge(figures, rules, { kind, text, language });
      assert.equal(told.verdict, fixture[kind].verdict);
      assert.deepEqual(told.reasons.map(named), fixture[kind].reasons.map(named));
      told.reasons.forEach(({ value }, n) => assert.ok(Math.abs(value - fixture[kind].reasons[n].value) < 1e-5));
      assert.equal(told.expected_ms, fixture[kind].expected_ms);
    }
  });
}

test("syllables are counted as the server counts them", () => {
  for (const one of fixtures.syllables) assert.equal(syllables(one.text, one.language), one.count, one.text);
});

test("places that the recorder knows are not counted beside those that were seen", () => {
  const figures = measure(samplesOf(fixtures.sounds[0]), RATE_HZ);
  const known = { gaps: 2, missing: 0 };
  assert.equal(withGaps({ ...figures, dropouts: 0 }, known).dropouts, 2);
  assert.equal(withGaps({ ...figures, dropouts: 3 }, known).dropouts, 3);
});

test("what was left out is missing beside what stands still", () => {
  const gaps = measure(samplesOf(fixtures.sounds.find(({ name }) => name === "gaps")), RATE_HZ);
  assert.equal(gaps.missing_ms, 25);
  assert.equal(withGaps(gaps, { gaps: 1, missing: 0.2 * RATE_HZ }).missing_ms, 225);
});

for (const [missing_ms, told] of [
  [50, []],
  [51, ["yellow sound_missing"]],
  [150, ["yellow sound_missing"]],
  [151, ["red sound_missing"]],
]) {
  test(`${missing_ms} ms that are missing: ${told.join() || "nothing to say"}`, () => {
    const figures = { ...measure(samplesOf(fixtures.sounds[0]), RATE_HZ), missing_ms };
    const { reasons } = judge(figures, rules);
    assert.deepEqual(
      reasons.map(({ severity, code }) => `${severity} ${code}`),
      told,
    );
  });
}

test("the rules of a session decide", () => {
  const figures = measure(samplesOf(fixtures.sounds[0]), RATE_HZ);
  const strict = { ...rules, lead_ms_yellow: 500, lead_ms_red: 400 };
  assert.deepEqual(judge(figures, strict), {
    verdict: "red",
    reasons: [{ code: "cut_start", severity: "red", value: figures.lead_ms, limit: 400 }],
    expected_ms: null,
  });
});

test("ten seconds at 48 kHz are measured before anybody could wait for it", () => {
  const sound = Float32Array.from({ length: 480_000 }, (_, n) => 0.3 * Math.sin(n / 50) * Math.sin(n / 9000));
  const before = process.cpuUsage(); // and no clock: others may have the machine meanwhile
  measure(sound, 48_000);
  const { user, system } = process.cpuUsage(before);
  assert.ok((user + system) / 1000 < 1000);
});

test("what is no sound is an error", () => {
  assert.throws(() => measure(new Float32Array(0), RATE_HZ), /At least one sample/);
  assert.throws(() => measure(Float32Array.of(0, NaN), RATE_HZ), /NaN or infinite/);
});

// The meter ---------------------------------------------------------------------------------------

/** @param {number} peak @param {number} [offset] */
const tone = (peak, offset = 0) => Float32Array.from({ length: 800 }, (_, n) => offset + peak * Math.sin((2 * Math.PI * n) / 20));

test("the meter reads level and peak of each block", () => {
  const told = new Meter(RATE_HZ).push(tone(0.5));
  assert.ok(Math.abs(told.level_dbfs - -9.03) < 0.3);
  assert.ok(Math.abs(told.peak_dbfs - -6.02) < 0.01);
  assert.equal(told.clipped, false);
});

test("the level of the meter has no DC in it", () => {
  const meter = new Meter(RATE_HZ);
  for (let n = 0; n < 20; n += 1) meter.push(tone(0.01, 0.2));
  assert.ok(Math.abs(meter.push(tone(0.01, 0.2)).level_dbfs - -43) < 0.2);
});

test("the meter sees clipping also where it runs over the edge of a block", () => {
  const meter = new Meter(RATE_HZ);
  assert.equal(meter.push(Float32Array.of(0, 1)).clipped, false);
  assert.equal(meter.push(Float32Array.of(1, 0)).clipped, true);
  assert.equal(meter.push(Float32Array.of(1, 0)).clipped, false);
});

test("the meter tells the noise floor between words, and nothing in the first half second", () => {
  const meter = new Meter(RATE_HZ);
  const push = (level, blocks) => {
    let told;
    for (let n = 0; n < blocks; n += 1) told = meter.push(tone(level));
    return told;
  };
  assert.equal(push(0.001, 4).noise_dbfs, null);
  push(0.3, 20);
  assert.ok(Math.abs(push(0.001, 2).noise_dbfs - -63) < 0.3);
});

test("the meter forgets a room that is long gone, and at once when told to", () => {
  const meter = new Meter(RATE_HZ);
  for (let n = 0; n < 10; n += 1) meter.push(tone(0.0001));
  let told;
  for (let n = 0; n < 70; n += 1) told = meter.push(tone(0.01));
  assert.ok(Math.abs(told.noise_dbfs - -43) < 0.3);
  meter.reset();
  assert.equal(meter.push(tone(0.5)).noise_dbfs, null);
});

test("an empty block says nothing and breaks nothing", () => {
  assert.equal(new Meter(RATE_HZ).push(new Float32Array(0)).level_dbfs, -120);
});
