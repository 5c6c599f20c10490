import assert from "node:assert/strict";
import { test } from "node:test";

import { Refused, Unreachable } from "../../annotation/static/annotation/js/api.js";
import { Attempts } from "../../annotation/static/annotation/js/attempts.js";
import { Live } from "../../annotation/static/annotation/js/live.js";
import { mayBePedal } from "../../annotation/static/annotation/js/pedal.js";
import { endInWords, lengthOf, promptInWords, shapeOf, signOf } from "../../annotation/static/annotation/js/recorder_view.js";
import { blockedBy, howFar, placesOf } from "../../annotation/static/annotation/js/session_data.js";
import { memoryShelf } from "../../annotation/static/annotation/js/shelf.js";
import { TakeStore } from "../../annotation/static/annotation/js/take_store.js";
import { Taking, isAbandoned, longestMs } from "../../annotation/static/annotation/js/taking.js";
import { interruptionInWords, reasonInWords } from "../../annotation/static/annotation/js/verdicts.js";
import { sentenceFor, waitingInWords } from "../../annotation/static/annotation/js/waiting_view.js";
import { againInWords, countInWords } from "../../annotation/static/annotation/js/words.js";
import { take } from "./recording_fakes.js";

// --- a take in the making ------------------------------------------------------------------------

const ABOUT = { session: "ses_1", title: "Anna", address: "/sessions/ses_1/record/", bits: 16 };
const SUBJECT = { prompt: "prm_1", text: "Dogs", kind: "speech" };

/** A microphone at 1000 frames a second into a fresh store. */
function desk({ locks = null } = {}) {
  const store = new TakeStore(memoryShelf());
  const taking = new Taking(store, ABOUT, locks);
  taking.connect(1000, { label: "Desk" });
  let at = 0;
  const feed = (frames) => taking.push(new Float32Array(frames).fill(0.1), (at += frames) - frames);
  const skip = (frames) => (at += frames);
  feed(2000);
  return { store, taking, feed, skip };
}

test("a take holds what was just before it, what the device says of itself, and a name of its own", async () => {
  const { store, taking, feed } = desk();
  taking.begin(SUBJECT);
  feed(1000);
  const over = taking.end();
  feed(1000);
  const { take: done, samples } = await over;
  assert.ok(samples.length === 1000 + 300 + 250);
  assert.deepEqual([done.prompt, done.session, done.reported.label, done.reported.client_id], ["prm_1", "ses_1", "Desk", done.id]);
  assert.equal((await store.finished())[0].frames, samples.length);
  assert.equal(typeof done.reported.order.number, "number");
});

test("a microphone that is pulled out leaves a take that says so", async () => {
  const { store, taking, feed } = desk();
  taking.begin(SUBJECT);
  feed(1500);
  taking.lost("ended");
  const { take: done } = await taking.end();
  assert.deepEqual([done.interrupted, done.frames], ["ended", 1800]);
  assert.equal((await store.finished())[0].reported.interrupted, "ended");
});

test("a take whose microphone is lost still tells what was left out before", async () => {
  const { taking, feed, skip } = desk();
  taking.begin(SUBJECT);
  feed(1000);
  skip(300);
  feed(500);
  taking.lost("stalled");
  const { take: done, gaps, missing } = await taking.end();
  assert.deepEqual([gaps, missing], [1, 300]);
  assert.equal(done.reported.missing_frames, 300);
});

test("a take whose page is killed tells what was left out by then", async () => {
  const { store, taking, feed, skip } = desk();
  taking.begin(SUBJECT);
  feed(1000);
  skip(300);
  feed(1000);
  taking.hold();
  await new Promise(setImmediate); // it is written down
  const [left] = await store.recover(async () => true);
  assert.deepEqual([left.reported.gaps, left.reported.missing_frames], [1, 300]);
});

test("sound of another microphone does not count as that of the one before", () => {
  const { taking, feed } = desk();
  assert.ok(taking.isSettled);
  taking.disconnect();
  feed(100);
  assert.ok(!taking.isSettled);
});

