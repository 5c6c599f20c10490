import assert from "node:assert/strict";
import { test } from "node:test";

import { ConsentFollower } from "../../annotation/static/annotation/js/consent_follower.js";
import { memoryShelf } from "../../annotation/static/annotation/js/shelf.js";
import { NO_CONSENT, TakeStore, isWithheld } from "../../annotation/static/annotation/js/take_store.js";
import { makeTus } from "../../annotation/static/annotation/js/tus.js";
import { endOf } from "../../annotation/static/annotation/js/waiting_view.js";
import { unsaidInWords, withholdAll } from "../../annotation/static/annotation/js/withheld.js";
import { endUploads } from "../../annotation/static/annotation/js/withheld_view.js";
import { Refused, Unreachable } from "../../annotation/static/annotation/js/api.js";
import { fakeServer, take } from "./recording_fakes.js";

const REFUSED = { refusal: { status: 413, code: "too_large", detail: "", later: false } };
const LATER = { refusal: { status: 507, code: "storage_full", detail: "", later: true } };
const WITHHELD = { refusal: { status: 403, code: NO_CONSENT, detail: "", later: false } };

// --- what is said at the end of the list ------------------------------------------------------------

test("all takes are on the server only where this browser has none", () => {
  assert.equal(endOf([], "ses_1"), "done_sent");
  assert.equal(endOf([take(WITHHELD)], "ses_1"), "done_kept");
  assert.equal(endOf([take({ session: "ses_2", ...REFUSED })], "ses_1"), "done_kept");
});

test("takes are being sent only where one may still go", () => {
  for (const one of [take(), take(LATER), take({ session: "ses_2" })]) assert.equal(endOf([one], "ses_1"), "done_unsent");
  assert.equal(endOf([take(REFUSED)], "ses_1"), "done_kept");
  assert.equal(endOf([take(), take(WITHHELD)], "ses_1"), "done_kept");
  assert.equal(endOf([take(), take({ session: "ses_2", ...REFUSED })], "ses_1"), "done_unsent");
});

// --- the consent is signed again ---------------------------------------------------------------------

const AGREED = { consent: { in_force: true } };
const TAKEN_BACK = { consent: { in_force: false } };

/** A page at ses_1 whose browser holds these takes; what was done. */
function page(...takes) {
  const done = [];
  let isMissing = false;
  let now_ms = 0;
  const queue = {
    withhold: async () => ((isMissing = true), void done.push("withhold")),
    retryAll: async () => ((isMissing = false), void done.push("retry")),
    isWithheld: () => isMissing,
  };
  const parts = { session: "ses_1", queue, store: { takes: async () => takes }, reload: () => done.push("reload"), onMissing: () => {}, now: () => now_ms };
  return { follower: new ConsentFollower(parts), done, later: (ms) => (now_ms += ms) };
}

test("what was withheld is sent once there is a consent again", async () => {
  const { follower, done } = page(take(WITHHELD));
  for (const news of [TAKEN_BACK, AGREED, AGREED]) await follower.follow(news, false);
  assert.deepEqual(done.slice(0, 2), ["withhold", "retry"]);
});

test("a consent that was taken back and signed again between two looks is no reason to wait", async () => {
  const { follower, done } = page(take(WITHHELD));
  await follower.follow(AGREED, false);
  assert.deepEqual(done, ["retry"]);
});

test("nothing is sent on older news once the consent was taken back, however late the browser tells of its takes", async () => {
  const { follower, done } = page(take());
  const older = follower.follow(AGREED, true);
  const newer = follower.follow(TAKEN_BACK, false);
  await Promise.all([older, newer]);
  assert.deepEqual(done, ["withhold"]);
});

test("that the session is open again is not lost where other news come right after", async () => {
  const { follower, done } = page(take(REFUSED));
  await Promise.all([follower.follow(AGREED, true), follower.follow(AGREED, false)]);
  assert.deepEqual(done, ["retry"]);
});

test("a server that refuses what it says is agreed to is asked every 15 s at most", async () => {
  const { follower, done, later } = page(take(WITHHELD));
  for (let n = 0; n < 5; n++) await follower.follow(AGREED, false);
  assert.equal(done.length, 1);
  later(15_000);
  await follower.follow(AGREED, false);
  assert.equal(done.length, 2);
});

test("nothing is tried again for a session that waits for nothing", async () => {
  const { follower, done } = page(take(), take(REFUSED), take({ session: "ses_2", ...WITHHELD }));
  await follower.follow(AGREED, false);
  assert.deepEqual(done, []);
  await follower.follow(AGREED, true);
  assert.deepEqual(done, ["retry"]);
});

