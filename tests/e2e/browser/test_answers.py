"""Answering by keyboard alone: further emotions, pictures, sliders, several emotions."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import READY, Desk
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.looks]

# Runs inside the served platform: a scheme with everything, and the campaign moved to a scheme.
WITH_EVERYTHING = """
from annotation.models import Campaign, Scheme
vad = Scheme.objects.get(code="seqd-vad-1")
def words(en):
    return {"zh": "词", "en": en}
tension = {"code": "tension", "kind": "slider", "min": 0, "max": 100, "step": 5, "key": "KeyT",
           "names": words("Tension"), "low": words("relaxed"), "high": words("tense")}
def rule(severity, esc, message):
    return {"when": {"esc": [esc]}, "then": {"extra": "valence", "min": 5},
            "severity": severity, "message": words(message)}
rules = {**vad.rules, "cross": [rule("warn", "HAP", "Happy but unpleasant?"),
                                rule("refuse", "EXC", "Excited is pleasant here.")]}
Scheme.objects.get_or_create(code="rich", version=1, defaults={
    "label_space": vad.label_space, "esc": vad.esc, "eis": vad.eis,
    "extras": [{**vad.extras[0], "required": True}, *vad.extras[1:], tension], "rules": rules})
smaller = [row for row in vad.esc if row["code"] != "EXC"]
Scheme.objects.get_or_create(code="rich", version=2, defaults={
    "label_space": vad.label_space, "esc": smaller, "eis": vad.eis,
    "extras": vad.extras[:2], "rules": vad.rules})
"""


@pytest.fixture
def use_scheme(server: Server, desk: Desk) -> Callable[..., None]:
    """Give the desk's campaign another scheme."""

    def use(code: str, version: int = 1) -> None:
        chosen = f'Scheme.objects.get(code="{code}", version={version})'
        change = f'Campaign.objects.filter(public_id="{desk.campaign}").update(scheme={chosen})'
        server.run(WITH_EVERYTHING + change)

    return use


def hint(desk: Desk):
    return desk.page.locator("[data-part=status]")


def chosen(desk: Desk, name: str) -> list[str]:
    boxes = desk.page.locator(f"input[name={name}]:checked")
    return [box.get_attribute("value") or "" for box in boxes.all()]


def test_further_emotions_and_pictures_are_answered_by_keys_alone(desk, use_scheme):
    use_scheme("seqd-vad-1")
    desk.sit_down()
    desk.label("Digit2", "KeyK", "Shift+KeyE", "Shift+Digit6", "KeyV", "Digit8", "Digit7", "Digit3")
    desk.wait_until_done(1)
    last = desk.last_answer()
    assert last["labels"] == [{"esc": "HAP", "eis": 2}]
    assert last["secondary"] == ["EXC", "SUR"]
    assert last["extras"] == {"valence": 8, "arousal": 7, "dominance": 3}
    # The next clip begins empty.
    assert chosen(desk, "secondary") == [] and chosen(desk, "extra-valence") == []


def test_the_page_says_why_a_further_emotion_is_not_taken(desk, use_scheme):
    use_scheme("seqd-vad-1")
    desk.sit_down()
    desk.press("Digit2", "Shift+Digit2")
    expect(hint(desk)).to_have_text("Happy is your first emotion already.")
    desk.press("Shift+Digit3", "Shift+Digit4", "Shift+Digit5")
    expect(hint(desk)).to_have_text("No more than 2 further emotions.")
    assert chosen(desk, "secondary") == ["ANG", "SAD"]
    desk.press("Digit3")
    assert chosen(desk, "secondary") == ["SAD"]
    desk.press("Digit1")
    expect(hint(desk)).to_contain_text("Neutral has no emotion beside it")
    assert chosen(desk, "secondary") == []


def test_in_a_scale_digits_rate_and_outside_they_are_emotions_again(desk, use_scheme):
    use_scheme("seqd-vad-1")
    desk.sit_down()
    desk.press("KeyV", "Digit4", "Escape", "Digit2")
    assert chosen(desk, "extra-valence") == ["4"]
    assert chosen(desk, "esc") == ["HAP"]
    desk.press("KeyV", "Delete", "Space", "Escape")
    assert chosen(desk, "extra-valence") == []


