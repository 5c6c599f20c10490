"""Desks: each test labels as its own person in its own campaign."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.support import booth as booths
from tests.support.browser import Watch, find_chromium
from tests.support.servers import Server
from tools.pages import ANYBODY, VISITOR

DESKS = 40  # made at once; as many again when they are taken
READY = ".labelling[data-ready][data-state=ready]"


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
        self.sign_in()
        self.page.goto(self.path)
        self.page.wait_for_selector(READY)

    def assignment(self) -> str:
        return self.page.locator(".labelling").get_attribute("data-assignment") or ""

    def press(self, *codes: str) -> None:
        for code in codes:
            self.page.keyboard.press(code)

    def label(self, *codes: str) -> None:
        """Press keys and Enter; wait until the next clip is there."""
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
        for _ in range(100):
            if self.progress()["done"] == n:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the server has {self.progress()['done']} judgements, not {n}")

    def last_answer(self) -> dict[str, Any]:
        """The caller's last answer, as a fresh page gets it."""
        html = self.page.request.get(self.path).text()
        found = re.search(r'<script id="label-config" type="application/json">(.*?)</script>', html)
        assert found
        return json.loads(found[1])["last"]


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
