import assert from "node:assert/strict";
import { test } from "node:test";

import { mount } from "../../annotation/static/annotation/js/print.js";

test("the button appears once it works, prints, and stops when it goes", () => {
  let printed = 0;
  const button = Object.assign(new EventTarget(), {
    hidden: true,
    ownerDocument: { defaultView: { print: () => (printed += 1) } },
  });
  const unmount = mount(button);
  assert.equal(button.hidden, false);
  button.dispatchEvent(new Event("click"));
  unmount();
  button.dispatchEvent(new Event("click"));
  assert.equal(printed, 1);
});
