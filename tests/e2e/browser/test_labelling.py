"""Labelling as people do it: keys, the rule of Neutral, changing one's mind, a lost network."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import READY
from tests.e2e.browser.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# It comes after the sound.
DRAWN = "() => document.querySelector('[data-spectrogram]').naturalWidth > 0"


def checked(desk, name: str) -> str | None:
    radio = desk.page.locator(f"input[name={name}]:checked")
    return radio.get_attribute("value") if radio.count() else None


def hint(desk):
    return desk.page.locator("[data-part=status]")


def test_from_signing_in_to_three_labels_without_a_mouse(desk):
    page = desk.page
    page.goto("/accounts/login/")
    page.locator("#id_username").focus()
    page.keyboard.type(desk.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Label in Desk")).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(READY)
    desk.label("Digit2", "KeyK")
    desk.label("Digit1")
    desk.label("KeyU")
    desk.wait_until_done(3)
    assert desk.last_answer()["labels"] == [{"esc": "UNK", "eis": None}]
    expect(page.locator("[data-part=progress-mine]")).to_have_text("3")


def test_a_clip_plays_by_itself_and_what_was_heard_is_kept(desk):
    desk.sit_down()
    page = desk.page
    desk.hear_out()
    with page.expect_request(re.compile(r"/submit/$")) as sent:
        desk.press("Space", "Digit3", "KeyL", "Enter")
    body = sent.value.post_data_json
    assert body["listened_ms"] >= 500
    assert body["replays"] == 1
    assert sent.value.headers["idempotency-key"]


def test_the_waveform_is_drawn_and_the_spectrogram_is_there(desk):
    desk.sit_down()
    painted = desk.page.evaluate(
        """() => {
          const canvas = document.querySelector("[data-waveform]");
          const { width, height } = canvas;
          const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
          return pixels.filter((value, i) => i % 4 === 3 && value > 0).length / (width * height);
        }"""
    )
    assert 0.05 < painted < 0.9
    desk.page.wait_for_function(DRAWN)


def test_the_next_clip_needs_no_network(desk):
    desk.sit_down()
    page = desk.page
    desk.wait_for_clips()
    page.context.set_offline(True)
    desk.label("Digit2", "KeyJ")
    desk.label("Digit4", "KeyL")
    expect(page.locator("[data-part=pending]")).to_contain_text("2 labels are kept here")
    page.context.set_offline(False)
    desk.wait_until_done(2)
    expect(page.locator("[data-part=pending]")).to_be_hidden()


# What other modules of the page are told, noted for the test.
NOTE_EVENTS = """
window.told = [];
for (const name of ["clip", "stored"])
  addEventListener(`speecheq:${name}`, (event) => window.told.push([name, event.detail]));
