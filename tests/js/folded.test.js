import assert from "node:assert/strict";
import { test } from "node:test";

class Part {
  constructor(keep, more = {}) {
    Object.assign(this, { dataset: { keep }, scrollTop: 0 }, more);
  }
}
class Details extends Part {}
globalThis.HTMLElement = Part;
globalThis.HTMLDetailsElement = Details;
const { mount } = await import("../../annotation/static/annotation/js/folded.js");

/** A page whose parts can be replaced, as htmx does. */
function page(...parts) {
  const root = new EventTarget();
  root.parts = parts;
  root.querySelectorAll = () => root.parts;
  root.swap = (...fresh) => {
    root.dispatchEvent(new Event("htmx:beforeSwap"));
    root.parts = fresh;
    root.dispatchEvent(new Event("htmx:afterSwap"));
  };
  return root;
}

test("what was unfolded and scrolled stays so when it is fetched anew", () => {
  const root = page(new Details("1", { open: true }), new Part("1-rows", { scrollTop: 120 }));
  mount(root);
  const fresh = [new Details("1", { open: false }), new Part("1-rows")];
  root.swap(...fresh);
  assert.equal(fresh[0].open, true);
  assert.equal(fresh[1].scrollTop, 120);
});

test("what was folded stays folded, and what is new comes as it is", () => {
  const root = page(new Details("1", { open: false }));
  mount(root);
  const fresh = [new Details("1", { open: true }), new Details("2", { open: true })];
  root.swap(...fresh);
  assert.deepEqual(fresh.map((part) => part.open), [false, true]);
});

test("once taken away it does nothing", () => {
  const root = page(new Details("1", { open: true }));
  mount(root)();
  const fresh = new Details("1", { open: false });
  root.swap(fresh);
  assert.equal(fresh.open, false);
});
