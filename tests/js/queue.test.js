import assert from "node:assert/strict";
import { test } from "node:test";

import { Unreachable } from "../../annotation/static/annotation/js/api.js";
import { AHEAD, AHEAD_WHEN_SLOW, ClipQueue } from "../../annotation/static/annotation/js/queue.js";
import { assignment, fakeApi, soon } from "./fakes.js";

const urls = { next: "/next", renew: "/renew" };

function makeQueue(answers, rest = {}) {
  const loaded = [];
  const load = async (one) => (loaded.push(one.id), { peaks: null, sound: {}, picture: "" });
  const api = fakeApi(answers);
  const queue = new ClipQueue({ api, urls, load, ...rest });
  return { queue, api, loaded, ids: () => [queue.current, ...queue.ahead].map((ready) => ready?.assignment.id) };
}

test("it loads the clips ahead before they are wanted", async () => {
  const offered = ["a", "b", "c", "d"].map((id) => assignment(id));
  const { queue, loaded, ids } = makeQueue([{ assignments: offered }]);
  await queue.fill();
  assert.deepEqual(loaded, ["a", "b", "c", "d"]);
  assert.equal(ids().length, AHEAD + 1);
  queue.close();
});

test("the next clip is there without asking the server", async () => {
  const { queue, api } = makeQueue([{ assignments: [assignment("a"), assignment("b")] }]);
  await queue.fill();
  assert.equal(queue.advance().assignment.id, "b");
  assert.equal(api.calls.length, 1);
  queue.close();
});

test("an assignment that is still on its way to the server does not come back", async () => {
  const { queue, ids } = makeQueue([
    { assignments: [assignment("a"), assignment("b")] },
    { assignments: [assignment("a"), assignment("b"), assignment("c")] },
  ]);
  await queue.fill();
  queue.advance();
  await queue.fill();
  assert.deepEqual(ids(), ["b", "c"]);
  queue.close();
});

test("it asks once at a time", async () => {
  const offered = ["a", "b", "c", "d"].map((id) => assignment(id));
  const { queue, api } = makeQueue([{ assignments: offered }]);
  await Promise.all([queue.fill(), queue.fill()]);
  assert.equal(api.calls.length, 1);
  queue.close();
});

test("who asks while an answer is on its way is not left with one that is older", async () => {
  const answers = [];
  const api = { post: () => new Promise((answer) => answers.push(answer)) };
  const queue = new ClipQueue({ api, urls, load: async () => ({ peaks: null, sound: {}, picture: "" }) });
  const first = queue.fill();
  const second = queue.fill(); // an answer was stored meanwhile, which makes room for another clip
  answers[0]({ assignments: [] });
  await soon();
  answers[1]({ assignments: [assignment("a")] });
  await Promise.all([first, second]);
  assert.equal(queue.current.assignment.id, "a");
  assert.equal(answers.length, 2);
  queue.close();
});

test("a lost network is the caller's to tell, and what is held stays", async () => {
  const { queue, ids } = makeQueue([{ assignments: [assignment("a")] }, new Unreachable("off")]);
  await queue.fill();
  await assert.rejects(queue.fill(), Unreachable);
  assert.deepEqual(ids(), ["a"]);
  queue.close();
});

test("nothing new from the server means exhausted", async () => {
  const { queue } = makeQueue([{ assignments: [] }]);
  await queue.fill();
  assert.equal(queue.exhausted, true);
  assert.equal(queue.current, undefined);
});

test("it renews the leases of all it holds, and takes over their ends", async () => {
  const later = "2031-01-01T00:00:00Z";
  const { queue, api } = makeQueue([
    { assignments: [assignment("a"), assignment("b")] },
    { renewed: [{ id: "a", expires_at: later }, { id: "b", expires_at: later }], lost: [] },
  ]);
  await queue.fill();
  await queue.renew();
  assert.deepEqual(api.calls[1], { url: "/renew", body: { ids: ["a", "b"] }, headers: undefined });
  assert.equal(queue.current.assignment.expires_at, later);
  queue.close();
});

test("a clip ahead whose lease is lost is dropped, the one at hand is kept", async () => {
  const { queue, ids } = makeQueue([
    { assignments: [assignment("a"), assignment("b"), assignment("c")] },
    { renewed: [{ id: "c", expires_at: "2031-01-01T00:00:00Z" }], lost: ["a", "b"] },
  ]);
  await queue.fill();
  await queue.renew();
  assert.deepEqual(ids(), ["a", "c"]);
  queue.close();
});

const open = (...ids) => ({ assignments: ids.map((id) => assignment(id)) });
const renewal = (...lost) => ({ renewed: [], lost });

test("clips whose leases were lost are asked for again at once, and shown when they are offered again", async () => {
  const { queue, api, ids } = makeQueue([open("a", "b", "c", "d"), renewal("a", "b", "c", "d"), open("a", "b", "c", "d")]);
  await queue.fill();
  await queue.renew();
  assert.deepEqual(api.calls.map((call) => call.url), ["/next", "/renew", "/next"]);
  assert.deepEqual(ids(), ["a", "b", "c", "d"]);
  assert.equal(queue.exhausted, false);
  queue.close();
});

