import assert from "node:assert/strict";
import { test } from "node:test";

import { makeRegions } from "../../annotation/static/annotation/js/long_regions.js";
import { clock, makeView, outline } from "../../annotation/static/annotation/js/long_view.js";

const three = () =>
  makeRegions(
    [
      { id: "a", start_frame: 100, end_frame: 200, prompt: "p1" },
      { id: "b", start_frame: 300, end_frame: 400, prompt: null },
      { id: "c", start_frame: 500, end_frame: 600, prompt: "p3" },
    ],
    { frames: 1000, shortest: 10 },
  );
const spans = (regions) => regions.rows.map((row) => [row.start_frame, row.end_frame]);

test("an end stops at its neighbour and at the shortest length", () => {
  const regions = three();
  regions.choose(1);
  regions.move("start", 150);
  assert.deepEqual(spans(regions)[1], [200, 400]);
  regions.move("end", 100);
  assert.deepEqual(spans(regions)[1], [200, 210]);
});

test("a drag is one step to undo", () => {
  const regions = three();
  regions.move("end", 210);
  regions.move("end", 220, true);
  regions.move("end", 230, true);
  assert.deepEqual(spans(regions)[0], [100, 230]);
  regions.undo();
  assert.deepEqual(spans(regions)[0], [100, 200]);
  assert.equal(regions.undo(), false);
});

test("a region moves as it is, up to its neighbours, in one step to undo", () => {
  const regions = three();
  regions.choose(1);
  regions.shift(350);
  regions.shift(950, true);
  assert.deepEqual(spans(regions)[1], [400, 500]);
  regions.shift(10, true);
  assert.deepEqual(spans(regions)[1], [200, 300]);
  regions.undo();
  assert.deepEqual(spans(regions)[1], [300, 400]);
});

test("where two regions touch, the chosen one is meant", () => {
  const regions = three();
  regions.move("end", 300);
  assert.equal(regions.nearest(300, 5), 0);
  regions.choose(1);
  assert.equal(regions.nearest(300, 5), 1);
  assert.equal(regions.nearest(450, 5), -1);
});

test("what was kept aside comes back, without ids the server has no more", () => {
  const regions = three();
  const mine = regions.rows;
  regions.replace([{ id: "c", start_frame: 0, end_frame: 50, prompt: null }]);
  assert.equal(regions.restore(mine), true);
  assert.deepEqual(regions.body().map(({ id }) => id), [undefined, undefined, "c"]);
  assert.equal(regions.dirty, true);
  regions.undo();
  assert.deepEqual(spans(regions), [[0, 50]]);
});

test("each change is counted, also within a drag", () => {
  const regions = three();
  const before = regions.changes;
  regions.shift(110);
  regions.shift(120, true);
  regions.undo();
  assert.equal(regions.changes - before, 3);
});

test("a region is split where it is long enough, and joined again", () => {
  const regions = three();
  assert.equal(regions.split(105), false);
  regions.split(150);
  assert.deepEqual(spans(regions).slice(0, 2), [[100, 150], [150, 200]]);
  regions.merge();
  assert.deepEqual(spans(regions)[0], [100, 200]);
  assert.equal(regions.rows[0].prompt, "p1");
  assert.equal(regions.rows[0].id, "a");
});

test("what is joined keeps the prompt that is there", () => {
  const regions = three();
  regions.choose(1);
  regions.merge();
  assert.deepEqual(regions.rows[1], { id: "b", start_frame: 300, end_frame: 600, prompt: "p3" });
});

test("a new region takes the room there is, or is refused", () => {
  const regions = three();
  assert.equal(regions.add(250, 350), true);
  assert.deepEqual(spans(regions)[1], [250, 300]);
  assert.equal(regions.at, 1);
  assert.equal(regions.add(295, 305), false);
});