test("a microphone that is closed while somebody speaks leaves the take its sound", async () => {
  const { taking, feed } = desk();
  taking.begin(SUBJECT);
  taking.disconnect();
  feed(1000);
  taking.lost("device");
  assert.equal((await taking.end()).take.frames, 1300);
});

test("a microphone that is pulled out while the last sounds come in leaves the take, too", async () => {
  const { taking, feed } = desk();
  taking.begin(SUBJECT);
  feed(1500);
  const over = taking.end();
  taking.lost("muted");
  assert.equal((await over).take.frames, 1800);
});

/** Locks as browsers have them. */
function someLocks() {
  const held = new Map();
  return {
    request: async (name, options, action = options) => {
      if (options.ifAvailable) return action(held.has(name) ? null : { name });
      held.set(name, true);
      return action({ name }).then(() => held.delete(name));
    },
  };
}

test("a take of which some is in this tab only stays locked: no other tab takes its beginning for all of it", async () => {
  const locks = someLocks();
  const { store, taking, feed } = desk({ locks });
  taking.begin(SUBJECT);
  const [begun] = await store.takes();
  store.shelf.write = async () => Promise.reject(new DOMException("no room", "QuotaExceededError"));
  const over = taking.end();
  feed(1000);
  await over;
  await new Promise((done) => setTimeout(done, 1));
  assert.equal(store.unsaved, 1);
  assert.equal(await isAbandoned(locks, begun), false);
});

test("a take that nobody stops ends before the server finds it too large", () => {
  assert.equal(longestMs(48_000, 16), 9 * 60_000);
  for (const rate_hz of [44_100, 48_000, 96_000, 192_000]) {
    const bytes = (longestMs(rate_hz, 24) / 1000 + 1) * rate_hz * 3;
    assert.ok(bytes < 64 * 1024 * 1024, `${rate_hz}: ${bytes}`);
  }
});

test("a take is locked while it is recorded and free afterwards", async () => {
  const locks = someLocks();
  const { store, taking, feed } = desk({ locks });
  taking.begin(SUBJECT);
  const [begun] = await store.takes();
  assert.equal(await isAbandoned(locks, begun), false);
  const over = taking.end();
  feed(1000);
  await over;
  await new Promise((done) => setTimeout(done, 1));
  assert.equal(await isAbandoned(locks, begun), true);
});

test("without locks a take is left once it has not grown for ten seconds", async (context) => {
  const now = Date.now();
  context.mock.method(Date, "now", () => now);
  const at = (ago_s) => take({ recorded_at: new Date(now - 1000 * ago_s).toISOString(), frames: 8000 });
  assert.equal(await isAbandoned(null, at(5)), false);
  assert.equal(await isAbandoned(null, at(12)), true);
});

// --- what the server tells -------------------------------------------------------------------------

const session = (more = {}) => ({ revision: 1, state: "open", consent: { in_force: true }, prompts: [], wants_room_tone: true, room_tone: { takes: 0, verdict: null }, ...more });

test("the room comes before the prompts, where it is wanted, until it was recorded", () => {
  const prompts = [{ id: "a", scenario: "", state: "recorded", verdict: "green" }];
  assert.deepEqual(placesOf(session({ prompts })).map(({ id, state }) => [id, state]), [["room_tone", "waiting"], ["a", "recorded"]]);
  assert.equal(placesOf(session({ room_tone: { takes: 2, accepted: "tak_1", verdict: "yellow" } }))[0].state, "recorded");
  assert.equal(placesOf(session({ prompts, wants_room_tone: false })).length, 1);
});

test("what has only a bad take is counted apart from what is done; practice and left out prompts are done", () => {
  const spoken = (id, verdict, more = {}) => ({ id, scenario: "", kind: "main", state: "recorded", verdict, accepted: null, ...more });
  const prompts = [
    spoken("practice", "red", { kind: "training" }),
    spoken("good", "green", { accepted: "tak_1" }),
    spoken("bad", "red"),
    spoken("chosen", "red", { accepted: "tak_2" }),
    spoken("once more", "green", { state: "again" }),
    spoken("left out", null, { state: "skipped" }),
    spoken("worse", "red"),
  ];
  assert.deepEqual(howFar(placesOf(session({ prompts, room_tone: { takes: 1, verdict: "red" } }))), { done: 4, bad: [3, 7], isRoomBad: true, isRoomAsked: true, of: 7 });
});

