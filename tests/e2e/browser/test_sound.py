"""The sound of a clip: loop, a part of it, speed, stepping, and the picture of its frequencies."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import SILENT

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.looks]

PLAYING = ".labelling[data-playing]"
# Counts how often the sound comes round, by the clock that the page shows; notes the least and the
# greatest time of whole rounds, and whether the page fell silent.
NOTE_ROUNDS = """() => {
  const page = document.querySelector(".labelling");
  const clock = document.querySelector("[data-clock]");
  const heard = (window.heard = { rounds: 0, least: Infinity, greatest: -Infinity, silent: false });
  let before = parseFloat(clock.textContent);
  new MutationObserver(() => {
    const now = parseFloat(clock.textContent);
    if (now < before) heard.rounds += 1;
    before = now;
    if (!heard.rounds) return;
    heard.least = Math.min(heard.least, now);
    heard.greatest = Math.max(heard.greatest, now);
  }).observe(clock, { childList: true });
  new MutationObserver(() => { heard.silent ||= !page.hasAttribute("data-playing"); })
    .observe(page, { attributes: true, attributeFilter: ["data-playing"] });
}"""


def region(desk) -> tuple[float, float]:
    """The two ends of the part that is played, in s."""
    words = desk.page.locator("[data-region-words]").text_content() or ""
    start, end = re.findall(r"\d+\.\d+", words)
    return float(start), float(end)


def handle(desk, end: str):
    return desk.page.locator(f"[data-handle={end}]")


def drag(desk, start: float, end: float) -> None:
    """Over the pictures, from one share of their width to another."""
    box = desk.page.locator("[data-pictures]").bounding_box()
    middle = box["y"] + box["height"] / 2
    desk.page.mouse.move(box["x"] + start * box["width"], middle)
    desk.page.mouse.down()
    desk.page.mouse.move(box["x"] + (start + end) / 2 * box["width"], middle)
    desk.page.mouse.move(box["x"] + end * box["width"], middle)
    desk.page.mouse.up()


def hear_rounds(desk) -> tuple[float, float]:
    """Hear what plays come round three times, without a break; its ends, to a tenth of a second."""
    desk.page.wait_for_selector(PLAYING)
    desk.page.evaluate(NOTE_ROUNDS)
    desk.page.wait_for_function("() => window.heard.rounds >= 3")
    heard = desk.page.evaluate("() => window.heard")
    assert not heard["silent"]
    return heard["least"], heard["greatest"]


def test_a_loop_goes_on_until_it_is_switched_off(desk):
    desk.sit_down()
    desk.press("KeyR")
    loop = desk.page.get_by_role("button", name="Loop")
    expect(loop).to_have_attribute("aria-pressed", "true")
    hear_rounds(desk)
    desk.press("KeyR")
    desk.page.wait_for_selector(SILENT)


def test_a_part_is_dragged_heard_again_and_again_and_let_go_by_escape(desk):
    desk.sit_down()
    drag(desk, 0.25, 0.75)
    start, end = region(desk)
    assert (start, end) == (pytest.approx(0.15, abs=0.02), pytest.approx(0.45, abs=0.02))
    least, greatest = hear_rounds(desk)
    assert 0.1 <= least < greatest <= 0.5
    desk.press("Escape")
    expect(desk.page.locator("[data-region]")).to_be_hidden()
    desk.page.wait_for_selector(SILENT)


def test_a_part_is_set_and_moved_by_keys(desk):
    desk.sit_down()
    desk.hear_out()
    desk.press("Comma", "BracketLeft")  # half a second back from the end
    assert region(desk) == (pytest.approx(0.1, abs=0.01), pytest.approx(0.6, abs=0.01))
    handle(desk, "from").focus()
    desk.press("ArrowRight", "ArrowRight")
    assert region(desk)[0] == pytest.approx(0.2, abs=0.01)
    expect(handle(desk, "from")).to_have_attribute("aria-valuetext", re.compile(r"0\.(20|19) s"))
    handle(desk, "to").focus()
    desk.press("ArrowLeft")
    assert region(desk)[1] == pytest.approx(0.55, abs=0.01)
    desk.press("End")
    assert region(desk)[1] == pytest.approx(0.6, abs=0.01)
    desk.press("Escape")
    expect(desk.page.locator("[data-part=pause]")).to_be_focused()


def test_what_was_heard_of_a_looped_part_counts_once(desk):
    desk.sit_down()
    desk.hear_out()
    drag(desk, 0.25, 0.75)
    hear_rounds(desk)
    with desk.page.expect_request(re.compile(r"/submit/$")) as sent:
        desk.press("Digit3", "KeyL", "Enter")
    assert sent.value.post_data_json["listened_ms"] <= 610
    expect(desk.page.locator("[data-region]")).to_be_hidden()


def test_a_press_on_the_picture_plays_from_there(desk):
    desk.sit_down()
    desk.hear_out()
    box = desk.page.locator("[data-pictures]").bounding_box()
    desk.page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 20)
    desk.page.wait_for_selector(SILENT)
    with desk.page.expect_request(re.compile(r"/submit/$")) as sent:
        desk.press("Digit3", "KeyL", "Enter")
    assert sent.value.post_data_json["replays"] == 1


def test_the_speed_keeps_the_pitch_and_stays_for_the_next_clip(desk):
    desk.sit_down()
    desk.press("Equal", "Equal", "Equal")
    speed = desk.page.get_by_label("Speed").locator("select")
    expect(speed).to_have_value("2")
    audio = desk.page.locator("[data-part=audio]")
    read = "audio => [audio.preservesPitch, audio.playbackRate]"
    assert audio.evaluate(read) == [True, 2]
    desk.label("Digit3", "KeyL")
    expect(speed).to_have_value("2")
    desk.press("Space")
    assert audio.evaluate(read) == [True, 2]
    desk.press("Minus")
    expect(speed).to_have_value("1.5")


def test_the_spectrogram_is_switched_and_the_choice_remembered(desk):
    desk.sit_down()
    page = desk.page
    button = page.locator("[data-part=spectrogram]")
    axis = page.locator("[data-axis] span")
    assert axis.all_text_contents() == ["500 Hz", "2 kHz", "4 kHz"]
    with page.expect_response(re.compile(r"/spectrogram/\?scale=linear$")) as answered:
        desk.press("KeyG")
    assert answered.value.status == 200
    expect(button).to_contain_text("linear")
    assert axis.all_text_contents() == ["2 kHz", "4 kHz", "6 kHz"]
    desk.press("KeyG")
    expect(page.locator("[data-spectrogram]")).to_be_hidden()
    page.goto(desk.path)
    expect(button).to_contain_text("off")
    expect(page.locator("[data-spectrogram]")).to_be_hidden()
    desk.press("KeyG")
    expect(page.get_by_role("img", name="Spectrogram: mel")).to_be_visible()
