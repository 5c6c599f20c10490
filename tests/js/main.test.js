import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.HTMLElement ??= class {};
const { mountAll, unmount } = await import("../../platform/speecheq/static/speecheq/js/main.js");

class Element extends globalThis.HTMLElement {
  dataset = { module: "/static/x.js" };
}
const page = (...elements) => ({ querySelectorAll: () => elements });

test("a module is mounted once, on its element", async () => {
  const element = new Element();
  const mounted = [];
  const load = async () => ({ mount: (root) => void mounted.push(root) });
  await mountAll(page(element), load);
  await mountAll(page(element), load);
  assert.deepEqual(mounted, [element]);
});

test("what goes away is unmounted, and may be mounted again", async () => {
  const element = new Element();
  let running = 0;
  const load = async () => ({ mount: () => (running++, () => running--) });
  await mountAll(page(element), load);
  unmount(element);
  assert.equal(running, 0);
  await mountAll(page(element), load);
  assert.equal(running, 1);
});