test("a room that is asked for once more is open, and told", () => {
  const asked = placesOf(session({ room_tone: { takes: 1, accepted: "tak_1", verdict: "green", again: true } }));
  assert.equal(asked[0].state, "again");
  const { isRoomBad, isRoomAsked } = howFar(asked);
  assert.deepEqual([isRoomBad, isRoomAsked], [false, true]);
});

test("a bad room tone is bad until one of its takes is chosen", () => {
  const isBad = (room_tone) => howFar(placesOf(session({ room_tone }))).isRoomBad;
  assert.equal(isBad({ takes: 1, accepted: null, verdict: "red" }), true);
  assert.equal(isBad({ takes: 1, accepted: "tak_1", verdict: "red" }), false);
  assert.equal(isBad({ takes: 0, accepted: null, verdict: null }), false);
});

test("what is to be recorded again is told in a few words", () => {
  const texts = { bad_room: "Room again", "bad_count.one": "1 again", "bad_count.many": "{n} again" };
  const told = (bad, isRoomAsked) => againInWords(texts, { bad, isRoomAsked });
  assert.deepEqual([told([], false), told([], true), told([3], false), told([3, 7], true)], ["", "Room again", "1 again", "Room again · 2 again"]);
});

test("nothing is recorded while paused, after closing, or without consent", () => {
  const states = [session(), session({ state: "planned" }), session({ state: "paused" }), session({ state: "closed" }), session({ consent: { in_force: false } })];
  assert.deepEqual(states.map(blockedBy), ["", "", "paused", "closed", "consent_missing"]);
});

/** An API that answers with this revision, and counts looks at the session. */
function told(revision, error) {
  const news = [];
  const refused = [];
  const api = {
    put: async () => {
      if (error) throw error;
      return { revision, session_state: "open" };
    },
    get: async () => session({ revision }),
  };
  const report = () => ({ state: "ready", prompt: null, level_dbfs: null, peak_dbfs: null, waiting: 0 });
  const live = new Live({ api, urls: { live: "/l/", session: "/s/" }, report, onNews: (one) => news.push(one.revision), onRefused: (one) => refused.push(one.code) }, 1);
  return { live, news, refused };
}

test("the session is read anew when its revision rose, once", async () => {
  const { live, news } = told(2);
  assert.equal(await live.exchange(), true);
  await live.exchange();
  assert.deepEqual(news, [2]);
  const { live: same, news: none } = told(1);
  await same.exchange();
  assert.deepEqual(none, []);
});

test("what does not raise the revision is seen after a while", async (context) => {
  const { live, news } = told(1);
  const now = performance.now();
  context.mock.method(performance, "now", () => now + 20_000);
  await live.exchange();
  assert.deepEqual(news, [1]);
});

test("a lost network stops nothing, a refusal is told", async () => {
  const { live, refused } = told(1, new Unreachable());
  assert.equal(await live.exchange(), false);
  assert.deepEqual(refused, []);
  const { live: other, refused: codes } = told(1, new Refused(403, { code: "forbidden", detail: "" }));
  await other.exchange();
  assert.deepEqual(codes, ["forbidden"]);
});

test("a session that was read while the server took a take is read once more", async () => {
  const { live, news } = told(1);
  const { api } = live.parts;
  const answers = [session({ revision: 1 }), session({ revision: 2 })];
  const asked = [];
  api.get = async () => {
    const answer = answers.shift();
    asked.push(answer.revision);
    if (asked.length === 1) live.stored();
    return answer;
  };
  await live.look();
  assert.deepEqual([asked, news], [[1, 2], [2]]);
});

