"""WCAG 2.2 AA on every page there is, light and dark, wide and narrow, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from tests.e2e.browser.conftest import READY, open_as
from tests.support import axe
from tests.support.servers import Server
from tools.pages import ANYBODY, LABELLING, LINKED_PAGES, PAGES, VISITOR, Page

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.looks]
# With a server of their own they take as long as all others that look at pages.
pytestmark.append(pytest.mark.xdist_group("axe"))

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
REFLOW = {"width": 320, "height": 640}
ALL_PAGES = [*PAGES, *LINKED_PAGES]
# Language, theme and window of each look: together with the states below every pair is seen.
PAGE_LOOKS = [("en", "light", WIDE), ("zh-hans", "dark", NARROW)]
STATE_LOOKS = [("en", "dark", WIDE), ("zh-hans", "light", NARROW)]

# Parts of a page that fetch themselves anew are not exchanged below axe's eyes.
STAY = """() => {
  for (const name of ["htmx:beforeRequest", "htmx:beforeSwap"])
    document.addEventListener(name, (event) => event.preventDefault(), true);
}"""


def broken_in(looks: list, tab: Tab, server: Server, path: str, prepare: Callable) -> list[str]:
    """What is broken in these looks; `prepare` brings the opened page into the state wanted."""
    found = []
    for language, theme, window in looks:
        tab.set_viewport_size(window)
        open_as(tab, server, path, language=language, theme=theme)
        prepare(tab)
        tab.evaluate(STAY)
        stretch(tab, window)
        where = f"{language} {theme} {window['width']} px"
        found += [f"{where}: {line}" for line in axe.broken(tab)]
        found += [f"{where}: {line}" for line in [*colour_alone(tab), *runs_over(tab)]]
    return found


def stretch(tab: Tab, window: dict[str, int]) -> None:
    """Make the window as high as the page: bars that stick to its edges then cover nothing."""
    height = tab.evaluate("document.documentElement.scrollHeight")
    tab.set_viewport_size({**window, "height": max(window["height"], height + 100)})


def colour_alone(tab: Tab) -> list[str]:
    """Swatches without a word beside them, cells of a heat map without a number, and the like."""
    return tab.evaluate(
        """() => [...document.querySelectorAll(".swatch, td[class*=heat-], .badge, progress")]
          .filter((one) => !one.closest("[hidden]"))
          .filter((one) => {
            const alone = !one.matches(".swatch, progress");
            const near = alone ? one : one.parentElement.closest("tr, li, label, figure, div, dd");
            return !near.textContent.trim();
          }).map((one) => `colour alone: ${one.outerHTML}`.slice(0, 120))"""
    )


def runs_over(tab: Tab) -> list[str]:
    """What is wider than a window of 320 px, or one of 1280 px at four times its size (1.4.10)."""
    tab.set_viewport_size(REFLOW)
    tab.wait_for_function("width => innerWidth === width", arg=REFLOW["width"])
    # What follows its own size, such as a waveform, does so in the frame after.
    tab.evaluate("() => new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(f)))")
    return tab.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
          [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 &&
              one.checkVisibility() &&
              !one.closest(".table-wrap, .mainnav, .skip, details:not([open]) > :not(summary)"))
            .map((one) => `runs over: ${one.tagName}.${one.className}`.slice(0, 90)).slice(0, 5)
            .concat(`${document.documentElement.scrollWidth} px wide at ${innerWidth} px`)"""
    )


@pytest.mark.parametrize("page", ALL_PAGES, ids=[page.name for page in ALL_PAGES])
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
    tab.wait_for_selector(f"{READY}[data-revising]")  # while its sound is fetched, all is pale


def nothing_chosen(tab: Tab) -> None:
    # What another state began on this clip comes back with the page: forget it.
    address = tab.url
    tab.goto("/")
    tab.evaluate("() => localStorage.clear()")
    tab.goto(address)
    tab.wait_for_selector(LABELLING)
    tab.keyboard.press("Enter")
    expect(tab.locator("[data-part=status]")).not_to_be_empty()


def notices_shown(tab: Tab) -> None:
    """What a lost network, a failed clip and an empty queue show, all at once."""
    tab.wait_for_selector(LABELLING)
    tab.evaluate(
        """() => {
          for (const part of document.querySelectorAll(".labelling [data-part][hidden]")) {
            part.hidden = false;
            if (!part.matches("ul") && !part.textContent.trim() && !part.children.length)
              part.textContent = "!";
          }
        }"""
    )


def all_of_recording(tab: Tab) -> None:
    """Every part of the recorder page at once: prompt, verdict, takes, what waits, what failed."""
    tab.wait_for_selector(".recorder[data-ready]")
    tab.evaluate(
        """() => {
          for (const part of document.querySelectorAll(".recorder [hidden]:not(audio)")) {
            part.hidden = false;
            if (!part.textContent.trim() && !part.children.length && !part.matches("ul, ol"))
              part.textContent = "!";
          }
          for (const place of document.querySelectorAll(".recorder [data-part$=-text]"))
            place.textContent ||= "The dogs are sitting by the door.";
          for (const place of document.querySelectorAll(".recorder h2:empty, .recorder dd:empty"))
            place.textContent = "!";
          for (const select of document.querySelectorAll(".recorder select:empty"))
            select.append(new Option("Microphone"));
        }"""
    )
    everything_open(tab)


