"""What belongs to one annotator: practice, keys, examples, questions, last labels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.browser.conftest import READY, Desk
from tools.pages import LABELLING

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.looks]

PRESS = """([code, where]) => {
  const composing = { key: "Process", keyCode: 229, isComposing: true };
  const press = { code, bubbles: true, cancelable: true, ...composing };
  document.querySelector(where).dispatchEvent(new KeyboardEvent("keydown", press));
}"""


# An example lasts a second: a busy machine may look when it is over.
NOTE_PRESSED = """() => new MutationObserver((changes) => {
  for (const { target } of changes)
    if (target.matches("[data-play][aria-pressed=true]")) target.dataset.wasPressed = "";
}).observe(document, { attributes: true, attributeFilter: ["aria-pressed"], subtree: true })"""


@pytest.fixture(scope="module")
def known(server, desks) -> dict[str, Iterator[dict[str, str]]]:
    """Desks whose campaigns have known clips."""
    next(desks)  # the corpus they share comes with the first desk
    code = "from tests.e2e.browser.known import known; known(practised=2, shown=10)"
    printed = server.run(code)
    made: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
    return {kind: iter(found) for kind, found in made.items()}


@pytest.fixture
def pupil(known, server, watched_page) -> Desk:
    """Somebody who has to practise first."""
    return Desk(watched_page, server, **next(known["practised"]))


@pytest.fixture
def desk(known, server, watched_page) -> Desk:
    """Somebody with examples to compare with."""
    return Desk(watched_page, server, **next(known["shown"]))


def compose(page, code: str, where: str = "body") -> None:
    """A key pressed while an input method composes a word."""
    page.evaluate(PRESS, [code, where])


def checked(page, name: str) -> str | None:
    radio = page.locator(f"input[name={name}]:checked")
    return radio.get_attribute("value") if radio.count() else None


def row_of(page, action: str):
    """The row of an action on the page of keys."""
    return page.locator(f"[data-row]:has([name='key-{action}'])")


def practise(page, *codes: str) -> None:
    """Answer the practice clip on the page; then what is known of it is shown."""
    page.wait_for_selector("form[data-part=form]")
    page.wait_for_selector(READY)
    for code in codes:
        page.keyboard.press(code)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"answered="))
    page.wait_for_selector(READY)


def test_practice_by_keyboard_alone_leads_to_labelling(pupil):
    page = pupil.page
    pupil.sign_in()
    page.goto(pupil.path)
    page.wait_for_url(re.compile(r"/practice/$"))
    assert "breath" not in page.content()
    practise(page, "Digit2", "KeyK")
    expect(page.get_by_role("heading", name="Not as expected")).to_be_visible()
    expect(page.get_by_text("A breath before the first word.")).to_be_visible()
    assert "The end falls." not in page.content()
    page.keyboard.press("Enter")
    practise(page, "Digit7", "KeyJ")
    expect(page.get_by_role("heading", name="Right")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 2 were right; 2 are needed.")).to_be_visible()
    practise(page, "Digit5", "KeyK")
    page.keyboard.press("Enter")
    practise(page, "Digit7", "KeyJ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You are qualified")).to_be_visible()
    page.wait_for_selector(LABELLING)  # the heading is there before the keys
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/label/$"))
    page.wait_for_selector(READY)


def test_practice_says_what_is_missing_and_sends_nothing(pupil):
    page = pupil.page
    pupil.sign_in()
    page.goto(pupil.path)
    page.wait_for_selector(READY)
    page.keyboard.press("Digit2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=status]")).to_have_text("Choose how strong it is.")
    assert "answered=" not in page.url


def test_a_key_is_changed_by_pressing_it_while_an_input_method_composes(desk):
    page = desk.page
    desk.sit_down()
    page.get_by_role("link", name="Keys").click()
    row = row_of(page, "esc:HAP")
    row.locator("button").click()
    expect(row.locator("button")).to_have_text("Press the new key")
    compose(page, "KeyW", ".key-button[data-waiting]")
    expect(row.locator("button")).to_have_text("W")
    page.get_by_role("button", name="Save keys").click()
    expect(page.get_by_text("Your keys were saved.")).to_be_visible()
    page.goto(desk.path)
    desk.wait_until_ready()
    expect(page.locator(".pick", has_text="Happy").locator("kbd")).to_have_text("W")
    page.keyboard.press("Digit2")
    assert checked(page, "esc") is None
    compose(page, "KeyW")
    assert checked(page, "esc") == "HAP"


def test_one_key_for_two_things_is_shown_and_refused(desk):
    page = desk.page
    desk.sign_in()
    page.goto(desk.path.replace("/label/", "/keys/"))
    happy, angry = row_of(page, "esc:HAP"), row_of(page, "esc:ANG")
    happy.locator("button").press("Enter")
    page.keyboard.press("Digit3")
    expect(happy).to_contain_text("Also the key of: Angry")
    expect(angry).to_contain_text("Also the key of: Happy")
    page.get_by_role("button", name="Save keys").click()
    expect(page.locator("[data-status]")).to_contain_text("One key cannot do two things.")
    angry.locator("button").click()
    page.keyboard.press("Digit2")
    page.get_by_role("button", name="Save keys").click()
    expect(page.get_by_text("Your keys were saved.")).to_be_visible()
    expect(angry.locator("button")).to_have_text("2")


def test_a_key_that_cannot_be_chosen_changes_nothing(desk):
    page = desk.page
    desk.sign_in()
    page.goto(desk.path.replace("/label/", "/keys/"))
    happy = row_of(page, "esc:HAP").locator("button")
    for key in ("Enter", "ArrowDown"):
        happy.click()
        page.keyboard.press(key)
        expect(page.locator("[data-status]")).to_have_text("That key cannot be chosen.")
        expect(happy).to_have_text("2")
    happy.click()
    page.keyboard.press("Escape")
    expect(happy).to_have_text("2")


def test_examples_are_heard_without_disturbing_the_label(desk):
    page = desk.page
    desk.sit_down()
    clip = desk.assignment()
    page.keyboard.press("Digit2")
    page.keyboard.press("KeyR")  # the clip plays on and on
    page.wait_for_selector(".labelling[data-playing]")
    page.keyboard.press("KeyA")
    slight = page.get_by_role("button", name="Angry 1 · Slight")
    expect(slight).to_be_focused()
    page.evaluate(NOTE_PRESSED)
    page.keyboard.press("Enter")
    expect(slight).to_have_attribute("data-was-pressed", "")
    page.wait_for_selector(".labelling:not([data-playing])")
    expect(slight).to_have_attribute("aria-pressed", "false")  # heard to its end
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    page.wait_for_selector(".labelling[data-playing]")
    assert (checked(page, "esc"), desk.assignment()) == ("HAP", clip)


def test_a_question_goes_to_the_manager_and_its_answer_comes_back(desk, browser, server):
    page = desk.page
    desk.sit_down()
    page.keyboard.press("Digit4")
    page.keyboard.press("KeyQ")
    expect(page.get_by_label("Your question to the managers")).to_be_focused()
    page.keyboard.type("Is a sigh sad? 2 k")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Your question was sent.")).to_be_visible()
    page.keyboard.press("Escape")
    assert (checked(page, "esc"), checked(page, "eis")) == ("SAD", None)
    office = browser.new_context(base_url=server.url)
    manager = Desk(office.new_page(), server, "mia", desk.campaign)
    manager.sign_in()
    inbox = manager.page
    inbox.goto(f"/campaigns/{desk.campaign}/")
    inbox.get_by_role("link", name=re.compile("Questions.*1 new")).click()
    expect(inbox.get_by_text("Is a sigh sad? 2 k")).to_be_visible()
    inbox.get_by_label("Answer").fill("Only if it falls.")
    inbox.get_by_role("button", name="Send and close").click()
    expect(inbox.locator(".thread .badge", has_text="answered")).to_be_visible()
    office.close()
    page.reload()
    desk.wait_until_ready()
    badge = page.locator("[data-unread]")
    expect(badge).to_have_text("1 new")
    page.keyboard.press("KeyQ")
    expect(page.get_by_text("Only if it falls.")).to_be_visible()
    expect(badge).to_be_hidden()


def test_a_question_stays_shown_though_an_older_answer_comes_after_it(desk):
    page = desk.page
    looks: list[Route] = []  # held back, as by a server that takes its time
    desk.sit_down()
    page.route(re.compile(r"/questions/\?assignment="), lambda route: looks.append(route))
    with page.expect_request(re.compile(r"/questions/\?assignment=")):
        page.keyboard.press("KeyQ")
    expect(page.get_by_label("Your question to the managers")).to_be_focused()
    page.keyboard.type("Is it a sigh?")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Your question was sent.")).to_be_visible()
    looks[0].fulfill(json={"unread": 7, "questions": []})
    expect(page.locator("[data-unread]")).to_have_text("7 new")
    assert page.locator("[data-messages]").get_by_text("Is it a sigh?").is_visible()


def test_words_that_were_begun_stay_with_their_clip(desk):
    page = desk.page
    desk.sit_down()
    about = desk.assignment()
    page.keyboard.press("KeyQ")
    expect(page.get_by_label("Your question to the managers")).to_be_focused()
    page.keyboard.type("Why")
    page.keyboard.press("Escape")
    desk.label("Digit2", "KeyK")
    page.keyboard.press("KeyQ")
    expect(page.get_by_label("Your question to the managers")).to_be_focused()
    expect(page.get_by_text("About the clip before: your words are not sent yet.")).to_be_visible()
    with page.expect_response(re.compile(r"/questions/$")) as answered:
        page.keyboard.press("Control+Enter")
    assert answered.value.json()["assignment"] == about
    expect(page.get_by_text("About the clip you hear now.")).to_be_visible()


def test_any_of_the_last_labels_is_changed_from_the_list(desk):
    page = desk.page
    desk.sit_down()
    desk.label("Digit2", "KeyK")
    desk.label("Digit3", "KeyL")
    desk.wait_until_done(2)
    desk.wait_until_told()
    at_hand = desk.assignment()
    page.keyboard.press("KeyY")
    first = page.get_by_role("button", name=re.compile("^Change: Happy"))
    first.press("Enter")
    expect(page.locator("[data-part=revision]")).to_be_visible()
    page.wait_for_selector(f"{READY}[data-revising]")
    assert (checked(page, "esc"), checked(page, "eis")) == ("HAP", "2")
    with page.expect_response(re.compile(r"/revise/$")) as answered:
        desk.press("Digit4", "KeyJ", "Enter")
    assert answered.value.status == 201
    page.wait_for_selector(".labelling:not([data-revising])")
    assert desk.assignment() == at_hand
    page.keyboard.press("KeyY")
    expect(page.locator("[data-history] li").first).to_contain_text("Sad 1 · Slight (changed)")
    expect(page.locator("[data-history] li")).to_have_count(2)


def test_the_list_of_the_last_labels_is_made_anew_below_the_focus(desk):
    page = desk.page
    desk.sit_down()
    desk.label("Digit2", "KeyK")
    desk.wait_until_done(1)
    desk.wait_until_told()
    page.keyboard.press("KeyY")
    change = page.get_by_role("button", name=re.compile("^Change: Happy"))
    change.focus()
    change.evaluate("one => { one.dataset.before = ''; }")
    page.locator(".labelling").dispatch_event("speecheq:stored")
    expect(change).not_to_have_attribute("data-before", "")
    expect(change).to_be_focused()


def test_a_link_to_an_earlier_label_opens_it_to_be_changed(desk):
    page = desk.page
    desk.sit_down()
    desk.label("Digit2", "KeyK")
    desk.label("Digit3", "KeyL")
    desk.wait_until_done(2)
    page.goto(desk.path.replace("/label/", "/history/"))
    page.get_by_role("link", name="Change").last.click()
    page.wait_for_selector(f"{READY}[data-revising]")
    expect(page.locator("[data-part=revision]")).to_be_visible()
    assert (checked(page, "esc"), checked(page, "eis")) == ("HAP", "2")
    page.keyboard.press("Escape")
    expect(page.locator("[data-part=revision]")).to_be_hidden()
    assert checked(page, "esc") is None