test("an older answer that comes last is not told", async () => {
  const { live, news } = told(1);
  const waiting = [];
  live.parts.api.get = () => new Promise((done) => waiting.push(done));
  const looks = [live.look(), live.look()];
  waiting[1](session({ revision: 3 }));
  await looks[1];
  waiting[0](session({ revision: 2 }));
  await looks[0];
  assert.deepEqual(news, [3]);
});

test("what comes after the page was left is not told", async () => {
  const { live, news } = told(2);
  live.close();
  await live.look();
  assert.deepEqual(news, []);
});

// --- what was recorded -------------------------------------------------------------------------------

const onServer = (id, more = {}) => ({ id, sha256: "", qc: { verdict: "green", reasons: [] }, accepted: false, duration_ms: 1500, prompt: "a", ...more });
const made = (id) => ({ id, verdict: "yellow", reasons: [], seconds: 1.5, state: "waiting", accepted: false, interrupted: "", sound: `blob:${id}` });

function attempts() {
  return new Attempts((id) => `/takes/${id}/audio/`);
}

test("a take made here becomes the server's take and is still heard from here", () => {
  const known = attempts();
  known.add("a", made("x"));
  known.stored("a", "x", onServer("tak_1", { accepted: true, qc: { verdict: "red", reasons: [{ code: "clipping" }] } }));
  const [one, ...others] = known.of("a");
  assert.deepEqual([one.id, one.verdict, one.state, one.accepted, one.sound, others.length], ["tak_1", "red", "stored", true, "blob:x", 0]);
});

test("a take that was read from the server before its answer came stands once", () => {
  const known = attempts();
  known.add("a", made("x"));
  known.read("a", [onServer("tak_1")]);
  known.stored("a", "x", onServer("tak_1"));
  assert.deepEqual(known.of("a").map(({ id }) => id), ["tak_1"]);
});

test("the newest take is first, and one is chosen at most", () => {
  const known = attempts();
  known.read("a", [onServer("tak_1", { accepted: true })]);
  known.add("a", made("x"));
  known.stored("a", "x", onServer("tak_2", { accepted: true }));
  assert.deepEqual(known.of("a").map(({ id, accepted }) => [id, accepted]), [["tak_2", true], ["tak_1", false]]);
});

test("what the server has does not hide what still waits here", () => {
  const known = attempts();
  known.add("a", made("x"));
  known.read("a", [onServer("tak_1")]);
  assert.deepEqual(known.of("a").map(({ id }) => id), ["x", "tak_1"]);
  assert.equal(known.isRead("a"), true);
});

test("an answer from before the server took a take does not hide that one", () => {
  const known = attempts();
  known.add("a", made("x"));
  known.stored("a", "x", onServer("tak_2"));
  known.read("a", [onServer("tak_1")]);
  assert.deepEqual(known.of("a").map(({ id }) => id), ["tak_2", "tak_1"]);
  known.read("a", [onServer("tak_1"), onServer("tak_2")]);
  assert.deepEqual(known.of("a").map(({ id, sound }) => [id, sound]), [["tak_2", "blob:x"], ["tak_1", "/takes/tak_1/audio/"]]);
});

// --- words -------------------------------------------------------------------------------------------

test("a reason is a sentence with its figure and limit", () => {
  const texts = { "reason.low_snr": "{value} dB, {limit} wanted", "reason.clipping": "{value} clipped" };
  assert.equal(reasonInWords(texts, { code: "low_snr", value: 8.26, limit: 12 }), "8 dB, 12 wanted");
  assert.equal(reasonInWords(texts, { code: "clipping", value: 0.0123, limit: 0 }), "1.23 % clipped");
  assert.equal(reasonInWords(texts, { code: "new", value: 1, limit: 2, detail: "Something." }), "Something.");
});

test("one is one, and many are counted", () => {
  const texts = { "waiting.one": "1 take waits", "waiting.many": "{n} takes wait" };
  assert.deepEqual([0, 1, 2].map((n) => countInWords(texts, "waiting", n)), ["0 takes wait", "1 take waits", "2 takes wait"]);
});

