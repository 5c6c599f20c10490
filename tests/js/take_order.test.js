import assert from "node:assert/strict";
import { test } from "node:test";

import { nextOrder } from "../../annotation/static/annotation/js/take_order.js";

function storage() {
  const kept = new Map();
  return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value), kept };
}

test("takes of one browser are numbered upwards, also when its clock is set back", () => {
  const kept = storage();
  const orders = [5_000, 9_000, 1_000, 1_000, 9_001, 20_000].map((now) => nextOrder(kept, now));
  assert.deepEqual(orders.map(({ number }) => number), [5_000, 9_000, 9_001, 9_002, 9_003, 20_000]);
  assert.equal(new Set(orders.map(({ browser }) => browser)).size, 1);
});

test("two browsers have different names", () => {
  assert.notEqual(nextOrder(storage(), 1).browser, nextOrder(storage(), 1).browser);
});

test("a browser that keeps nothing counts for as long as the page is open", () => {
  const full = { getItem: () => null, setItem: () => { throw new Error("QuotaExceededError"); } };
  const orders = [full, null, full].map((kept) => nextOrder(kept, 70_000));
  assert.deepEqual(orders.map(({ number }) => number), [70_000, 70_001, 70_002]);
  assert.equal(new Set(orders.map(({ browser }) => browser)).size, 1);
});

test("what stands there and is no number is passed over", () => {
  const kept = storage();
  kept.setItem("speecheq.takes.last", "nonsense");
  assert.equal(nextOrder(kept, 3_000).number, 3_000);
});
