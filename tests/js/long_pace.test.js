import assert from "node:assert/strict";
import { test } from "node:test";

import { makePace } from "../../annotation/static/annotation/js/long_pace.js";

const KIB = 1 << 10;

test("on a fast line pieces double, up to 8 MiB", () => {
  const pace = makePace();
  const sizes = Array.from({ length: 7 }, () => (pace.arrived(100), pace.size / KIB));
  assert.deepEqual(sizes, [1024, 2048, 4096, 8192, 8192, 8192, 8192]);
});

test("on a line of 1 Mbit/s they stay so small that one takes seconds", () => {
  const pace = makePace();
  for (let n = 0; n < 20; n++) {
    const ms = (pace.size * 8) / 1000;
    assert.ok(ms < 15_000);
    pace.arrived(ms);
  }
});

test("a line that became slow is followed down, and what fails too, to 64 KiB", () => {
  const pace = makePace();
  pace.arrived(100);
  pace.arrived(20_000);
  assert.equal(pace.size, 512 * KIB);
  assert.deepEqual([pace.failed(), pace.failed(), pace.failed(), pace.failed()], [true, true, true, false]);
  assert.equal(pace.size, 64 * KIB);
});