test("an interruption is told in words, and what nobody knows is not", () => {
  const texts = { "interrupted.ended": "The microphone was unplugged." };
  assert.deepEqual(["ended", "", "odd"].map((code) => interruptionInWords(texts, code)), ["The microphone was unplugged.", "", ""]);
});

test("the end says what is left: bad takes, the room, what was passed over, or nothing", () => {
  const texts = { done_all: "All.", done_open: "Open:", done_bad_room: "The room.", "done_bad.one": "1 bad.", "done_bad.many": "{n} bad." };
  const [open, bad, room] = [{ bad: false, kind: "speech" }, { bad: true, kind: "speech" }, { bad: true, kind: "room_tone" }];
  assert.equal(endInWords(texts, []), "All.");
  assert.equal(endInWords(texts, [open]), "Open:");
  assert.equal(endInWords(texts, [bad, bad, open]), "2 bad. Open:");
  assert.equal(endInWords(texts, [room, bad]), "The room. 1 bad.");
  assert.equal(endInWords(texts, [room]), "The room.");
});

test("what waits is told by what stands in its way", () => {
  const waiting = { count: 2, bytes: 10, unsaved: 0, refused: 0 };
  const network = { online: true, signedOut: false, damaged: false };
  assert.equal(sentenceFor({ ...waiting, count: 0 }, network), "");
  assert.equal(sentenceFor(waiting, network), "sending");
  assert.equal(sentenceFor(waiting, { online: false, signedOut: false }), "offline");
  assert.equal(sentenceFor({ ...waiting, refused: 2 }, network), "refused");
  assert.equal(sentenceFor(waiting, { ...network, damaged: true }), "damaged");
  assert.equal(sentenceFor(waiting, { online: true, signedOut: true }), "signed_out");
  assert.equal(sentenceFor({ ...waiting, unsaved: 1 }, { online: false, signedOut: false }), "unsaved");
});

test("how much waits is said with the punctuation of the language", () => {
  const texts = { "waiting.many": "有 {n} 条录音（{size}）。", "waiting.sending": "正在发送。" };
  assert.equal(waitingInWords(texts, { count: 2, bytes: 1_500_000 }, "sending"), "有 2 条录音（1.5 MB）。 正在发送。");
});

test("who records the silent room is not told to speak", () => {
  const at = (kind, phase, blocked = "") => signOf({ places: [{ id: "a", kind }], at: 0, phase, blocked });
  assert.equal(at("room_tone", "recording"), "sign.recording_room");
  assert.equal(at("room_tone", "ready"), "sign.ready");
  assert.equal(at("speech", "recording"), "sign.recording");
  assert.equal(at("room_tone", "recording", "paused"), "sign.blocked");
  const shape = (kind, phase, blocked = "") => shapeOf({ places: [{ id: "a", kind }], at: 0, phase, blocked });
  assert.deepEqual([shape("room_tone", "recording"), shape("speech", "recording"), shape("room_tone", "ready")], ["silence", "recording", "ready"]);
});

test("one sentence in two emotions is two entries that can be told apart", () => {
  const names = { esc: { HAP: "Happy", NEU: "Neutral" }, eis: { 2: "Moderate" } };
  assert.equal(promptInWords(names, { text: "Dogs.", target_esc: "HAP", target_eis: 2 }), "Dogs. · Happy · Moderate");
  assert.equal(promptInWords(names, { text: "Dogs.", target_esc: "NEU", target_eis: 0 }), "Dogs. · Neutral");
});

test("a long text is set smaller, and a Chinese character counts as two", () => {
  assert.equal(lengthOf("Dogs sit by the door."), "short");
  assert.equal(lengthOf("今天下午三点我们在图书馆门口见面好吗然后一起去"), "medium");
  assert.equal(lengthOf("a".repeat(121)), "long");
});

test("a pedal takes no key that the page needs", () => {
  assert.deepEqual(["PageDown", "F8", "KeyB", "Space", "Tab", "ShiftLeft", ""].map(mayBePedal), [true, true, true, false, false, false, false]);
});