def all_of_editor(tab: Tab) -> None:
    """The editor of a long recording while somebody else's regions are shown."""
    tab.wait_for_selector("form[data-ready]")
    tab.evaluate(
        """() => {
          for (const part of document.querySelectorAll("form [data-part][hidden]")) {
            part.hidden = false;
            if (!part.textContent.trim() && part.matches("p")) part.textContent = "!";
          }
        }"""
    )
    everything_open(tab)


def sent_empty(tab: Tab) -> None:
    """A form that was sent without its required answers."""
    tab.evaluate("document.querySelectorAll('main form').forEach((one) => { one.noValidate = 1; })")
    with tab.expect_navigation():
        tab.locator("main form .btn-primary, main form button").last.click()
    tab.wait_for_selector("main .error, main [role=alert]")


def under_18(tab: Tab) -> None:
    """The guardian's fields, with what is missing in them."""
    tab.locator("input[name=age][value=minor]").check()
    tab.locator("input[name=purposes]").first.check()
    tab.locator("#id_signed_name").fill("Anna Example")
    with tab.expect_navigation():
        tab.locator("main form .btn-primary").click()
    tab.wait_for_selector(".guardian .error")


def somebody_invited(tab: Tab) -> None:
    """The link to send to whom one has invited."""
    tab.locator("#id_username").fill(f"guest-{uuid4().hex[:8]}")
    with tab.expect_navigation():
        tab.locator("main form .btn-primary").click()
    tab.wait_for_selector("[data-copy]:not([hidden])")


def link_made(tab: Tab) -> None:
    """The link to send to a speaker, shown once."""
    with tab.expect_navigation():
        tab.locator("form[action$='/links/'] button").click()
    tab.wait_for_selector(".new-link [data-copy]:not([hidden])")


STATES = {
    "menu-preferences": ("annotator", "/accounts/password/", menu(0)),
    "menu-account": ("annotator", "/accounts/password/", menu(1)),
    "label-chosen": ("annotator", "/campaigns/{campaign}/label/", choice_made),
    "label-changing": ("annotator", "/campaigns/{campaign}/label/", changing_the_last),
    "label-refused": ("annotator", "/campaigns/{campaign}/label/", nothing_chosen),
    "label-notices": ("annotator", "/campaigns/{campaign}/label/", notices_shown),
    "label-vad-chosen": ("annotator", "/campaigns/{campaign_vad}/label/", choice_made),
    "label-multi-chosen": ("annotator", "/campaigns/{campaign_multi}/label/", choice_made),
    "recorder-all": (
        "session_operator",
        "/sessions/{session}/record/",
        all_of_recording,
    ),
    "link-unopened": (ANYBODY, "/s/{link_unopened}/", everything_open),
    "consent-by-link": (VISITOR, "/sessions/{session_linked}/consent/", sent_empty),
    "long-conflict": ("session_operator", "/long/{long}/", all_of_editor),
    "release-open": ("data_manager", "/releases/{release}/", everything_open),
    "run-open": ("researcher", "/runs/{run}/", everything_open),
    "people-invited": ("data_manager", "/people/", somebody_invited),
    "login-refused": (ANYBODY, "/accounts/login/", sent_empty),
    "password-refused": ("annotator", "/accounts/password/", sent_empty),
    "corpus-refused": ("data_manager", "/corpora/new/", sent_empty),
    "campaign-refused": ("data_manager", "/campaigns/new/", sent_empty),
    "session-refused": ("session_operator", "/sessions/new/", sent_empty),
    "session-open": ("session_operator", "/sessions/{session}/", everything_open),
    "session-link-made": ("session_operator", "/sessions/{session}/", link_made),
    "release-refused": ("data_manager", "/releases/new/", sent_empty),
    # recording: consent
    "consent-refused": ("session_operator", "/sessions/{session_unsigned}/consent/", sent_empty),
    "consent-of-a-minor": ("session_operator", "/sessions/{session_unsigned}/consent/", under_18),
    "withdraw-refused": ("session_operator", "/speakers/{speaker}/withdraw/", sent_empty),
    "consent-text-refused": ("data_manager", "/consent-texts/new/", sent_empty),
    "receipt-open": ("session_operator", "/consents/{consent}/", everything_open),
}
"""What a page shows only once something was done: who, where, what is done."""


@pytest.mark.parametrize("state", STATES)
def test_no_state_of_a_page_breaks_a_rule(state: str, tab_of, records, server):
    role, path, prepare = STATES[state]
    found = broken_in(STATE_LOOKS, tab_of(role), server, path.format(**records), prepare)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("path", ["/campaigns/cmp_unknown/", "/nowhere/", "/s/nowhere/"])
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
