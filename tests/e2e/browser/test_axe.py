"""WCAG 2.2 AA on every page there is, light and dark, wide and narrow, in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.e2e.browser.seed import PASSWORD
from tests.support import axe
from tests.support.browser import Watch
from tests.support.servers import Server
from tools.pages import ANYBODY, LABELLING, PAGES, Page

pytestmark = [pytest.mark.browser, pytest.mark.processes]

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Language, theme and window of each look: together with the states below every pair is seen.
PAGE_LOOKS = [("en", "light", WIDE), ("zh-hans", "dark", NARROW)]
STATE_LOOKS = [("en", "dark", WIDE), ("zh-hans", "light", NARROW)]


@pytest.fixture(scope="module")
def records(server: Server) -> dict[str, str]:
    """Ids of what was made, by the names in tools/pages.py."""
    code = "from tests.e2e.browser.furnish import furnish; furnish()"
    printed = server.manage("shell", "--no-imports", "-c", code)
    return json.loads(printed.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def tab_of(browser: Browser, server: Server, records: dict[str, str]) -> Iterator[Callable]:
    """One signed-in tab for each role, under the watch of `Watch`."""
    tabs: dict[str, Tab] = {}
    watching = Watch(server.url)

    def tab(role: str) -> Tab:
        if role not in tabs:
            context = browser.new_context(base_url=server.url, reduced_motion="reduce")
            context.on("page", watching.follow)
            context.on("request", watching.see)
            tabs[role] = context.new_page()
            if role != ANYBODY:
                sign_in(tabs[role], role)
        return tabs[role]

    yield tab
    assert watching.violations == [], "the content security policy was violated"
    assert watching.foreign == [], "a page asked another host"
    assert watching.errors == [], "a script failed"
    for each in tabs.values():
        each.context.close()


def sign_in(tab: Tab, username: str) -> None:
    tab.goto("/accounts/login/")
    tab.locator("#id_username").fill(username)
    tab.locator("#id_password").fill(PASSWORD)
    tab.locator("main form button").click()
    tab.wait_for_selector(".menu-name")


def open_as(tab: Tab, server: Server, page: str, *, language: str, theme: str) -> None:
    cookie = {"name": "django_language", "value": language, "url": server.url}
    tab.context.add_cookies([cookie])
    tab.emulate_media(color_scheme=theme)
    answer = tab.goto(page)
    assert answer and answer.ok, f"{page}: {answer and answer.status}"


def broken_in(looks: list, tab: Tab, server: Server, path: str, prepare: Callable) -> list[str]:
    """What is broken in these looks; `prepare` brings the opened page into the state wanted."""
    found = []
    for language, theme, window in looks:
        tab.set_viewport_size(window)
        open_as(tab, server, path, language=language, theme=theme)
        prepare(tab)
        where = f"{language} {theme} {window['width']} px"
        found += [f"{where}: {line}" for line in axe.broken(tab)]
    return found


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_no_page_breaks_a_rule(page: Page, tab_of, records, server):
    tab, path = tab_of(page.role), page.path.format(**records)
    found = broken_in(PAGE_LOOKS, tab, server, path, lambda tab: tab.wait_for_selector(page.ready))
    assert found == [], "\n".join(found)


def everything_open(tab: Tab) -> None:
    """Each `details` of the page; the menus above it would cover what lies below."""
    tab.evaluate("document.querySelectorAll('main details').forEach((e) => { e.open = true; })")


def menu(number: int) -> Callable:
    def open_menu(tab: Tab) -> None:
        tab.locator(".topbar-end .menu > summary").nth(number).click()

    return open_menu


def choice_made(tab: Tab) -> None:
    tab.wait_for_selector(LABELLING)
    tab.keyboard.press("Digit2")
    tab.keyboard.press("KeyK")
    everything_open(tab)


def changing_the_last(tab: Tab) -> None:
    tab.wait_for_selector(LABELLING)
    tab.keyboard.press("Backspace")
    tab.wait_for_selector("[data-part=revision]:not([hidden])")


def nothing_chosen(tab: Tab) -> None:
    tab.wait_for_selector(LABELLING)
    tab.keyboard.press("Enter")
    tab.wait_for_function("document.querySelector('[data-part=status]').textContent !== ''")


def notices_shown(tab: Tab) -> None:
    """What a lost network, a failed clip and an empty queue show, all at once."""
    tab.wait_for_selector(LABELLING)
    tab.evaluate(
        """() => {
          for (const part of ["problem", "network", "failed", "empty"])
            document.querySelector(`[data-part=${part}]`).hidden = false;
          for (const part of ["problem-text", "network"])
            document.querySelector(`[data-part=${part}]`).textContent = document.title;
        }"""
    )


def sent_empty(tab: Tab) -> None:
    """A form that was sent without its required answers."""
    tab.evaluate("document.querySelectorAll('main form').forEach((one) => { one.noValidate = 1; })")
    tab.locator("main form .btn-primary, main form button").last.click()
    tab.wait_for_selector("main .error, main [role=alert]")


STATES = {
    "menu-preferences": ("annotator", "/accounts/password/", menu(0)),
    "menu-account": ("annotator", "/accounts/password/", menu(1)),
    "label-chosen": ("annotator", "/campaigns/{campaign}/label/", choice_made),
    "label-changing": ("annotator", "/campaigns/{campaign}/label/", changing_the_last),
    "label-refused": ("annotator", "/campaigns/{campaign}/label/", nothing_chosen),
    "label-notices": ("annotator", "/campaigns/{campaign}/label/", notices_shown),
    "label-vad-chosen": ("annotator", "/campaigns/{campaign_vad}/label/", choice_made),
    "label-multi-chosen": ("annotator", "/campaigns/{campaign_multi}/label/", choice_made),
    "release-open": ("data_manager", "/releases/{release}/", everything_open),
    "run-open": ("researcher", "/runs/{run}/", everything_open),
    "login-refused": (ANYBODY, "/accounts/login/", sent_empty),
    "password-refused": ("annotator", "/accounts/password/", sent_empty),
    "corpus-refused": ("data_manager", "/corpora/new/", sent_empty),
    "campaign-refused": ("data_manager", "/campaigns/new/", sent_empty),
    "release-refused": ("data_manager", "/releases/new/", sent_empty),
}
"""What a page shows only once something was done: who, where, what is done."""


@pytest.mark.parametrize("state", STATES)
def test_no_state_of_a_page_breaks_a_rule(state: str, tab_of, records, server):
    role, path, prepare = STATES[state]
    found = broken_in(STATE_LOOKS, tab_of(role), server, path.format(**records), prepare)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("path", ["/campaigns/cmp_unknown/", "/nowhere/"])
def test_the_page_of_a_problem_breaks_no_rule(path, tab_of):
    tab = tab_of("annotator")
    assert tab.goto(path).status == 404
    assert axe.broken(tab) == []


def test_no_rule_is_switched_off(tab_of):
    """What axe-core would run if left alone, and what it leaves out of WCAG 2.2 A and AA."""
    tab = tab_of("annotator")
    tab.goto("/")
    ran = set(axe.run(tab)["ran"])
    alone = tab.evaluate(
        """async () => { const found = await axe.run();
          return ["violations", "passes", "incomplete", "inapplicable"].flatMap((kind) =>
            found[kind].filter(({ tags }) => !tags.some((tag) => /aaa|obsolete/.test(tag)))
              .map((rule) => rule.id)); }"""
    )
    assert set(alone) - ran == set()
    assert {"target-size", "label-content-name-mismatch"} <= ran


def test_a_broken_page_is_found(tab_of):
    tab = tab_of("annotator")
    tab.goto("/")
    tab.evaluate("document.querySelector('main').innerHTML = '<h1>A</h1><img src=\"/a.png\">'")
    assert [line for line in axe.broken(tab) if line.startswith("image-alt")]
