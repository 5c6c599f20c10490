import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.HTMLElement ??= class {};
const { mount, showProblems } = await import("../../annotation/static/annotation/js/scheme_editor.js");

class Place extends globalThis.HTMLElement {
  constructor(name) {
    super();
    this.dataset = { error: name };
    this.id = `${name}-error`;
    this.hidden = true;
    this.textContent = "";
  }
}

/** A form with a place for errors, and a field with attributes, for each name. */
function formWith(...names) {
  const fields = new Map(names.map((name) => [name, new Map()]));
  const places = names.map((name) => new Place(name));
  const root = {
    querySelectorAll: () => places,
    querySelector: (selector) => {
      const attributes = fields.get(/describedby="(.*)-error"/.exec(selector)?.[1]);
      return {
        setAttribute: (name, value) => attributes.set(name, value),
        removeAttribute: (name) => attributes.delete(name),
      };
    },
  };
  return { root, places, fields };
}

test("a problem is told beside its field, which is marked", () => {
  const { root, places, fields } = formWith("code", "esc.HAP.key");
  showProblems(root, { "esc.HAP.key": ["The key 1 is taken.", "Choose another."] });
  assert.deepEqual(
    places.map((place) => [place.hidden, place.textContent]),
    [[true, ""], [false, "The key 1 is taken. Choose another."]],
  );
  assert.equal(fields.get("esc.HAP.key").get("aria-invalid"), "true");
  assert.equal(fields.get("code").size, 0);
});

test("a field that was mended is clean again", () => {
  const { root, places, fields } = formWith("code");
  showProblems(root, { code: ["Too long."] });
  showProblems(root, {});
  assert.deepEqual([places[0].hidden, places[0].textContent], [true, ""]);
  assert.equal(fields.get("code").size, 0);
});

test("each preview brings its problems, until the editor goes", () => {
  const { places, root: form } = formWith("code");
  const editor = Object.assign(new EventTarget(), {
    querySelectorAll: form.querySelectorAll,
    querySelector: (selector) =>
      selector === "#scheme-problems" ? { textContent: '{"code": ["Too long."]}' } : form.querySelector(selector),
  });
  const unmount = mount(editor);
  editor.dispatchEvent(new Event("htmx:afterSwap"));
  assert.equal(places[0].textContent, "Too long.");
  places[0].textContent = "";
  unmount();
  editor.dispatchEvent(new Event("htmx:afterSwap"));
  assert.equal(places[0].textContent, "");
});