"""


def test_other_modules_are_told_of_each_clip_and_each_stored_answer(desk):
    desk.page.add_init_script(NOTE_EVENTS)
    desk.sit_down()
    first = desk.assignment()
    desk.label("Digit2", "KeyK")
    second = desk.assignment()
    desk.page.wait_for_function("() => window.told.some(([name]) => name === 'stored')")
    told = desk.page.evaluate("() => window.told")
    clips = [detail["assignment"]["id"] for name, detail in told if name == "clip"]
    stored = [detail for name, detail in told if name == "stored"]
    assert clips == [first, second]
    assert [(one["assignment"], one["counted"]) for one in stored] == [(first, True)]
    assert stored[0]["labels"] == [{"esc": "HAP", "eis": 2}]


def test_labels_survive_a_closed_tab(desk):
    desk.sit_down()
    page = desk.page
    desk.wait_for_clips()
    page.context.set_offline(True)
    desk.label("Digit5", "KeyK")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(desk.path)
    desk.wait_until_done(1)
    assert desk.last_answer()["labels"] == [{"esc": "FEA", "eis": 2}]


def test_neutral_is_0_and_0_is_neutral(desk):
    desk.sit_down()
    desk.press("Digit1")
    assert (checked(desk, "esc"), checked(desk, "eis")) == ("NEU", "0")
    desk.press("Digit2")
    assert (checked(desk, "esc"), checked(desk, "eis")) == ("HAP", None)
    desk.press("KeyL", "KeyH")
    assert (checked(desk, "esc"), checked(desk, "eis")) == ("NEU", "0")
    expect(hint(desk)).to_contain_text("0 means no emotion")
    desk.press("KeyK")
    assert (checked(desk, "esc"), checked(desk, "eis")) == (None, "2")
    expect(hint(desk)).to_contain_text("Neutral goes with 0 only")


def test_what_is_missing_is_said_and_nothing_is_sent(desk):
    desk.sit_down()
    before = desk.assignment()
    desk.press("Enter")
    expect(hint(desk)).to_have_text("Choose an emotion first.")
    desk.press("Digit2", "Enter")
    expect(hint(desk)).to_have_text("Choose how strong it is.")
    assert desk.assignment() == before
    assert desk.progress()["done"] == 0


def test_the_last_label_is_changed_by_a_key(desk):
    desk.sit_down()
    desk.label("Digit2", "KeyK")
    desk.wait_until_done(1)
    desk.wait_until_told()
    at_hand = desk.assignment()
    desk.press("Backspace")
    expect(desk.page.locator("[data-part=revision]")).to_be_visible()
    desk.page.wait_for_selector(f"{READY}[data-revising]")
    assert (checked(desk, "esc"), checked(desk, "eis")) == ("HAP", "2")
    with desk.page.expect_response(re.compile(r"/revise/$")) as answered:
        desk.press("Digit6", "KeyJ", "Enter")
    assert answered.value.status == 201
    desk.page.wait_for_selector(".labelling:not([data-revising])")
    assert desk.assignment() == at_hand
    assert desk.last_answer()["labels"] == [{"esc": "SUR", "eis": 1}]
    assert desk.progress()["done"] == 1


@pytest.mark.parametrize("key", ["Backspace", "Escape"])
def test_changing_can_be_called_off(desk, key):
    desk.sit_down()
    desk.label("Digit2", "KeyK")
    at_hand = desk.assignment()
    desk.press("Backspace")
    expect(desk.page.locator("[data-part=revision]")).to_be_visible()
    desk.press(key)
    expect(desk.page.locator("[data-part=revision]")).to_be_hidden()
    assert desk.assignment() == at_hand


def test_what_was_begun_stays_while_an_earlier_label_is_changed(desk):
    desk.sit_down()
    desk.label("Digit2", "KeyK")
    at_hand = desk.assignment()
    desk.press("Digit3", "KeyJ", "KeyM")
    desk.page.keyboard.type("rough")
    desk.press("Escape", "Backspace")
    expect(desk.page.locator("[data-part=revision]")).to_be_visible()
    assert (checked(desk, "esc"), checked(desk, "eis")) == ("HAP", "2")
    desk.press("Escape")
    expect(desk.page.locator("[data-part=revision]")).to_be_hidden()
    assert desk.assignment() == at_hand
    assert (checked(desk, "esc"), checked(desk, "eis")) == ("ANG", "1")
    expect(desk.page.get_by_label("Note", exact=True)).to_have_value("rough")


def test_what_was_begun_is_there_again_after_a_reload(desk):
    desk.sit_down()
    page = desk.page
    before = desk.assignment()
    desk.press("KeyM")
    page.keyboard.type("a sigh")
    desk.press("Escape", "Digit4", "KeyL", "Digit8")
    page.reload()
    page.wait_for_selector(READY)
    assert desk.assignment() == before
    expect(page.locator("[data-part=status]")).to_contain_text("Your answer was kept.")
    expect(page.locator("[data-part=comment]")).to_have_value("a sigh")
    desk.press("Enter")
    desk.wait_until_done(1)
    last = desk.last_answer()
    assert (last["labels"], last["comment"]) == ([{"esc": "SAD", "eis": 3}], "a sigh")


# A browser that plays nothing before it is allowed to, which the page learns late.
NO_SOUND = """
Object.defineProperty(AudioContext.prototype, "state", {
  get: () => (window.allowed ? "running" : "suspended"),
});
AudioContext.prototype.resume = () => new Promise((done) => {
  window.allow = () => { window.allowed = true; done(); };
});
"""


def test_that_the_browser_plays_nothing_takes_the_place_of_nothing_that_was_told(desk):
    desk.sit_down()
    desk.press("Digit4")
    desk.page.add_init_script(NO_SOUND)
    desk.page.reload()
    desk.wait_until_ready()
    kept = "Your answer was kept. Check it and submit."
    expect(hint(desk)).to_have_text(f"{kept} Press Space or Replay to listen.")
    desk.page.evaluate("() => window.allow()")
    desk.page.wait_for_selector("html[data-played]")
    expect(hint(desk)).to_have_text(kept)


def test_a_double_press_on_skip_gives_back_one_clip(desk):
    desk.sit_down()
    before = desk.assignment()
    desk.page.locator("[data-part=skip]").dblclick()
    expect(desk.page.locator("[data-part=status]")).to_contain_text("Skipped")
    desk.page.wait_for_selector(READY)
    assert desk.assignment() != before
    desk.label("Digit1")  # a second return would have been asked for before this was sent
    desk.wait_until_done(1)
    assert desk.progress()["skipped"] == 1


def test_a_clip_that_cannot_be_loaded_is_skipped_by_its_key(desk):
    desk.sign_in()
    page = desk.page
    first = desk.config()["assignments"][0]["clip"]["audio_url"]
    page.route(re.compile(re.escape(first)), lambda route: route.abort())
    page.goto(desk.path)
    page.wait_for_selector(".labelling[data-state=failed]")
    broken = desk.assignment()
    desk.press("Digit1", "Enter")
    expect(hint(desk)).to_have_text("This clip could not be loaded: try again, or skip it.")
    with page.expect_request(re.compile(r"/skip/$")) as sent:
        desk.press("KeyS")
    assert sent.value.post_data_json == {"reason": "technical_fault"}
    page.wait_for_selector(READY)
    assert desk.assignment() != broken
    desk.label("Digit1")
    desk.wait_until_done(1)


def test_after_the_pointer_the_keys_go_on(desk):
    desk.sit_down()
    page = desk.page
    page.locator("[data-part=replay]").click()
    desk.press("Digit2", "KeyK")
    assert (checked(desk, "esc"), checked(desk, "eis")) == ("HAP", "2")
    desk.label()
    speed = page.locator("[data-part=speed]")
    speed.dispatch_event("pointerdown")
    speed.focus()
    speed.select_option("1.5")
    desk.press("Digit3", "KeyL")
    assert (checked(desk, "esc"), checked(desk, "eis")) == ("ANG", "3")
    desk.label()
    desk.wait_until_done(2)


def test_a_chinese_input_method_swallows_nothing(desk):
    """While composing, browsers report the key as `Process` with key code 229."""
    desk.sit_down()
    desk.page.evaluate(
        """() => {
          for (const code of ["Digit3", "KeyL"]) {
            const press = { code, key: "Process", keyCode: 229, isComposing: true, bubbles: true };
            document.body.dispatchEvent(new KeyboardEvent("keydown", press));
          }
        }"""
    )
    assert (checked(desk, "esc"), checked(desk, "eis")) == ("ANG", "3")


def test_typing_a_note_presses_no_keys(desk):
    desk.sit_down()
    desk.page.get_by_text("Note or problem").click()
    note = desk.page.get_by_label("Note", exact=True)
    note.fill("")
    note.press_sequentially("2k s")
    assert note.input_value() == "2k s"
    assert checked(desk, "esc") is None


def test_keys_can_be_switched_off(desk):
    desk.sit_down()
    desk.page.get_by_label("Keyboard shortcuts").uncheck()
    desk.page.locator("h1").click()
    desk.press("Digit2")
    assert checked(desk, "esc") is None


def test_when_all_is_labelled_the_page_says_so(desk):
    desk.sit_down()
    for _ in range(6):
        desk.label("Digit1")
    desk.press("Digit1", "Enter")
    expect(desk.page.get_by_text("No clip is waiting for you")).to_be_visible()
    desk.wait_until_done(7)


def test_everything_needed_is_in_one_view_at_1280_by_800(desk):
    page = desk.page
    page.set_viewport_size({"width": 1280, "height": 800})
    desk.sit_down()
    page.wait_for_function(DRAWN)
    submit = page.get_by_role("button", name="Submit").bounding_box()
    assert submit["y"] + submit["height"] <= 800
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=status]")).to_be_in_viewport()
    after = page.get_by_role("button", name="Submit").bounding_box()
    assert after["y"] == submit["y"]
