import assert from "node:assert/strict";
import { test } from "node:test";

import { BreakClock, left_ms, mountFullListen } from "../../annotation/static/annotation/js/listening.js";

const MIN_MS = 60_000;

test("a clip is heard when its last moment is all that is missing", () => {
  assert.equal(left_ms(2000, 1850), 0);
  assert.equal(left_ms(2000, 1849), 151);
  assert.equal(left_ms(100, 0), 0);
});

test("what was not heard is played, out of the region and from where hearing stopped", () => {
  const asked = [];
  const player = {
    duration_s: 2,
    region: { from_s: 0, to_s: 1 },
    playing: false,
    firstGap_s: 1.2,
    heard: () => ({ listened_ms: 1200 }),
    setRegion: (region) => asked.push(["region", region]),
    play: (from_s) => asked.push(["play", from_s]),
  };
  const root = Object.assign(new EventTarget(), { querySelector: () => null });
  const listening = mountFullListen(root, player, true);
  assert.equal(listening.missing(), 800);
  listening.hearTheRest();
  assert.deepEqual(asked, [["region", null], ["play", 1.2]]);
  listening.unmount();
});

test("a campaign that does not ask misses nothing", () => {
  const player = { duration_s: 2, heard: () => ({ listened_ms: 0 }) };
  assert.equal(mountFullListen({ querySelector: () => null }, player, false).missing(), 0);
});

test("after an hour of work without a rest it is time for a break, and an hour later again", () => {
  const clock = new BreakClock(60);
  const told = [];
  for (let min = 0; min <= 125; min++) {
    const worked_min = clock.active(min * MIN_MS);
    if (worked_min) told.push([min, worked_min]);
  }
  assert.deepEqual(told, [[60, 60], [120, 120]]);
});

test("whoever rested begins again", () => {
  const clock = new BreakClock(60);
  for (let min = 0; min < 59; min++) clock.active(min * MIN_MS);
  assert.equal(clock.active(65 * MIN_MS), 0);
  assert.equal(clock.active(66 * MIN_MS), 0);
});

test("a reload does not begin the hour again", () => {
  const clock = new BreakClock(60);
  for (let min = 0; min < 59; min++) clock.active(min * MIN_MS);
  const after = new BreakClock(60, clock.kept);
  assert.equal(after.active(60 * MIN_MS), 60);
});
