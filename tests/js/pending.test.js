import assert from "node:assert/strict";
import { test } from "node:test";

import { sentence } from "../../annotation/static/annotation/js/pending.js";

const quiet = { waiting: 0, unsaved: 0, refused: 0, online: true, signedOut: false };

test("nothing is said while all goes well", () => {
  assert.equal(sentence(quiet), null);
  assert.equal(sentence({ ...quiet, waiting: 2 }), null);
});

test("without a network it says how many wait", () => {
  assert.deepEqual(sentence({ ...quiet, online: false, waiting: 2 }), { text: "waiting", n: 2 });
  assert.deepEqual(sentence({ ...quiet, online: false }), { text: "offline", n: 0 });
});

test("what needs a person is said before what mends itself", () => {
  const all = { waiting: 3, unsaved: 1, refused: 2, online: false, signedOut: true };
  assert.equal(sentence(all).text, "signed_out");
  assert.equal(sentence({ ...all, signedOut: false }).text, "unsaved");
  assert.deepEqual(sentence({ ...quiet, refused: 2 }), { text: "refused_kept", n: 2 });
});