def test_after_a_rating_the_digits_of_the_next_clip_are_emotions_again(desk, use_scheme):
    use_scheme("rich")
    desk.sit_down()
    desk.label("Digit4", "KeyK", "KeyV", "Digit7")  # leads on to arousal
    desk.label("Digit3", "KeyJ", "KeyV", "Digit2", "Digit5", "Digit5")  # and to a slider
    desk.press("Digit5")
    assert chosen(desk, "esc") == ["FEA"]
    assert chosen(desk, "extra-arousal") == chosen(desk, "extra-dominance") == []
    expect(desk.page.locator("input[name=extra-tension]")).to_have_value("")
    desk.wait_until_done(2)
    assert desk.last_answer()["labels"] == [{"esc": "ANG", "eis": 1}]


def test_a_press_on_a_picture_rates_the_step_below_it(desk, use_scheme):
    use_scheme("seqd-vad-1")
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.sit_down()
    desk.page.locator("[data-scale=valence] .sam-figures label").nth(3).click()
    assert chosen(desk, "extra-valence") == ["7"]
    desk.page.locator("#extra-valence-8").click()
    assert chosen(desk, "extra-valence") == ["8"]
    desk.page.locator("[data-scale=valence]").get_by_role("button", name="Take back").click()
    assert chosen(desk, "extra-valence") == []