test("after a deletion the page begins anew, and asks once", async () => {
  const { follower, done } = page();
  await follower.follow(TAKEN_BACK, false);
  follower.deleted();
  for (let n = 0; n < 3; n++) await follower.follow(AGREED, false); // the question whether to leave is answered with no
  assert.deepEqual(done, ["withhold", "reload", "retry"]);
});

test("a page that holds a take is not begun anew after a deletion: it may be the only one that has it", async () => {
  const { follower, done } = page(take(WITHHELD));
  await follower.follow(TAKEN_BACK, false);
  follower.deleted();
  await follower.follow(AGREED, false);
  assert.deepEqual(done, ["withhold", "retry"]);
});

// --- what the server holds of it -----------------------------------------------------------------------

test("what the server has of a take that is deleted goes too, as far as it can be reached", async () => {
  const server = fakeServer({ fail: ({ url }) => (url.endsWith("upl_2/") ? new TypeError("network") : undefined) });
  const tus = makeTus({ csrf: () => "token", fetch: server.fetch });
  const uploads = [await tus.create("/api/v1/uploads/", 10, {}), await tus.create("/api/v1/uploads/", 10, {}), ""];
  await endUploads(uploads.map((upload) => take({ upload })), (upload) => tus.end(upload));
  assert.deepEqual([...server.uploads.keys()], ["upl_2"]);
});

/** A browser beside the recorder with so many takes whose answers were lost, and one that was never sent. */
async function asking(n, isStored) {
  const store = new TakeStore(memoryShelf());
  for (let k = 0; k < n; k++) await store.write(take({ placing: true }), [], true);
  await store.write(take({ id: "unsent" }), [], true);
  const asked = [];
  const told = await withholdAll(store, () => true, async ({ id, placing }) => (placing ? (asked.push(id), isStored()) : false));
  return { store, asked, told };
}

const signedOut = new Refused(401, { code: "not_authenticated", detail: "" });
const WHY = [
  [signedOut, "signed_out"],
  [new Refused(403, { code: "forbidden", detail: "" }), "signed_out"],
  [new Unreachable("429", 429), "busy"],
  [new Unreachable("503", 503), "trouble"],
  [new Unreachable("network"), "offline"],
];
for (const [error, why] of WHY) {
  test(`beside the recorder nothing is deleted or called not accepted where the server says nothing of it: ${why} (${error.message})`, async () => {
    const { store, told } = await asking(2, () => Promise.reject(error));
    assert.deepEqual(told, { count: 2, why });
    const kept = (await store.takes()).filter(({ placing }) => placing);
    assert.deepEqual(kept.map(isWithheld), [false, false]);
  });
}

test("what was never sent is withheld though nobody can be asked", async () => {
  const { store } = await asking(1, () => Promise.reject(signedOut));
  assert.ok(isWithheld((await store.takes()).find(({ id }) => id === "unsent")));
});

test("who is signed out is not asked again for each take; a fault may be with one take alone", async () => {
  assert.equal((await asking(5, () => Promise.reject(signedOut))).asked.length, 1);
  assert.equal((await asking(5, () => Promise.reject(new Unreachable("500", 500)))).asked.length, 5);
});

test("how many are not known of is said, with what to do", () => {
  const texts = { "unsaid.one": "1 take.", "unsaid.many": "{n} takes.", unsaid_busy: "Wait.", unsaid_signed_out: "Sign in." };
  const told = (count, why) => Object.values(unsaidInWords(texts, { count, why }));
  assert.deepEqual(told(3, "busy"), ["3 takes.", "Wait."]);
  assert.deepEqual(told(1, "signed_out"), ["1 take.", "Sign in."]);
  assert.deepEqual(told(0, ""), ["", ""]);
});

/** A browser beside the recorder with one take; the server has it, has not, or cannot say so. */
async function beside(isStored) {
  const store = new TakeStore(memoryShelf());
  await store.write(take({ placing: true }), [], true);
  await withholdAll(store, () => true, isStored);
  return (await store.takes()).map(isWithheld);
}

test("beside the recorder, too, a take is withheld only where the server has not got it", async () => {
  assert.deepEqual(await beside(async () => true), []);
  assert.deepEqual(await beside(async () => false), [true]);
  assert.deepEqual(await beside(async () => Promise.reject(new Error("offline"))), [false]);
});