test("a clip at hand that lapsed is not renewed in vain, until it is offered again", async () => {
  const { queue, api } = makeQueue([open("a", "b"), renewal("a", "b"), open("c"), { renewed: [], lost: [] }, open("a")]);
  await queue.fill();
  await queue.renew();
  await queue.renew();
  assert.deepEqual(api.calls[3].body, { ids: ["c"] });
  await queue.fill();
  await queue.renew();
  assert.deepEqual(api.calls[5].body, { ids: ["a", "c"] });
  queue.close();
});

test("a clip that was given back is not shown again, one that lapsed before it was may be", async () => {
  const { queue, ids } = makeQueue([open("a", "b"), open("a", "b"), open("a", "b")]);
  await queue.fill();
  assert.equal(queue.drop("b"), false);
  assert.equal(queue.drop("a"), true);
  await queue.fill();
  assert.deepEqual(ids(), [undefined]);
  queue.forget("a");
  await queue.fill();
  assert.deepEqual(ids(), ["a"]);
  queue.close();
});

test("one that is held can be shown next", async () => {
  const { queue, ids } = makeQueue([open("a", "b", "c")]);
  await queue.fill();
  assert.equal(queue.toFront("c").assignment.id, "c");
  assert.equal(queue.toFront("z"), undefined);
  assert.deepEqual(ids(), ["c", "a", "b"]);
  queue.close();
});

test("nobody there, nothing renewed", async () => {
  const { queue, api } = makeQueue([{ assignments: [assignment("a")] }], { attended: () => false });
  await queue.fill();
  await queue.renew();
  assert.equal(api.calls.length, 1);
  queue.close();
});

test("answers that are still on their way do not shorten what is kept ahead", async () => {
  const { queue, api } = makeQueue([{ assignments: [] }], { unsent: () => 1 });
  await queue.fill();
  assert.deepEqual(api.calls[0].body, { count: AHEAD + 2 });
});

test("over a slow connection more clips are kept ahead", async () => {
  let now_ms = 0;
  const load = async () => ((now_ms += 9_000), { peaks: null, sound: {}, picture: "" });
  const { queue } = makeQueue([{ assignments: [assignment("a")] }], { load, now: () => now_ms });
  assert.equal(queue.ahead_wanted, AHEAD);
  await queue.fill();
  await queue.current.media;
  assert.equal(queue.ahead_wanted, AHEAD_WHEN_SLOW);
  queue.close();
});

test("a clip that is loaded is there without waiting", async () => {
  const { queue } = makeQueue([{ assignments: [assignment("a")] }]);
  await queue.fill();
  await queue.current.media;
  assert.ok(queue.current.loaded);
  queue.close();
});

test("what could not be loaded is loaded again when the network is back", async () => {
  let there = false;
  const load = async () => {
    if (!there) throw new Error("off");
    return { peaks: null, sound: {}, picture: "" };
  };
  const { queue } = makeQueue([{ assignments: [assignment("a"), assignment("b")] }], { load });
  await queue.fill();
  await queue.current.media.catch(() => {});
  there = true;
  queue.current.draft = { answer: { labels: [] } };
  queue.reloadFailed();
  await queue.current.media;
  assert.ok(queue.current.loaded);
  assert.ok(queue.current.draft, "what was chosen of it stays");
  const { media } = queue.current;
  queue.reloadFailed();
  assert.equal(queue.current.media, media);
  queue.close();
});

test("a clip whose answer was refused comes again, once, after the current one", async () => {
  const { queue, ids } = makeQueue([{ assignments: ["a", "b", "c"].map((id) => assignment(id)) }]);
  await queue.fill();
  const judged = queue.current;
  queue.advance();
  queue.bringBack(judged);
  queue.bringBack(judged);
  assert.deepEqual(ids(), ["b", "a", "c"]);
  queue.close();
});

test("the server's reason for having nothing is kept", async () => {
  const { queue } = makeQueue([{ assignments: [], reason: "cap_reached" }]);
  await queue.fill();
  assert.equal(queue.reason, "cap_reached");
});

test("a clip whose answer waits since before the page was loaded is not offered again", async () => {
  const waiting = new Set(["a", "b"]);
  const { queue, ids } = makeQueue(
    [{ assignments: ["a", "b", "c"].map((id) => assignment(id)) }, { assignments: [assignment("a"), assignment("c")] }],
    { answered: (id) => waiting.has(id) },
  );
  queue.add([assignment("a")]);
  assert.equal(queue.current, undefined);
  await queue.fill();
  assert.deepEqual(ids(), ["c"]);
  waiting.clear(); // the server refused it, so it is open still
  await queue.fill();
  assert.deepEqual(ids(), ["c", "a"]);
  queue.close();
});

test("what was answered on another device is told, and let go where nobody listens", async () => {
  const said = [];
  const closing = { renewed: [], lost: ["a", "b"], closed: ["a"] };
  for (const rest of [{ onClosed: (id) => said.push(id) }, {}]) {
    const { queue, ids } = makeQueue([{ assignments: [assignment("a"), assignment("b")] }, closing, { assignments: [] }], rest);
    await queue.fill();
    await queue.renew();
    // One whose lease ran out stays while it is shown; one that is done with does not.
    assert.deepEqual(ids(), rest.onClosed ? ["a"] : [undefined]);
    queue.close();
  }
  assert.deepEqual(said, ["a"]);
});
