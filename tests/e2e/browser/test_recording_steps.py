"""Somebody else steps in while the recorder page is open: the operator, a withdrawal, the end."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.booth import asked

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.looks,
    pytest.mark.xdist_group("recording"),
]

TAKES = "**/api/v1/sessions/*/takes/?*"


def test_the_operator_follows_asks_once_more_pauses_and_notes(in_booth):
    with in_booth(n_prompts=2) as desk:
        operator = desk.context.new_page()
        refused = []

        def fail_once(route) -> None:
            """A list that could not be read is read again, without a press."""
            refused.append(route.request.url)
            route.abort("connectionreset")

        operator.goto(f"/sessions/{desk.session}/operate/")
        operator.wait_for_selector("[data-ready]")
        desk.page.bring_to_front()
        desk.begin()
        operator.route(TAKES, fail_once, times=1)
        desk.speak()
        desk.page.keyboard.press("ArrowRight")
        expect(operator.locator("[data-part=takes] > li")).to_have_count(1)
        assert len(refused) == 1
        expect(operator.locator("[data-part=state]")).to_have_text("Ready to record")
        expect(operator.locator("[data-part=again-which]")).to_have_text("Prompt 1 of 2")
        operator.keyboard.press("KeyA")
        expect(desk.page.locator("[data-part=where]")).to_contain_text("Prompt 1 of 2")
        expect(desk.page.locator("[data-part=asked]")).to_be_visible()

        operator.keyboard.press("KeyS")
        expect(desk.page.locator("[data-part=blocked-words]")).to_contain_text("paused")
        expect(desk.page.locator("[data-part=main]")).to_be_disabled()
        expect(operator.locator("[data-part=state]")).to_have_text("Paused")
        expect(operator.locator("[data-meter=value]")).to_have_text("–")
        expect(operator.locator("[data-meter=word]")).to_have_text("not recording")
        operator.keyboard.press("KeyS")
        expect(desk.page.locator("[data-part=main]")).to_be_enabled()

        take = operator.locator("[data-part=takes] > li")
        choose = take.locator("[data-choose]")
        expect(choose).to_have_attribute("aria-pressed", "false")  # a beep is no speech
        choose.click()
        expect(choose).to_have_attribute("aria-pressed", "true")
        operator.reload()
        expect(take).to_have_count(1)
        expect(take).to_contain_text("Take 1")

        operator.fill("[data-part=note]", "A door was slammed.")
        operator.keyboard.press("Control+Enter")
        expect(operator.locator("[data-part=status]")).to_have_text("Noted.")


def taken_back_while_recording(desk) -> None:
    """One take that the server does not accept."""
    desk.begin()
    desk.start()
    asked(desk.server, f"withdraw({desk.session!r})")
    # Nothing is pressed where the page has learnt of it by itself meanwhile.
    desk.page.keyboard.press("Space")
    expect(desk.page.locator("[data-part=blocked-words]")).to_contain_text("taken back")
    expect(withheld(desk.page)).to_contain_text("1 take was recorded or sent after")


def withheld(page):
    return page.locator("[data-part=withheld-words]")


def test_a_consent_taken_back_while_recording_stops_it_and_offers_to_delete_what_was_refused(
    in_booth,
):
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        taken_back_while_recording(desk)
        expect(page.locator("[data-part=main]")).to_be_disabled()
        for other in ("waiting", "problem", "verdict"):
            expect(page.locator(f"[data-part={other}]")).to_be_hidden()
        assert desk.takes() == []

        sent = []
        page.on("request", lambda request: sent.append(request.url))
        page.goto(desk.path)  # which leads on
        expect(page.locator("h1")).to_have_text("The consent was taken back")
        expect(withheld(page)).to_contain_text("in this browser only")
        assert not [url for url in sent if "/uploads/" in url or url.endswith("/takes/")]

        delete = page.locator("[data-part=withheld-delete]")
        page.once("dialog", lambda dialog: dialog.dismiss())
        delete.click()
        expect(withheld(page)).to_contain_text("in this browser only")
        page.once("dialog", lambda dialog: dialog.accept())
        delete.click()
        expect(withheld(page)).to_contain_text("Deleted.")
        page.reload()
        page.wait_for_selector("[data-config][data-mounted]", state="attached")
        expect(page.locator("[data-part=withheld]")).to_be_hidden()


def test_what_was_refused_without_a_consent_is_sent_once_it_is_signed_again(in_booth):
    with in_booth(n_prompts=1) as desk:
        taken_back_while_recording(desk)
        asked(desk.server, f"agree({desk.session!r})")
        [take] = desk.wait_for_takes(1)
        assert take["prompt"] == desk.prompts[0]
        expect(desk.page.locator("[data-part=withheld]")).to_be_hidden()
        expect(desk.page.locator("[data-part=blocked]")).to_be_hidden()


def test_a_speaker_by_link_takes_back_what_waits_and_may_sign_it_through_again(in_booth):
    """A take that was not sent yet; nothing of it leaves the browser until they sign."""
    with in_booth(n_prompts=1) as desk:
        page = desk.page
        desk.come_by_link()
        page.route("**/api/v1/uploads/**", lambda route: route.abort())
        desk.begin()
        desk.speak()
        page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
        page.goto(f"{desk.server.url}/sessions/{desk.session}/consent/")
        page.get_by_role("link", name="Take something back").click()
        page.locator("input[name=purposes][value=record]").check()
        page.unroute("**/api/v1/uploads/**")
        page.get_by_role("button", name="Take back").click()
        expect(page.locator("h1")).to_have_text("The consent was taken back")
        expect(withheld(page)).to_contain_text("1 take was recorded or sent after")
        assert desk.takes() == []

        page.get_by_text("Agree again, and sign").click()
        page.locator("input[name=purposes][value=record]").check()
        page.get_by_label("18 or older").check()
        page.get_by_label("Your name").fill("Anna Example")
        page.get_by_role("button", name="Sign").click()
        page.wait_for_url("**/record/")
        desk.wait_for_takes(1)
        expect(page.locator("[data-part=withheld]")).to_be_hidden()


def test_a_closed_session_ends_the_take_under_way_and_keeps_it(in_booth):
    with in_booth(n_prompts=1) as desk:
        desk.begin()
        desk.start()
        asked(desk.server, f"close({desk.session!r})")
        expect(desk.page.locator("[data-part=blocked-words]")).to_contain_text("closed")
        [take] = desk.wait_for_takes(1)
        assert take["prompt"] == desk.prompts[0]
        expect(desk.page.locator("[data-part=main]")).to_be_disabled()


def test_prompts_with_only_a_bad_take_are_counted_apart_and_said_again_at_the_end(in_booth):
    """Beeps are no speech: each take is bad, until the operator chooses one."""
    with in_booth(n_prompts=2) as desk:
        page, operator = desk.page, desk.context.new_page()
        operator.goto(f"/sessions/{desk.session}/operate/")
        page.bring_to_front()
        desk.begin()
        for _prompt in desk.prompts:
            desk.speak()
            expect(page.locator("[data-part=verdict-next]")).to_contain_text("again at the end")
            page.keyboard.press("ArrowRight")
        done = page.locator("[data-part=done-words]")
        expect(done).to_have_text("2 prompts have only a bad take: please say them again.")
        expect(page.locator("[data-part=progress-text]")).to_have_text("0 / 2")
        expect(operator.locator("[data-part=progress-bad]")).to_have_text("2 to say again")
        expect(operator.locator("[data-part=bad]")).to_contain_text("1, 2")
        expect(operator.locator("[data-part=progress-text]")).to_have_text("0 / 2")

        operator.locator("[data-part=takes] > li [data-choose]").last.click()
        expect(operator.locator("[data-part=progress-bad]")).to_have_text("1 to say again")
        expect(done).to_have_text("1 prompt has only a bad take: please say it again.")
        page.keyboard.press("Space")
        expect(page.locator("[data-part=where]")).to_contain_text("Prompt 2 of 2")
        expect(page.locator("[data-part=asked]")).to_be_visible()
        desk.speak()
        page.keyboard.press("ArrowRight")
        expect(done).to_contain_text("1 prompt has only a bad take")


def test_practice_need_not_be_good(in_booth):
    with in_booth(n_prompts=1, training=True) as desk:
        page = desk.page
        desk.begin()
        desk.speak()
        expect(page.locator("[data-part=verdict-next]")).to_contain_text("This was practice")
        page.keyboard.press("Space")
        expect(page.locator("[data-part=done-words]")).to_have_text(
            "All prompts are recorded. Thank you."
        )
        expect(page.locator("[data-part=done-title]")).to_have_text("Finished")
        expect(page.locator("[data-part=done-sent]")).to_have_text("All takes are on the server.")
        for no_more in ("main", "again", "listen", "next"):
            expect(page.locator(f"[data-part={no_more}]")).to_be_hidden()
        page.keyboard.press("ArrowLeft")
        expect(page.locator("[data-part=main]")).to_have_text("Record Space")
        page.keyboard.press("ArrowRight")
        page.get_by_role("link", name="To the session").click()
        page.wait_for_url(f"**/sessions/{desk.session}/")


def test_a_bad_room_tone_is_asked_for_first_when_somebody_comes_back(in_booth):
    with in_booth(n_prompts=1, wants_room_tone=True) as desk:
        page = desk.page
        desk.begin()
        desk.speak_shortly()  # beeps, and too short
        words = page.locator("[data-part=verdict-next]")
        expect(words).to_contain_text("asked for the room again at the end, and first")
        desk.wait_for_takes(1)
        desk.wait_until_sent()
        desk.begin()
        expect(page.locator("[data-part=where]")).to_contain_text("The room itself once more")
        expect(page.locator("[data-part=progress-bad]")).to_have_text("Room tone to record again")
        expect(page.locator("[data-part=asked]")).to_be_visible()
        expect(page.locator("[data-part=verdict-words]")).to_contain_text("is not good enough")
        expect(page.locator("[data-part=verdict-reasons]")).to_contain_text("too short")
        page.goto(f"/sessions/{desk.session}/")
        told = page.locator("#session-live")
        expect(told).to_contain_text("The room tone is not good enough")
        expect(told).to_contain_text("The room tone is too short")
        expect(told).not_to_contain_text("Room tone is recorded.")


def test_the_operator_asks_for_the_room_once_more(in_booth):
    with in_booth(n_prompts=1, wants_room_tone=True) as desk:
        page, operator = desk.page, desk.context.new_page()
        operator.goto(f"/sessions/{desk.session}/operate/")
        page.bring_to_front()
        desk.begin()
        desk.speak_shortly()
        page.keyboard.press("ArrowRight")
        where = page.locator("[data-part=where]")
        expect(where).to_contain_text("Prompt 1 of 1")
        expect(operator.locator("[data-part=takes] > li")).to_have_count(1)
        expect(operator.locator("[data-part=again-which]")).to_have_text("Room tone")
        operator.keyboard.press("KeyR")
        expect(where).to_contain_text("The room itself once more")
        expect(page.locator("[data-part=asked]")).to_be_visible()
        desk.speak_shortly()
        first, second = desk.wait_for_takes(2)
        assert (first["prompt"], second["prompt"]) == (None, None)
        page.keyboard.press("ArrowRight")
        expect(where).to_contain_text("Prompt 1 of 1")


def test_an_operator_without_a_network_asks_ever_more_seldom_and_at_once_when_it_is_back(in_booth):
    asked_for, unanswered = [], set()

    def ask(request) -> None:
        asked_for.append(request.url)
        unanswered.add(request)

    with in_booth(n_prompts=1) as desk:
        page = desk.page
        page.clock.install(time="2030-01-01T12:00:00Z")
        page.goto(f"/sessions/{desk.session}/operate/")
        page.wait_for_selector("[data-ready]")
        unreachable = page.locator("[data-part=unreachable]")
        desk.context.set_offline(True)
        expect(unreachable).to_be_visible()
        expect(page.locator("[data-part=state]")).to_have_text("Not known")
        expect(page.locator("[data-meter=word]")).to_have_text("not recording")
        page.on("request", ask)
        page.on("requestfailed", lambda request: unanswered.discard(request))
        page.clock.pause_at("2030-01-01T13:00:00Z")
        for _second in range(60):
            page.clock.run_for(1000)
            # An attempt that has not failed yet does not say when the next one is.
            while unanswered:
                page.wait_for_timeout(10)
        assert 3 <= len(asked_for) <= 10
        desk.context.set_offline(False)
        expect(unreachable).to_be_hidden()  # with a clock that stands still
