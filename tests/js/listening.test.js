import assert from "node:assert/strict";
import { test } from "node:test";

import { BreakClock, left_ms, mountFullListen } from "../../annotation/static/annotation/js/listening.js";

const MIN_MS = 60_000;

test("a clip is heard when its last moment is all that is missing", () => {
  assert.equal(left_ms(2000, 1850), 0);
  assert.equal(left_ms(2000, 1849), 151);
  assert.equal(left_ms(100, 0), 0);
});

/** What is asked of a page whose clip of 2 s was heard up to 1.2 s, when the rest is to be heard. */
function hearTheRest(state) {
  const asked = [];
  const player = {
    duration_s: 2,
    region: null,
    playing: false,
    position_s: 0,
    firstGap_s: 1.2,
    heard: () => ({ listened_ms: 1200 }),
    play: (from_s) => asked.push(["play", from_s]),
    ...state,
  };
  const root = Object.assign(new EventTarget(), { querySelector: () => null });
  const listening = mountFullListen(root, player, true, () => asked.push(["whole clip"]));
  assert.equal(listening.missing(), 800);
  listening.hearTheRest();
  listening.unmount();
  return asked;
}

test("what was not heard is played from where hearing stopped, and the page shows the whole clip again", () => {
  const region = { from_s: 0, to_s: 1 };
  assert.deepEqual(hearTheRest({ region }), [["whole clip"], ["play", 1.2]]);
});

test("a part that plays again and again gives way to what was not heard", () => {
  const region = { from_s: 1.2, to_s: 2 };
  const state = { region, playing: true, position_s: 1.6, firstGap_s: 0 };
  assert.deepEqual(hearTheRest(state), [["whole clip"], ["play", 0]]);
});

test("what plays on into the unheard part is not disturbed", () => {
  assert.deepEqual(hearTheRest({ playing: true, position_s: 1.21 }), []);
});

test("the mark is right at once when another clip is put in", () => {
  const marks = [];
  const mark = { toggleAttribute: (_name, on) => marks.push(on) };
  const root = Object.assign(new EventTarget(), { querySelector: () => mark });
  let heard_ms = 2000;
  const player = { duration_s: 2, heard: () => ({ listened_ms: heard_ms }) };
  const listening = mountFullListen(root, player, true);
  listening.look();
  heard_ms = 0;
  listening.look();
  listening.unmount();
  assert.deepEqual(marks, [true, false]);
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
