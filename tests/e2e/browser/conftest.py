"""Desks: each test labels as its own person in its own campaign."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.e2e.browser.seed import PASSWORD
from tests.support.servers import Server

DESKS = 32
READY = ".labelling[data-ready][data-state=ready]"


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    """`page.goto("/")` means the served platform; said here, as a plugin would win otherwise."""
    return server.url


@pytest.fixture(scope="session")
def desks(server: Server) -> Iterator[Iterator[dict[str, str]]]:
    code = f"from tests.e2e.browser.seed import seed; seed(desks={DESKS})"
    printed = server.manage("shell", "--no-imports", "-c", code)
    yield iter(json.loads(printed.strip().splitlines()[-1]))


@dataclass
class Desk:
    """A person at a page, and what the server knows of their work."""

    page: Page
    username: str
    campaign: str

    @property
    def path(self) -> str:
        return f"/campaigns/{self.campaign}/label/"

    def sign_in(self) -> None:
        self.page.goto("/accounts/login/")
        self.page.locator("#id_username").fill(self.username)
        self.page.locator("#id_password").fill(PASSWORD)
        self.page.locator("main form button").click()
        self.page.wait_for_url(re.compile(r"/$"))

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
def desk(desks: Iterator[dict[str, str]], watched_page: Page) -> Desk:
    return Desk(watched_page, **next(desks))


@pytest.fixture
def new_desk(desks: Iterator[dict[str, str]]) -> Any:
    """A desk in a context of the test's own making, such as one without script."""

    def make(context: BrowserContext) -> Desk:
        return Desk(context.new_page(), **next(desks))

    return make
