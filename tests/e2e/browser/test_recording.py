"""Recording in Chromium, its microphone fed from a WAV: what was spoken is what is stored."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support import fed
from tests.support.booth import MAY_BEGIN, asked, booth

# Sound in real time: side by side the tests would starve one another.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.looks,
    pytest.mark.xdist_group("recording"),
]

HEARD = "() => document.querySelector('[data-part=audio]').played.length > 0"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_the_whole_take_is_stored_through_a_cut_a_500_and_a_killed_browser(
    playwright, server, tmp_path
):
    spoken = fed.voice(1.5, seed=1)
    file = fed.fed_file(tmp_path / "fed.wav", spoken, lead_s=0.1, gap_s=1.5)  # over and over
    made = asked(server, "seed(n_prompts=1)")
    profile = tmp_path / "profile"
    with booth(playwright, server, profile, made, file) as first:
        first.begin()
        first.start()
        first.hear_one()
        first.context.set_offline(True)
        first.stop()
        expect(first.page.locator("[data-part=waiting-words]")).to_contain_text(
            "1 take is in this browser only"
        )
        first.kill()
    assert asked(server, f"takes({made['session']!r})") == []

    failures = []

    def fail_twice(route) -> None:
        """The first piece meets a 500, the second attempt a cut in the middle of the line."""
        failures.append(route.request.method)
        if len(failures) == 1:
            route.fulfill(status=500, body="")
        elif len(failures) == 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    with booth(playwright, server, profile, made) as second:
        second.page.route("**/api/v1/uploads/*/", fail_twice)
        second.page.goto(second.path)
        [take] = second.wait_for_takes(1)
        second.wait_until_sent()
    assert len(failures) > 2
    assert take["prompt"] == made["prompts"][0]
    assert take["reported"]["auto_gain_control"] is False
    stored = fed.read(take["path"])
    whole = fed.whole(stored)
    assert len(whole) >= 1
    assert [len(each) for each in whole] == pytest.approx([len(spoken)] * len(whole), rel=0.01)
    assert all(fed.is_from(spoken, each) for each in fed.utterances(stored))


def test_a_browser_killed_while_somebody_speaks_loses_no_more_than_the_last_second(
    playwright, server, tmp_path
):
    spoken = fed.voice(60.0, seed=2)  # also where it takes long to begin
    file = fed.fed_file(tmp_path / "fed.wav", spoken, lead_s=0.5, gap_s=1.0)
    made = asked(server, "seed(n_prompts=1)")
    profile = tmp_path / "profile"
    with booth(playwright, server, profile, made, file, once=True) as first:
        first.begin()
        first.start()
        before = first.frames_heard()
        first.hear_more(2.3)
        said = first.frames_heard() - before
        # A machine without time may write late; it may not put off what it writes.
        first.wait_until_kept(said - fed.RATE_HZ)
        assert max(first.pieces()) < 1.1 * fed.RATE_HZ
        first.kill()
    with booth(playwright, server, profile, made) as second:
        second.page.goto(second.path)
        [take] = second.wait_for_takes(1)
        second.wait_until_sent()
    assert take["reported"]["interrupted"] == "browser"
    stored = fed.read(take["path"])
    assert len(stored) >= said - fed.RATE_HZ
    correlation, _ = fed.aligned(fed.sounding(stored), spoken)
    assert correlation > 0.999


def test_two_tabs_at_one_prompt_make_two_takes_and_double_none(in_booth):
    with in_booth(n_prompts=1) as desk:
        other = desk.context.new_page()
        desk.begin()
        desk.begin(other)
        desk.page.bring_to_front()
        desk.speak()
        other.bring_to_front()
        desk.speak(page=other)
        takes = desk.wait_for_takes(2)
        desk.wait_until_sent()
        desk.wait_until_sent(other)
        assert [take["version"] for take in takes] == [1, 2]
        assert len({take["sha256"] for take in takes}) == 2
        assert len(desk.takes()) == 2


def test_keys_lead_through_a_session_and_a_second_attempt_keeps_the_first(in_booth):
    with in_booth(n_prompts=2, scenario=True, countdown_s=1) as desk:
        page = desk.page
        desk.enter()
        page.keyboard.press("Enter")
        desk.wait_for("scenario")
        expect(page.locator("[data-part=scenario-text]")).to_have_text(
            "Somebody gave you a present."
        )
        expect(page.locator("[data-part=prompt]")).to_be_hidden()
        page.keyboard.press("Enter")
        desk.wait_for("ready")
        expect(page.locator("[data-part=target-text]")).to_have_text("Neutral")
        desk.speak()
        page.keyboard.press("KeyR")
        desk.wait_for("recording")
        page.keyboard.press("Space")
        desk.wait_for("review")
        takes = desk.wait_for_takes(2)
        assert [take["prompt"] for take in takes] == [desk.prompts[0]] * 2
        expect(page.locator("[data-part=takes-list] > li")).to_have_count(2)
        page.keyboard.press("KeyP")
        page.wait_for_function(HEARD)
        page.keyboard.press("ArrowRight")
        expect(page.locator("[data-part=where]")).to_contain_text("Prompt 2 of 2")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("[data-part=where]")).to_contain_text("Prompt 1 of 2")


def test_a_pedal_leads_from_the_room_through_a_scenario_to_the_prompt(in_booth):
    with in_booth(n_prompts=1, scenario=True, wants_room_tone=True) as desk:
        page = desk.page
        desk.enter()
        page.click("summary:has-text('Foot pedal')")
        page.click("[data-part=pedal]")
        expect(page.locator("[data-part=pedal-key]")).to_have_text("press the pedal now")
        page.keyboard.press("F8")
        expect(page.locator("[data-part=pedal-key]")).to_have_text("F8")
        page.reload()  # it is remembered
        page.wait_for_selector(MAY_BEGIN)
        page.keyboard.press("F8")
        desk.wait_for("ready")
        where = page.locator("[data-part=where]")
        expect(where).to_have_text("First the room itself: please be silent")
        desk.speak_shortly("F8")  # a take of the room ends by itself before long
        page.keyboard.press("ArrowRight")
        desk.wait_for("scenario")
        for phase in ("ready", "recording", "review"):
            page.keyboard.press("F8")
            desk.wait_for(phase)
        room, spoken = desk.wait_for_takes(2)
        assert [room["prompt"], spoken["prompt"]] == [None, desk.prompts[0]]


def test_fingers_record_on_a_phone(in_booth):
    with in_booth(PHONE, n_prompts=1) as desk:
        desk.enter()
        main = desk.page.locator("[data-part=main]")
        assert (main.bounding_box() or {})["height"] >= 56
        expect(desk.page.locator(".record-actions kbd").first).to_be_hidden()
        expect(main.locator("kbd")).to_be_hidden()
        for phase in ("ready", "recording", "review"):
            main.tap()
            desk.wait_for(phase)
        desk.wait_for_takes(1)
