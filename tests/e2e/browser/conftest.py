"""Desks: each test labels as its own person in its own campaign."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.support import booth as booths
from tests.support.browser import PATIENCE_MS, Watch, find_chromium
from tests.support.servers import Server
from tools.pages import ANYBODY, VISITOR

DESKS = 40  # made at once; as many again when they are taken
READY = ".labelling[data-ready][data-state=ready]"
SILENT = ".labelling:not([data-playing])"
# A short clip may be over before a busy machine looks: whether it ever played is noted on <html>.
NOTE_PLAYING = """
new MutationObserver(() => {
  if (document.querySelector(".labelling[data-playing]"))
    document.documentElement.setAttribute("data-played", "");
}).observe(document, { attributes: true, attributeFilter: ["data-playing"], subtree: true });
"""
# How many clips this page has whole: their sound and their peaks.
FETCHED = """() => {
  const whole = performance.getEntriesByType("resource").filter((one) => one.responseEnd > 0);
  const names = whole.map(({ name }) => name);
  const those = (part) => new Set(names.filter((name) => name.includes(part)));
  return Math.min(those("/audio/").size, those("/peaks/").size);
}"""
# Every script of the page listens: the load event waits for none that another one loads.
MOUNTED = """() => [...document.querySelectorAll("[data-module]")]
  .every((one) => "mounted" in one.dataset)"""
# The page has learnt that all it gave is stored, which the server knows before.
NOTHING_WAITS = """() => !Object.keys(localStorage).some((name) => name.includes(".waiting."))"""
AHEAD = 3  # clips that a page fetches beside the one it shows


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    """`page.goto("/")` means the served platform; said here, as a plugin would win otherwise."""
    return server.url


@pytest.fixture(scope="session")
def desks(server: Server) -> Iterator[dict[str, str]]:
    def made() -> Iterator[dict[str, str]]:
        for batch in itertools.count():
            names = f", slug='tones-{batch}', name='anna-{batch}-'" if batch else ""
            code = f"from tests.e2e.browser.seed import seed; seed(desks={DESKS}{names})"
            printed = server.run(code)
            yield from json.loads(printed.strip().splitlines()[-1])

    return made()


@dataclass
class Desk:
    """A person at a page, and what the server knows of their work."""

    page: Page
    server: Server
    username: str
    campaign: str

    @property
    def path(self) -> str:
        return f"/campaigns/{self.campaign}/label/"

    def sign_in(self) -> None:
        sign_in(self.page, self.server, self.username)

    def sit_down(self) -> None:
        """Sign in and open the labelling page."""
        self.page.add_init_script(NOTE_PLAYING)
        self.sign_in()
        self.page.goto(self.path)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """The page was loaded: its clip is there, and every key does what it is for."""
        self.page.wait_for_selector(READY)
        self.page.wait_for_function(MOUNTED)

    def hear_out(self) -> None:
        """Until the first clip, which plays by itself, was heard to its end."""
        self.page.wait_for_selector("html[data-played]")
        self.page.wait_for_selector(SILENT)

    def wait_for_clips(self, n: int = 1 + AHEAD) -> None:
        """Until this page has fetched `n` clips since it was loaded: those need no network."""
        self.page.wait_for_function(f"n => ({FETCHED})() >= n", arg=n)

    def assignment(self) -> str:
        return self.page.locator(".labelling").get_attribute("data-assignment") or ""

    def press(self, *codes: str) -> None:
        for code in codes:
            self.page.keyboard.press(code)

    def label(self, *codes: str) -> None:
        """Press keys and Enter; wait until the next clip is there."""
        self.page.wait_for_selector(READY)  # while a clip is fetched, Enter waits
        before = self.assignment()
        self.press(*codes, "Enter")
        self.page.wait_for_function(
            "before => document.querySelector('.labelling').dataset.assignment !== before",
            arg=before,
        )
        self.page.wait_for_selector(READY)

    def progress(self) -> dict[str, Any]:
        return self.page.request.get(f"/api/v1/campaigns/{self.campaign}/progress/").json()

    def wait_until_done(self, n: int) -> None:
        """Until the server has `n` judgements of this campaign."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while (done := self.progress()["done"]) != n:
            assert time.monotonic() < deadline, f"the server has {done} judgements, not {n}"
            self.page.wait_for_timeout(50)  # and not a sleep: routes of the test are served here

    def wait_until_told(self) -> None:
        """Until the page knows that all it gave is stored: an earlier answer can be changed."""
        self.page.wait_for_function(NOTHING_WAITS)

    def config(self) -> dict[str, Any]:
        """What a fresh page gets."""
        html = self.page.request.get(self.path).text()
        found = re.search(r'<script id="label-config" type="application/json">(.*?)</script>', html)
        assert found
        return dict(json.loads(found[1]))

    def last_answer(self) -> dict[str, Any]:
        """The caller's last answer, as a fresh page gets it."""
        return self.config()["last"]