def test_a_slider_is_missing_until_it_is_moved(desk, use_scheme):
    use_scheme("rich")
    desk.sit_down()
    slider = desk.page.locator("[data-scale=tension] [data-range]")
    expect(slider).to_have_attribute("aria-valuetext", "not rated")
    desk.press("KeyT")
    expect(slider).to_be_focused()
    desk.press("ArrowRight", "ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "60")
    desk.press("Digit3")
    desk.label("KeyV", "Digit6", "Escape", "Digit4", "KeyJ")
    desk.wait_until_done(1)
    assert desk.last_answer()["extras"] == {"tension": 30, "valence": 6}


def test_a_required_scale_is_asked_for_and_the_next_digit_rates_it(desk, use_scheme):
    use_scheme("rich")
    desk.sit_down()
    desk.press("Digit4", "KeyJ", "Enter")
    expect(hint(desk)).to_have_text("Rate Valence as well.")
    desk.label("Digit3", "Escape")
    desk.wait_until_done(1)
    assert desk.last_answer()["extras"] == {"valence": 3}


def test_a_rule_warns_once_and_refuses_until_the_answer_is_another(desk, use_scheme):
    use_scheme("rich")
    desk.sit_down()
    remarks = desk.page.locator("[data-part=remarks]")
    desk.press("KeyV", "Digit2", "Escape", "KeyE", "KeyK")
    expect(remarks).to_have_text("Excited is pleasant here.")
    before = desk.assignment()
    desk.press("Enter", "Enter")
    expect(hint(desk)).to_contain_text("contradict each other")
    expect(desk.page.locator("[data-scale=valence]")).to_be_focused()
    assert desk.assignment() == before
    desk.press("Escape", "Digit2")
    expect(remarks).to_have_text("Happy but unpleasant?")
    desk.press("Enter")
    expect(hint(desk)).to_contain_text("Submit again")
    assert desk.assignment() == before
    desk.label()
    desk.wait_until_done(1)
    assert desk.last_answer()["extras"] == {"valence": 2}


def test_certainty_problems_and_a_note_are_given_by_keys(desk):
    desk.sit_down()
    desk.press("Digit2", "KeyK", "Digit9", "KeyZ", "Digit1", "Digit4", "Escape", "KeyM")
    desk.page.keyboard.type("2k s")
    desk.press("Escape")
    desk.label()
    desk.wait_until_done(1)
    last = desk.last_answer()
    assert last["labels"] == [{"esc": "HAP", "eis": 2}]
    assert (last["confidence"], last["comment"]) == (0.6, "2k s")
    assert last["flags"] == ["noise", "not_speech"]


def test_several_emotions_are_rated_by_keys_alone(desk, use_scheme):
    use_scheme("brighter-1")
    desk.sit_down()
    # The first row, then the one after it; then Happy by its key.
    desk.label("KeyJ", "KeyH", "Digit2", "KeyL")
    desk.wait_until_done(1)
    given = {label["esc"]: label["eis"] for label in desk.last_answer()["labels"]}
    assert given == {"ANG": 1, "DIS": 0, "HAP": 3}


def test_which_emotion_a_strength_rates_is_said_and_not_only_shown(desk, use_scheme):
    use_scheme("brighter-1")
    desk.sit_down()
    current = desk.page.locator("[data-choose-row][aria-current=true]")
    expect(current).to_contain_text("Angry")
    desk.press("KeyJ")
    expect(current).to_contain_text("Disgusted")
    expect(hint(desk)).to_have_text("The strength keys now rate: Disgusted.")
    desk.press("Digit4")
    expect(hint(desk)).to_have_text("The strength keys now rate: Sad.")


def test_a_level_chosen_again_is_taken_back(desk, use_scheme):
    use_scheme("brighter-1")
    desk.sit_down()
    row = desk.page.locator("[data-row]").nth(1)
    level = row.locator("input[value='2']")
    level.check()
    level.click()
    assert row.locator("input:checked").count() == 0
    level.click()
    expect(level).to_be_checked()
    row.locator("[data-choose-row]").click()
    desk.page.locator("[data-choose-level='2']").click()
    assert row.locator("input:checked").count() == 0


def test_an_intensity_that_is_not_needed_is_taken_back_by_its_key(desk):
    desk.sit_down()
    desk.press("KeyU", "KeyK")
    assert chosen(desk, "eis") == ["2"]
    desk.press("KeyK")
    assert chosen(desk, "eis") == []
    desk.press("Digit2", "KeyK", "KeyK")  # Happy needs one
    assert chosen(desk, "eis") == ["2"]


def test_one_key_says_that_none_of_the_emotions_is_heard(desk, use_scheme):
    use_scheme("brighter-1")
    desk.sit_down()
    desk.press("Digit1")
    expect(hint(desk)).to_have_text("All emotions set to 0.")
    desk.label("Digit4", "KeyK")
    desk.wait_until_done(1)
    given = {label["esc"]: label["eis"] for label in desk.last_answer()["labels"]}
    assert given == {"ANG": 0, "DIS": 0, "FEA": 0, "HAP": 0, "SAD": 2, "SUR": 0}


def test_changing_the_last_label_brings_back_all_of_it(desk, use_scheme):
    use_scheme("seqd-vad-1")
    desk.sit_down()
    desk.label("Digit2", "KeyK", "Shift+KeyE", "KeyV", "Digit8", "Escape", "Digit0")
    desk.wait_until_done(1)
    desk.wait_until_told()
    desk.press("Backspace")
    desk.page.wait_for_selector(f"{READY}[data-revising]")
    expect(desk.page.locator("input[name=secondary][value=EXC]")).to_be_checked()
    assert (chosen(desk, "extra-valence"), chosen(desk, "confidence")) == (["8"], ["1"])
    with desk.page.expect_response(re.compile(r"/revise/$")) as answered:
        desk.press("KeyL", "Enter")
    assert answered.value.status == 201
    last = desk.last_answer()
    assert last["labels"] == [{"esc": "HAP", "eis": 3}]
    assert (last["secondary"], last["extras"]) == (["EXC"], {"valence": 8})


@pytest.mark.parametrize("first", ["KeyE", "Digit2"])
def test_after_the_labels_changed_the_answer_is_kept_as_far_as_they_go(desk, use_scheme, first):
    use_scheme("rich")
    desk.sit_down()
    clip = desk.assignment()
    use_scheme("rich", version=2)
    desk.press(first, "KeyK", "Shift+Digit6", "KeyV", "Digit7", "Escape", "Enter")
    notice = desk.page.locator("[data-part=outdated]")
    expect(notice).to_be_visible()
    assert desk.progress()["done"] == 0
    load = desk.page.get_by_role("button", name="Load the new labels")
    expect(load).to_be_focused()
    with desk.page.expect_navigation():
        desk.press("Enter")
    desk.page.wait_for_selector(READY)
    assert desk.assignment() == clip
    assert chosen(desk, "extra-valence") == ["7"]
    assert chosen(desk, "secondary") == ["SUR"]
    gone = first == "KeyE"
    expect(hint(desk)).to_contain_text("still offer was kept" if gone else "Your answer was kept")
    assert chosen(desk, "esc") == ([] if gone else ["HAP"])
    desk.label("Digit2")
    desk.wait_until_done(1)
    assert desk.last_answer()["extras"] == {"valence": 7}
