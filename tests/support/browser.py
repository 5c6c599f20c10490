"""Chromium driven by pytest-playwright, and a watch on what a page must never do."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, Request, expect

from tests.support.servers import Server

# Playwright leaves an event loop behind in its worker, where Django then refuses every query.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Bounds a broken run; what a test waits for comes when the machine has time for it.
PATIENCE_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Debian's Chromium without windows: the same engine at three quarters of the CPU.
PROGRAMS = ("chromium-headless-shell", *BROWSERS)


def find_chromium(programs: Sequence[str] = PROGRAMS) -> str:
    """Path of a Chromium that the system installed. Skips, loudly, without one."""
    for program in programs:
        found = shutil.which(program)
        if found:
            return found
    pytest.skip("No Chromium: install the package `chromium`, or run `make test` as root.")


def launch_flags() -> list[str]:
    """What Chromium is started with: sound without a press first, and root where we are root."""
    flags = ["--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage"]
    return [*flags, "--no-sandbox"] if os.getuid() == 0 else flags


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = {"executable_path": find_chromium(), "args": launch_flags()}
    return {**browser_type_launch_args, **chromium}


@pytest.fixture(autouse=True, scope="session")
def _patient_contexts() -> Iterator[None]:
    """Every browser and context waits as long as `expect` does, whoever makes it."""

    def patient(make: Callable[..., Any], **options: Any) -> Callable[..., Any]:
        @functools.wraps(make)
        def making(*given: Any, **more: Any) -> Any:
            made = make(*given, **options | more)
            if isinstance(made, BrowserContext):
                made.set_default_timeout(PATIENCE_MS)
            return made

        return making

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Browser, "new_context", patient(Browser.new_context))
        for name in ("launch", "launch_persistent_context"):
            start = patient(getattr(BrowserType, name), timeout=PATIENCE_MS)
            patch.setattr(BrowserType, name, start)
        yield


@pytest.fixture(autouse=True, scope="session")
def _waits_that_last() -> Iterator[None]:
    """`wait_for_function` takes a function that answers at once, and nothing else.

    Playwright evaluates an expression anew each time it asks, which our content security policy
    forbids from the second time on; and it takes the promise of an async function for "yes".
    """
    wait = Page.wait_for_function

    @functools.wraps(wait)
    def waiting(page: Page, expression: str, **more: Any) -> Any:
        head = expression.partition("=>")
        assert head[1] and not head[0].lstrip().startswith("async"), f"no function: {expression}"
        return wait(page, expression, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Page, "wait_for_function", waiting)
        yield


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    """`page.goto("/")` means the served platform."""
    return server.url


class Watch:
    """What pages of a context said and asked for."""

    def __init__(self, own: str):
        self.own = own
        self.violations: list[str] = []
        self.errors: list[str] = []
        self.foreign: list[str] = []

    def follow(self, page: Page) -> None:
        page.on("console", lambda message: self.hear(message.type, message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def hear(self, kind: str, text: str) -> None:
        if "Content Security Policy" in text or "Content-Security-Policy" in text:
            self.violations.append(text)
        elif kind == "error" and "Failed to load resource" not in text:
            self.errors.append(text)

    def see(self, request: Request) -> None:
        if not request.url.startswith((self.own, "data:", "blob:", "about:")):
            self.foreign.append(request.url)


@pytest.fixture
def watch(context: BrowserContext, server: Server) -> Iterator[Watch]:
    """Fails the test whose pages broke the CSP, threw, or asked another host for anything."""
    watching = Watch(server.url)
    context.on("page", watching.follow)
    context.on("request", watching.see)
    yield watching
    assert watching.violations == [], "the content security policy was violated"
    assert watching.foreign == [], "a page asked another host"
    assert watching.errors == [], "a script failed"


@pytest.fixture
def watched_page(watch: Watch, page: Page) -> Page:
    """A page under watch: see `watch`."""
    return page
