"""What a take outlives in Chromium: refusals, no room, a reload, the end of a link."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.support import fed
from tests.support.booth import READY, asked
from tests.support.processes import wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.looks,
    pytest.mark.xdist_group("recording"),
]

WORDS = "[data-part=waiting-words]"
# No page holds a take that it is recording.
LET_GO = """async () =>
  !(await navigator.locks.query()).held.some(({ name }) => name.startsWith("speecheq.take."))"""


def test_a_server_without_room_gets_the_take_once_it_has_some(in_booth):
    problem = json.dumps({"code": "storage_full", "detail": "No room is left."})
    refused = []

    def no_room(route) -> None:
        refused.append(route.request.method)
        route.fulfill(status=507, body=problem, content_type="application/problem+json")

    with in_booth(n_prompts=1) as desk:
        desk.page.route("**/api/v1/uploads/", no_room)
        desk.begin()
        desk.speak()
        expect(desk.page.locator(WORDS)).to_contain_text("1 take is in this browser only")
        expect(desk.page.locator("[data-part=problem-text]")).to_contain_text("No room is left.")
        assert desk.takes() == []
        desk.page.unroute("**/api/v1/uploads/")
        desk.wait_for_takes(1)
        desk.wait_until_sent()
    assert refused[0] == "POST"


def test_a_piece_that_a_proxy_finds_too_large_stays_until_somebody_sends_it_again(in_booth):
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        too_large = lambda route: route.fulfill(status=413, body="<html>413</html>")  # noqa: E731
        page.route("**/api/v1/uploads/*/", too_large)
        desk.begin()
        desk.speak()
        expect(page.locator(WORDS)).to_contain_text("The server refused them; they are kept here.")
        page.unroute("**/api/v1/uploads/*/")
        page.click("[data-part=waiting-more] > summary")
        page.click("[data-part=waiting-list] button >> nth=0")
        desk.wait_for_takes(1)
        desk.wait_until_sent()


def test_what_waits_of_another_session_is_neither_told_nor_decided_on(in_booth, server):
    """Whoever records now in a shared browser need not be who spoke before."""
    other = asked(server, "seed(n_prompts=1)")["session"]
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        page.route("**/api/v1/uploads/", lambda route: route.fulfill(status=413, body="413"))
        desk.begin()
        desk.speak()
        page.click("[data-part=waiting-more] > summary")
        waiting = page.locator("[data-part=waiting-list] > li")
        expect(waiting.get_by_role("button")).to_have_count(3)
        expect(waiting).to_contain_text("The dogs are sitting by the door, number 1. · Neutral")
        page.goto(f"{server.url}/sessions/{other}/record/")
        page.wait_for_selector(READY)
        page.click("[data-part=waiting-more] > summary")
        expect(waiting.get_by_role("link")).to_have_attribute(
            "href", f"/sessions/{desk.session}/record/"
        )
        expect(waiting.get_by_role("button")).to_have_count(0)
        expect(waiting).not_to_contain_text("The dogs")
        page.unroute("**/api/v1/uploads/")
        waiting.get_by_role("link").click()
        page.wait_for_url(desk.path)
        desk.wait_for_takes(1)


def test_a_browser_without_room_says_so_and_the_take_is_sent_from_the_tab(in_booth):
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        desk.begin()
        browser = desk.context.new_cdp_session(page)
        quota = {"origin": desk.server.url, "quotaSize": 1}
        browser.send("Storage.overrideQuotaForOrigin", quota)
        desk.context.set_offline(True)
        before = desk.frames_heard()
        page.keyboard.press("Space")
        expect(page.locator("[data-part=problem-text]")).to_contain_text("no room left")
        expect(page.locator(WORDS)).to_contain_text("leave this tab open")
        said = desk.frames_heard() - before
        desk.context.set_offline(False)
        [take] = desk.wait_for_takes(1)
        desk.wait_until_sent()
        # A quarter of a second after the press that the page does itself; before it, what it held.
        assert 0.25 * fed.RATE_HZ <= len(fed.read(take["path"])) <= said + 0.31 * fed.RATE_HZ


def test_a_page_that_is_reloaded_while_somebody_speaks_keeps_what_was_said(in_booth):
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        page.on("dialog", lambda dialog: dialog.accept())
        desk.begin()
        desk.start()
        before = desk.frames_heard()
        desk.hear_more(1.2)
        said = desk.frames_heard() - before
        page.reload()
        [take] = desk.wait_for_takes(1)
        desk.wait_until_sent()
        assert take["reported"]["interrupted"] == "browser"
        assert len(fed.read(take["path"])) >= said


def test_a_tab_that_stays_open_sends_what_a_killed_one_was_recording(in_booth):
    with in_booth(n_prompts=1) as desk:
        other = desk.context.new_page()
        other.clock.install()
        other.goto(desk.path)
        other.wait_for_selector(READY)
        desk.page.bring_to_front()
        desk.begin()
        desk.start()
        desk.wait_until_kept(fed.RATE_HZ // 2)  # of less than 0.2 s nothing is made
        desk.page.close()
        wait_until(lambda: other.evaluate(LET_GO), "the browser lets go of the closed tab's take")
        other.clock.fast_forward(16_000)
        desk.page = other
        [take] = desk.wait_for_takes(1)
        assert take["reported"]["interrupted"] == "browser"


def test_a_speaker_by_link_is_thanked_when_the_session_closes_and_all_is_sent(in_booth):
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        desk.come_by_link()
        desk.begin()
        desk.start()
        asked(desk.server, f"close({desk.session!r})")
        page.wait_for_url("**/thanks/")
        assert len(desk.takes()) == 1
