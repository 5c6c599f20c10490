import assert from "node:assert/strict";
import { test } from "node:test";

import { Kept } from "../../annotation/static/annotation/js/kept.js";
import { fakeStore } from "./fakes.js";

const NAME = "speecheq.kept.usr_1";
const happy = { labels: [{ esc: "HAP", eis: 2 }], extras: { valence: 7 } };

test("an unfinished answer is found again by the next page, once", () => {
  const store = fakeStore();
  new Kept(store, NAME).keep("asg_1", happy);
  const next = new Kept(store, NAME);
  assert.deepEqual(next.take("asg_1"), happy);
  assert.equal(next.take("asg_1"), undefined);
  assert.equal(store.getItem(NAME), null);
});

test("each clip has its own, the latest", () => {
  const kept = new Kept(fakeStore(), NAME);
  kept.keep("asg_1", { labels: [] });
  kept.keep("asg_2", { labels: [] });
  kept.keep("asg_1", happy);
  assert.deepEqual(kept.take("asg_1"), happy);
  assert.deepEqual(kept.take("asg_2"), { labels: [] });
});

test("a damaged store is an empty one", () => {
  const store = fakeStore();
  for (const text of ["{", "7", '["x"]', '[["asg_1"]]']) {
    store.setItem(NAME, text);
    assert.equal(new Kept(store, NAME).take("asg_1"), undefined);
  }
});
