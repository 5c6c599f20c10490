"""Twenty clips by the keyboard alone and twenty by touch alone at 390 px, in each language.

What the page was sent is counted in the page itself: no mouse or pointer event in the one, no key
event in the other. What was stored is read back over REST.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from tests.e2e.browser.conftest import READY, Desk
from tests.e2e.browser.people import PASSWORD
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.looks]

CLIPS = 20
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LOCALES = {"en": "en-GB", "zh-hans": "zh-CN"}
# Category, its key, level, its key: every category of the scheme, and every level.
KEYS = {
    "NEU": "Digit1", "HAP": "Digit2", "ANG": "Digit3", "SAD": "Digit4", "FEA": "Digit5",
    "SUR": "Digit6", "DIS": "Digit7", "CAL": "KeyC", "EXC": "KeyE", "FRU": "KeyF", "ANX": "KeyX",
    "CON": "KeyN", "BOR": "KeyB", "OTH": "KeyO", "UNK": "KeyU",
}  # fmt: skip
LEVELS = {1: "KeyJ", 2: "KeyK", 3: "KeyL"}
NO_LEVEL = {"NEU": 0, "OTH": None, "UNK": None}

COUNT = """(() => {
  const names = ["mousedown", "pointerdown", "touchstart", "wheel", "contextmenu", "keydown",
    "keyup", "keypress"];
  for (const name of names)
    addEventListener(name, (event) => saw(name, event.pointerType ?? ""), true);
  // Chromium tells of a pointer at rest too, when the page below it changes.
  for (const name of ["mousemove", "mouseover", "pointermove"])
    addEventListener(name, (e) => {
      if (e.movementX || e.movementY) saw(name, e.pointerType ?? "");
    }, true);
  // The keyboard presses buttons too: such a click has no detail.
  addEventListener("click", (e) => { if (e.detail) saw("click", e.pointerType); }, true);
})()"""


def wanted() -> list[dict[str, Any]]:
    """Twenty different judgements, as they are stored."""
    codes = [*KEYS, *list(KEYS)[1:]][:CLIPS]
    return [{"esc": esc, "eis": NO_LEVEL.get(esc, 1 + at % 3)} for at, esc in enumerate(codes)]


@pytest.fixture(scope="module")
def people(server: Server) -> Iterator[dict[str, str]]:
    call = f"seed(desks=4, clips={CLIPS}, slug='twenty', name='twenty')"
    code = f"from tests.e2e.browser.seed import seed; {call}"
    printed = server.run(code)
    return iter(json.loads(printed.strip().splitlines()[-1]))


@pytest.fixture
def seen() -> list[tuple[str, str]]:
    """(event, kind of pointer) of everything that was sent to any page."""
    return []


@pytest.fixture
def desk_in(browser: Browser, server: Server, watch, people, seen) -> Iterator[Callable]:
    """A desk in a context of this language, whose pages report what they are sent."""
    contexts: list[BrowserContext] = []

    def make(language: str, **options: Any) -> Desk:
        context = browser.new_context(base_url=server.url, locale=LOCALES[language], **options)
        contexts.append(context)
        context.on("page", watch.follow)
        context.on("request", watch.see)
        context.expose_function("saw", lambda name, kind: seen.append((name, kind)))
        context.add_init_script(COUNT)
        return Desk(context.new_page(), server, **next(people))

    yield make
    for context in contexts:
        context.close()


def stored(desk: Desk) -> list[dict[str, Any]]:
    """What the server holds of this person, first answer first."""
    desk.wait_until_done(CLIPS)
    answer = desk.page.request.get(f"/api/v1/campaigns/{desk.campaign}/history/")
    answers = answer.json()["answers"][::-1]
    assert len({one["assignment"]["clip"]["id"] for one in answers}) == CLIPS
    assert [len(one["labels"]) for one in answers] == [1] * CLIPS
    return [one["labels"][0] for one in answers]


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached with Tab")


def sign_in_by_keys(desk: Desk) -> None:
    page = desk.page
    page.goto("/accounts/login/")
    tab_to(page, "#id_username")
    page.keyboard.type(desk.username)
    tab_to(page, "#id_password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".menu-name")
    page.wait_for_load_state()  # the order of the stops is that of the whole page
    tab_to(page, f"a[href='{desk.path}']")
    page.keyboard.press("Enter")
    page.wait_for_selector(READY)


def as_an_input_method_sends(keys: CDPSession, code: str) -> None:
    """A real key press while Chinese is being composed: the key is called `Process`."""
    press = {"key": "Process", "code": code, "windowsVirtualKeyCode": 229}
    keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **press})
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **press})


def next_clip(desk: Desk, judge: Callable[[], None], *, last: bool) -> None:
    before = desk.assignment()
    judge()
    if last:
        expect(desk.page.locator("[data-part=empty]")).to_be_visible()
        return
    desk.page.wait_for_function(
        "before => document.querySelector('.labelling').dataset.assignment !== before", arg=before
    )
    desk.page.wait_for_selector(READY)


@pytest.mark.parametrize("language", LOCALES)
def test_twenty_clips_by_the_keyboard_alone(language, desk_in, seen):
    desk = desk_in(language)
    sign_in_by_keys(desk)
    expect(desk.page.locator("html")).to_have_attribute("lang", language)
    keys = desk.page.context.new_cdp_session(desk.page)

    def press(code: str) -> None:
        if language == "en":
            desk.page.keyboard.press(code)
        else:
            as_an_input_method_sends(keys, code)

    def judge(label: dict[str, Any]) -> None:
        press(KEYS[label["esc"]])
        if label["eis"] in LEVELS:
            press(LEVELS[label["eis"]])
        press("Enter")

    for at, label in enumerate(wanted()):
        next_clip(desk, lambda label=label: judge(label), last=at == CLIPS - 1)
    assert stored(desk) == wanted()
    assert {name for name, _kind in seen} <= {"keydown", "keyup", "keypress"}
    assert len(seen) > 3 * CLIPS


@pytest.mark.parametrize("language", LOCALES)
def test_twenty_clips_by_touch_alone_on_a_phone(language, desk_in, seen):
    desk = desk_in(language, **PHONE)
    page = desk.page
    page.goto("/accounts/login/")
    page.locator("#id_username").fill(desk.username)  # a keyboard on the screen sends text, no keys
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form button").tap()
    page.locator(f"a[href='{desk.path}']").tap()
    page.wait_for_selector(READY)
    expect(page.locator("html")).to_have_attribute("lang", language)

    def judge(label: dict[str, Any]) -> None:
        page.locator(f"label.pick:has([name=esc][value={label['esc']}])").tap()
        if label["eis"] in LEVELS:
            page.locator(f"label.pick:has([name=eis][value='{label['eis']}'])").tap()
        page.locator("[data-part=submit]").tap()

    for at, label in enumerate(wanted()):
        next_clip(desk, lambda label=label: judge(label), last=at == CLIPS - 1)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert stored(desk) == wanted()
    assert {name for name, _kind in seen} & {"keydown", "keyup", "keypress", "wheel"} == set()
    assert {kind for name, kind in seen if name in ("pointerdown", "click")} == {"touch"}
    assert sum(name == "pointerdown" for name, _kind in seen) > 2 * CLIPS
