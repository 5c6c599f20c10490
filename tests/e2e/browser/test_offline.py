"""Labelling while the network, the session or the storage fails: nothing is lost, all is said."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import AHEAD, READY, Desk
from tests.e2e.browser.people import PASSWORD
from tests.support.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

ANSWERS = [
    ("Digit2", "KeyJ", "HAP", 1),
    ("Digit3", "KeyK", "ANG", 2),
    ("Digit4", "KeyL", "SAD", 3),
    ("Digit5", "KeyJ", "FEA", 1),
]


def pending(desk):
    return desk.page.locator("[data-part=pending]")


def kept(desk) -> list[str]:
    """Labels of what the browser keeps, oldest first."""
    found = desk.page.evaluate(
        """() => Object.keys(localStorage).filter((name) => name.includes(".waiting.")).sort()
            .map((name) => localStorage.getItem(name))"""
    )
    return [json.loads(entry)["body"]["labels"][0]["esc"] for entry in found]


def stored(server, desk) -> list[tuple[str, int]]:
    """What the server has of this person, in the order in which it came."""
    code = (
        "import json; from annotation.models import Annotation as A; "
        f"rows = A.objects.filter(annotator__username={desk.username!r}).order_by('pk'); "
        "print(json.dumps([[l.esc, l.eis] for a in rows for l in a.labels.all()]))"
    )
    printed = server.run(code)
    return [tuple(row) for row in json.loads(printed.strip().splitlines()[-1])]


def test_four_labels_given_offline_arrive_once_and_in_order_after_the_tab_was_closed(desk, server):
    desk.sit_down()
    desk.wait_for_clips()
    context = desk.page.context
    context.set_offline(True)
    expect(pending(desk)).to_contain_text("What you label is kept here")
    for emotion, level, *_ in ANSWERS[:3]:
        desk.label(emotion, level)
    desk.press(ANSWERS[3][0], ANSWERS[3][1], "Enter")
    expect(pending(desk)).to_contain_text("4 labels are kept here")
    assert kept(desk) == ["HAP", "ANG", "SAD", "FEA"]
    pending(desk).get_by_text("Show them").click()
    expect(pending(desk).locator("li").first).to_contain_text("Happy 1 — not sent yet")
    desk.page.close()
    context.set_offline(False)
    desk.page = context.new_page()
    desk.page.goto(desk.path)
    desk.wait_until_done(4)
    assert stored(server, desk) == [(esc, eis) for *_, esc, eis in ANSWERS]
    desk.wait_until_told()
    expect(pending(desk)).to_be_hidden()
    assert kept(desk) == []


def test_two_tabs_send_each_label_once(desk, server):
    desk.sit_down()
    context = desk.page.context
    desk.wait_for_clips()
    other = context.new_page()
    other.goto(desk.path)
    other.wait_for_selector(READY)
    context.set_offline(True)
    desk.label("Digit2", "KeyJ")
    desk.label("Digit3", "KeyK")
    expect(other.locator("[data-part=pending]")).to_contain_text("2 labels")
    context.set_offline(False)
    desk.wait_until_done(2)
    for page in (desk.page, other):
        expect(page.locator("[data-part=pending]")).to_be_hidden()
    assert stored(server, desk) == [("HAP", 1), ("ANG", 2)]


def test_two_tabs_show_no_clip_twice(desk, server):
    desk.sit_down()
    other = desk.page.context.new_page()
    other.goto(desk.path)
    other.wait_for_selector(READY)
    first = desk.assignment()
    desk.label("Digit2", "KeyJ")
    moved_on = "first => document.querySelector('.labelling').dataset.assignment !== first"
    other.wait_for_function(moved_on, arg=first)
    expect(other.locator("[data-part=status]")).to_contain_text("in another tab")
    second = desk.assignment()
    other.wait_for_selector(READY)
    other.keyboard.press("KeyS")  # given back there
    desk.page.wait_for_function(moved_on, arg=second)
    desk.label("Digit3", "KeyK")
    desk.wait_until_done(2)
    assert stored(server, desk) == [("HAP", 1), ("ANG", 2)]
    assert desk.progress()["skipped"] == 1
    expect(pending(desk)).to_be_hidden()


def test_what_was_answered_on_another_device_is_passed_by(desk, browser, server):
    desk.sit_down()
    first = desk.assignment()
    device = browser.new_context(base_url=server.url)
    elsewhere = Desk(device.new_page(), desk.server, desk.username, desk.campaign)
    elsewhere.sit_down()
    assert elsewhere.assignment() == first
    elsewhere.label("Digit2", "KeyJ")
    elsewhere.wait_until_done(1)
    device.close()
    desk.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    desk.page.wait_for_function(
        "first => document.querySelector('.labelling').dataset.assignment !== first", arg=first
    )
    desk.label("Digit3", "KeyK")
    desk.wait_until_done(2)
    assert stored(server, desk) == [("HAP", 1), ("ANG", 2)]
    expect(pending(desk)).to_be_hidden()


def test_what_waits_to_be_sent_is_not_offered_again_after_a_reload(desk, server):
    desk.sit_down()
    page = desk.page
    page.route(re.compile("/submit/$"), lambda route: route.abort())
    desk.label("Digit2", "KeyJ")
    desk.label("Digit3", "KeyK")
    waits = desk.assignment()
    page.reload()
    page.wait_for_selector(READY)
    assert desk.assignment() == waits
    page.unroute(re.compile("/submit/$"))
    page.reload()
    page.wait_for_selector(READY)
    desk.label("Digit4", "KeyL")
    desk.wait_until_done(3)
    assert stored(server, desk) == [("HAP", 1), ("ANG", 2), ("SAD", 3)]
    expect(pending(desk)).to_be_hidden()


def test_a_paused_campaign_is_said_and_goes_on_by_itself(desk, server):
    def become(state: str) -> None:
        change = f"Campaign.objects.filter(public_id={desk.campaign!r}).update(state={state!r})"
        code = f"from annotation.models import Campaign; {change}"
        server.run(code)

    desk.sign_in()
    become("paused")
    page = desk.page
    page.goto(desk.path)
    empty = page.locator("[data-part=empty]")
    expect(empty).to_contain_text("The campaign takes no labels just now.")
    expect(page.locator("[data-part=problem]")).to_be_hidden()
    become("open")
    page.wait_for_selector(READY)
    expect(empty).to_be_hidden()
    expect(page.locator("[data-part=problem]")).to_be_hidden()


def test_after_the_session_ended_labels_wait_for_the_person_to_sign_in(desk, server):
    desk.sit_down()
    page = desk.page
    desk.wait_for_clips()
    page.context.clear_cookies()
    desk.label("Digit2", "KeyJ")
    expect(pending(desk)).to_contain_text("You are signed out. One label is kept here")
    desk.label("Digit3", "KeyK")
    with page.context.expect_page() as opened:
        pending(desk).get_by_role("link", name=re.compile("Sign in again")).click()
    tab = opened.value
    tab.locator("#id_username").fill(desk.username)
    tab.locator("#id_password").fill(PASSWORD)
    tab.locator("main form button").click()
    tab.wait_for_selector(READY)
    desk.wait_until_done(2)  # that tab may send them: one that is closed sends nothing more
    tab.close()
    page.bring_to_front()
    assert stored(server, desk) == [("HAP", 1), ("ANG", 2)]
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(pending(desk)).to_be_hidden()


def test_a_refused_label_stays_listed_with_its_reason_and_values(desk):
    desk.sit_down()
    page = desk.page
    problem = json.dumps({"code": "bad_labels", "detail": "EIS 9 is not one of 0, 1, 2, 3."})
    page.route(
        re.compile("/submit/$"),
        lambda route: route.fulfill(
            status=422, body=problem, content_type="application/problem+json"
        ),
        times=1,
    )
    first = desk.assignment()
    desk.label("Digit2", "KeyJ")
    expect(pending(desk)).to_contain_text("One label was refused")
    pending(desk).get_by_text("Show them").click()
    expect(pending(desk).locator("li")).to_contain_text(re.compile("Happy 1.*EIS 9 is not one of"))
    page.locator("h1").click()  # Enter would close the list
    desk.label("Digit4", "KeyL")
    assert desk.assignment() == first
    expect(page.locator("input[name=esc][value=HAP]")).to_be_checked()
    desk.label("KeyK")
    desk.wait_until_done(2)
    expect(pending(desk)).to_be_hidden()


# Runs inside the served platform: the campaign goes on with a newer version of its scheme.
MOVE_ON = """
from django.db import models
from annotation.models import Assignment, Campaign, Item, Scheme
campaign = Campaign.objects.get(public_id="{campaign}")
scheme = Scheme.objects.get(pk=campaign.scheme_id)
scheme.pk, scheme.version = None, 2 + Scheme.objects.count()
scheme.save()
campaign.scheme = scheme
campaign.save()
"""
# Its open clips go to others, who label them.
GIVE_AWAY = """
held = Assignment.objects.open().filter(campaign=campaign)
items = Item.objects.filter(pk__in=held.values("item"))
items.update(leased=0, free=0, done=models.F("needed"))
held.update(state="expired")
"""


def test_labels_given_offline_are_sent_on_though_the_scheme_and_their_clips_went_on(desk, server):
    desk.sit_down()
    page = desk.page
    desk.label("Digit2", "KeyJ")
    desk.wait_until_done(1)
    desk.wait_for_clips(2 + AHEAD)
    desk.wait_until_told()
    context = page.context
    context.set_offline(True)
    desk.press("Backspace")
    page.wait_for_selector(f"{READY}[data-revising]")
    desk.press("Digit4", "KeyL", "Enter")
    page.wait_for_selector(f"{READY}:not([data-revising])")
    given = desk.assignment()
    desk.label("Digit3", "KeyK")
    expect(pending(desk)).to_contain_text("2 labels are kept here")
    page.goto("about:blank")  # a page that is closed is online for its last moment, and sends
    page.close()
    code = (MOVE_ON + GIVE_AWAY).format(campaign=desk.campaign)
    server.run(code)
    context.set_offline(False)
    desk.page = page = context.new_page()
    page.goto(desk.path)
    page.wait_for_selector(READY)
    expect(pending(desk)).to_contain_text("2 labels were refused")
    pending(desk).get_by_text("Show them").click()
    refused = pending(desk).locator("li")
    expect(refused).to_have_count(2)
    change, answer = refused.first, refused.last
    expect(answer).to_contain_text("Angry 2")
    answer.get_by_role("button", name="Open in the form").click()
    expect(page.locator("[data-part=revision]")).to_contain_text("It replaces the refused one")
    assert desk.assignment() == given
    expect(page.locator("input[name=esc][value=ANG]")).to_be_checked()
    page.wait_for_selector(f"{READY}[data-revising]")  # while its sound is fetched, Enter waits
    desk.press("KeyL", "Enter")
    expect(pending(desk)).to_contain_text("One label was refused")
    expect(change).to_contain_text("Sad 3")
    change.get_by_role("button", name="Send on the new labels").click()
    expect(pending(desk)).to_be_hidden()  # what is under way does not wait
    wait_until(lambda: len(stored(server, desk)) == 3, "the last label is stored")
    assert stored(server, desk) == [("HAP", 1), ("ANG", 3), ("SAD", 3)]


def test_a_page_on_an_older_scheme_says_so_and_keeps_the_values(desk, server):
    desk.sit_down()
    page = desk.page
    desk.wait_for_clips()  # of the campaign as it was
    server.run(MOVE_ON.format(campaign=desk.campaign))
    first = desk.assignment()
    desk.label("Digit2", "KeyJ")
    expect(pending(desk)).to_contain_text("One label was refused")
    pending(desk).get_by_text("Show them").click()
    with page.expect_navigation():
        pending(desk).get_by_role("button", name="Load the new labels").click()
    page.wait_for_selector(READY)
    assert desk.assignment() == first
    expect(page.locator("input[name=esc][value=HAP]")).to_be_checked()
    desk.label("KeyJ")
    desk.wait_until_done(1)


def test_a_full_storage_is_said_and_the_label_still_sent(desk, server):
    desk.sit_down()
    page = desk.page
    desk.wait_for_clips()
    page.evaluate(
        """() => {
          let size = 5 * 2 ** 20;
          for (let n = 0; size >= 1; n++) {
            try { localStorage.setItem(`fill${n}`, "x".repeat(size)); }
            catch { size = Math.floor(size / 2); }
          }
        }"""
    )
    page.context.set_offline(True)
    desk.label("Digit2", "KeyJ")
    expect(pending(desk)).to_contain_text("One label is in this tab only")
    page.context.set_offline(False)
    desk.wait_until_done(1)
    expect(pending(desk)).to_be_hidden()
    assert stored(server, desk) == [("HAP", 1)]