@pytest.fixture
def desk(desks: Iterator[dict[str, str]], server: Server, watched_page: Page) -> Desk:
    return Desk(watched_page, server, **next(desks))


@pytest.fixture
def new_desk(desks: Iterator[dict[str, str]], server: Server) -> Any:
    """A desk in a context of the test's own making, such as one without script."""

    def make(context: BrowserContext) -> Desk:
        return Desk(context.new_page(), server, **next(desks))

    return make


@pytest.fixture(scope="session")
def microphones(
    playwright: Playwright,
) -> Iterator[Browser]:
    """A Chromium whose microphone beeps: started once, as each start takes a second."""
    made = playwright.chromium.launch(executable_path=find_chromium(), args=booths.flags())
    yield made
    made.close()


@pytest.fixture
def in_booth(microphones: Browser, server: Server) -> Callable[..., Any]:
    """Opens a booth of a fresh session, about which `seed` is told the rest."""

    def enter(options: dict[str, Any] | None = None, **about: Any) -> Any:
        made = booths.asked(server, f"seed(**{about!r})")
        return booths.compartment(microphones, server, made, **(options or {}))

    return enter


@pytest.fixture(scope="session")
def records(server: Server) -> dict[str, str]:
    """Ids of what was made, by the names in tools/pages.py."""
    code = "from tests.e2e.browser.furnish import furnish; furnish()"
    printed = server.run(code)
    return json.loads(printed.strip().splitlines()[-1])


@pytest.fixture(scope="session")
def tab_of(browser: Browser, server: Server, records: dict[str, str]) -> Iterator[Callable]:
    """One signed-in tab for each role, under the watch of `Watch`."""
    tabs: dict[str, Page] = {}
    watching = Watch(server.url)

    def tab(role: str) -> Page:
        if role not in tabs:
            context = browser.new_context(base_url=server.url, reduced_motion="reduce")
            context.on("page", watching.follow)
            context.on("request", watching.see)
            tabs[role] = context.new_page()
            if role == VISITOR:
                come_by_link(tabs[role], records["link"])
            elif role != ANYBODY:
                sign_in(tabs[role], server, role)
        return tabs[role]

    yield tab
    assert watching.violations == [], "the content security policy was violated"
    assert watching.foreign == [], "a page asked another host"
    assert watching.errors == [], "a script failed"
    for each in tabs.values():
        each.context.close()


def sign_in(tab: Page, server: Server, username: str) -> None:
    """Give the tab a session of `username`: typing a password takes seconds, and has its test."""
    code = f"from tests.e2e.browser.people import session; session({username!r})"
    cookie = {"name": "sessionid", "value": server.run(code).strip(), "url": server.url}
    tab.context.add_cookies([cookie])


def come_by_link(tab: Page, token: str) -> None:
    """Open a one-time link: the browser holds it from then on."""
    tab.goto(f"/s/{token}/")
    tab.locator("main form .btn-primary").click()
    tab.wait_for_url("**/sessions/**")


def open_as(tab: Page, server: Server, page: str, *, language: str, theme: str) -> None:
    cookie = {"name": "django_language", "value": language, "url": server.url}
    tab.context.add_cookies([cookie])
    tab.emulate_media(color_scheme=theme)
    answer = tab.goto(page)
    assert answer and answer.ok, f"{page}: {answer and answer.status}"
