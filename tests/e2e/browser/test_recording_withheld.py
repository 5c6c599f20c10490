"""A consent that is taken back while takes are on their way, in Chromium: none is called refused
that the server has, none goes on that it has not, and what cannot be known is said to be so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Route, expect

from tests.support.booth import Booth, asked

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.looks,
    pytest.mark.xdist_group("recording"),
]

PLACES = "**/api/v1/sessions/*/takes/"
PIECES = "**/api/v1/uploads/*/"
PATIENCE_MS = 60_000


def withheld(page: Page):
    return page.locator("[data-part=withheld-words]")


def unsaid(page: Page):
    return page.locator("[data-part=unsaid]")


def look_again(page: Page) -> None:
    """As the browser does when the network is back: nobody waits for the next attempt."""
    page.evaluate("dispatchEvent(new Event('online'))")


def take_back(desk: Booth) -> None:
    """By somebody else; the page has learnt it once this returns."""
    asked(desk.server, f"withdraw({desk.session!r})")
    expect(desk.page.locator("[data-part=blocked-words]")).to_contain_text(
        "taken back", timeout=PATIENCE_MS
    )


@contextmanager
def losing_answers(page: Page, *, arrives: bool = True) -> Iterator[None]:
    """The server is asked to make a take, or not even that, and no answer comes through."""

    def lose(route: Route) -> None:
        with suppress(PlaywrightError):  # the page has gone on meanwhile
            if arrives:
                route.fetch()
            route.abort()

    page.route(PLACES, lose)
    yield
    page.unroute(PLACES, lose)


def test_a_take_whose_answer_was_lost_is_known_as_stored_after_the_consent_was_taken_back(in_booth):
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        desk.begin()
        with losing_answers(page):
            desk.speak()
            desk.wait_for_takes(1)
            expect(page.locator("[data-part=waiting]")).to_be_visible()
            take_back(desk)
        look_again(page)
        expect(page.locator("[data-part=waiting]")).to_be_hidden(timeout=PATIENCE_MS)
        expect(page.locator("[data-part=withheld]")).to_be_hidden()
        assert len(desk.takes()) == 1


def test_one_whose_question_was_lost_is_withheld_once_the_server_has_said_so(in_booth):
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        desk.begin()
        with losing_answers(page, arrives=False):
            with page.expect_request(lambda request: request.url.endswith("/takes/")):
                desk.speak()
            take_back(desk)
            expect(withheld(page)).to_be_hidden()
        look_again(page)
        expect(withheld(page)).to_contain_text("1 take was recorded", timeout=PATIENCE_MS)
        assert desk.takes() == []


ANSWERS = [
    (401, "not_authenticated", "You are signed out"),
    (403, "forbidden", "You are signed out, or may not look"),
    (429, "throttled", "too many requests"),
    (503, "error", "The server has a fault"),
]


def test_beside_the_recorder_a_take_is_not_called_refused_before_the_server_has_said_so(in_booth):
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
        answer = {"status": 503, "body": "{}"}

        def refuse(route: Route) -> None:
            route.fulfill(content_type="application/problem+json", **answer)

        desk.begin()
        with losing_answers(page):
            desk.speak()
            desk.wait_for_takes(1)
            take_back(desk)
            page.goto(f"/sessions/{desk.session}/consent/")
            expect(unsaid(page)).to_contain_text("cannot be reached", timeout=PATIENCE_MS)
            page.route(PLACES, refuse)  # which comes before the other
            for status, code, words in ANSWERS:
                answer |= {"status": status, "body": json.dumps({"code": code, "detail": "No."})}
                look_again(page)
                expect(unsaid(page)).to_contain_text(words, timeout=PATIENCE_MS)
                expect(page.locator("[data-part=withheld]")).to_be_hidden()
        page.unroute(PLACES, refuse)
        look_again(page)
        expect(unsaid(page)).to_be_hidden(timeout=PATIENCE_MS)
        expect(page.locator("[data-part=withheld]")).to_be_hidden()
        assert len(desk.takes()) == 1


def never_answered(route: Route) -> None:
    if route.request.method != "PATCH":
        route.continue_()


def test_an_upload_under_way_ends_with_the_consent_and_its_take_can_be_deleted(in_booth):
    """The piece that is being sent never gets an answer: nobody waits for it."""
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        page.route(PIECES, never_answered)
        desk.begin()
        with page.expect_request(lambda request: request.method == "PATCH"):
            desk.speak()
        assert asked(desk.server, f"uploads({desk.session!r})") == 1
        take_back(desk)
        expect(withheld(page)).to_contain_text("1 take was recorded", timeout=PATIENCE_MS)
        assert asked(desk.server, f"uploads({desk.session!r})") == 0
        page.on("dialog", lambda dialog: dialog.accept())
        with page.expect_request(lambda request: request.method == "DELETE"):
            page.click("[data-part=withheld-delete]")
        expect(withheld(page)).to_contain_text("Deleted.")
        assert desk.takes() == []


def test_a_consent_taken_back_in_another_tab_ends_the_take_in_this_one(in_booth):
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        desk.come_by_link()
        desk.begin()
        desk.start()
        other = desk.context.new_page()
        other.goto(f"{desk.server.url}/sessions/{desk.session}/consent/")
        other.get_by_role("link", name="Take something back").click()
        other.locator("input[name=purposes][value=record]").check()
        other.get_by_role("button", name="Take back").click()
        expect(other.locator("h1")).to_have_text("The consent was taken back")

        expect(page.locator("[data-part=blocked-words]")).to_contain_text(
            "taken back", timeout=PATIENCE_MS
        )
        expect(withheld(page)).to_contain_text("1 take was recorded", timeout=PATIENCE_MS)
        expect(page.locator(".recorder")).not_to_have_attribute("data-phase", "recording")
        assert desk.takes() == []

        other.reload()
        expect(withheld(other)).to_contain_text("1 take was recorded", timeout=PATIENCE_MS)
        other.on("dialog", lambda dialog: dialog.accept())
        other.click("[data-part=withheld-delete]")
        expect(withheld(other)).to_contain_text("Deleted.")
        expect(page.locator("[data-part=withheld]")).to_be_hidden(timeout=PATIENCE_MS)