test("the last region can be removed and brought back", () => {
  const regions = three();
  for (let k = 0; k < 3; k += 1) regions.remove();
  assert.deepEqual([regions.rows.length, regions.at, regions.remove()], [0, -1, false]);
  regions.undo();
  assert.equal(regions.rows.length, 1);
});

test("what the server stored is no change", () => {
  const regions = three();
  regions.setPrompt(null);
  assert.equal(regions.dirty, true);
  assert.deepEqual(regions.body()[0], { id: "a", start_frame: 100, end_frame: 200, prompt: null });
  regions.replace(regions.rows);
  assert.deepEqual([regions.dirty, regions.undoable], [false, false]);
});

test("a view stays within the recording and keeps a frame in place when zoomed", () => {
  const view = makeView(48_000 * 3600, 48_000);
  view.centre(48_000 * 100);
  const share = view.shareOf(48_000 * 95);
  view.zoom(0.5, 48_000 * 95);
  assert.ok(Math.abs(view.shareOf(48_000 * 95) - share) < 1e-6);
  view.pan(-100);
  assert.equal(view.start, 0);
  view.zoom(1e9, 0);
  assert.equal(view.width, 48_000 * 3600);
});

test("an outline goes there by the upper and back by the lower extremes", () => {
  const peaks = { start: 0, bin_frames: 50, min: [-32767, 0], max: [32767, 0] };
  assert.equal(outline(peaks, 0, 100, 100), "M250.0 1.0L750.0 50.0L750.0 50.0L250.0 99.0Z");
});

test("times have hours only where there are some", () => {
  assert.equal(clock(62.5), "1:02.50");
  assert.equal(clock(3723.25), "1:02:03.25");
});

test("a region is as the server has it until it is changed, and again when that is undone", () => {
  const regions = three();
  assert.equal(regions.isStored(regions.rows[0]), true);
  regions.shift(110);
  assert.equal(regions.isStored(regions.rows[0]), false);
  regions.undo();
  assert.equal(regions.isStored(regions.rows[0]), true);
  regions.add(700, 800);
  assert.equal(regions.isStored(regions.rows[3]), false);
});

const proposed = () =>
  makeRegions(
    [
      { id: "a", start_frame: 100, end_frame: 200, prompt: "p1", confidence: 0.5 },
      { id: "b", start_frame: 300, end_frame: 400, prompt: null, confidence: 0.99 },
      { id: "c", start_frame: 500, end_frame: 600, prompt: "p3", confidence: 0.7 },
      { id: "d", start_frame: 700, end_frame: 800, prompt: "p4", confidence: null },
    ],
    { frames: 1000, shortest: 10 },
  );
const ORDER = ["p1", "p2", "p3", "p4"];
const promptsOf = (regions) => regions.rows.map((row) => row.prompt);

test("what is unsure is gone to in turn, and is unsure no more once it was changed", () => {
  const regions = proposed();
  assert.equal(regions.nextUnsure(), 2);
  regions.choose(2);
  assert.equal(regions.nextUnsure(), 0);
  regions.setPrompt("p4");
  regions.choose(0);
  assert.equal(regions.nextUnsure(), 0, "the only one that is left");
  regions.setPrompt(null);
  assert.equal(regions.nextUnsure(), -1);
});

test("a missed prompt is put right in one step: this region and all after it have the next prompt", () => {
  const regions = proposed();
  regions.choose(2);
  assert.equal(regions.slide(1, ORDER), true);
  assert.deepEqual(promptsOf(regions), ["p1", null, "p4", null]);
  regions.undo();
  assert.deepEqual(promptsOf(regions), ["p1", null, "p3", "p4"]);
});

test("so is one that was said twice: they have the prompt before, and the first of all stays", () => {
  const regions = proposed();
  regions.slide(-1, ORDER);
  assert.deepEqual(promptsOf(regions), ["p1", null, "p2", "p3"]);
  assert.equal(makeRegions([], { frames: 1000, shortest: 10 }).slide(-1, ORDER), false);
});
