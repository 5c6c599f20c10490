"""Recording in Chromium, its microphone fed from a WAV: what was spoken is what is stored."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import booth as booths
from tests.e2e.browser.booth import asked, booth, fed_file, voice

# Sound in real time: side by side the tests would starve one another.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.looks,
    pytest.mark.xdist_group("recording"),
]

SPOKEN_S = 4.0
LEAD_S = 4.0


@pytest.fixture
def in_booth(playwright, server, tmp_path):
    """Opens a booth of a fresh session; the microphone beeps."""

    def enter(**about):
        made = asked(server, f"seed(**{about!r})")
        return booth(playwright, server, tmp_path / "profile", made, None)

    return enter


def test_the_whole_take_is_stored_through_a_cut_a_500_and_a_killed_browser(
    playwright, server, tmp_path
):
    spoken = voice(SPOKEN_S, seed=1)
    fed = fed_file(tmp_path / "fed.wav", lead_s=LEAD_S, spoken=spoken, tail_s=1.0)
    made = asked(server, "seed(n_prompts=1)")
    profile = tmp_path / "profile"
    with booth(playwright, server, profile, made, fed) as first:
        first.begin()
        first.page.keyboard.press("Space")
        first.wait_for("recording")
        first.page.wait_for_timeout(1000 * (LEAD_S + SPOKEN_S + 0.8))
        first.context.set_offline(True)
        first.page.keyboard.press("Space")
        first.wait_for("review")
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

    with booth(playwright, server, profile, made, None) as second:
        second.page.route("**/api/v1/uploads/*/", fail_twice)
        second.page.goto(second.path)
        [take] = second.wait_for_takes(1)
        second.wait_until_sent()
    assert len(failures) > 2
    assert take["prompt"] == made["prompts"][0]
    assert take["reported"]["auto_gain_control"] is False
    stored = booths.sounding(booths.read(take["path"]))
    assert len(stored) == pytest.approx(len(spoken), rel=0.01)
    correlation, _ = booths.aligned(stored, spoken)
    assert correlation > 0.999


def test_a_browser_killed_while_somebody_speaks_loses_no_more_than_the_last_second(
    playwright, server, tmp_path
):
    spoken = voice(12.0, seed=2)
    fed = fed_file(tmp_path / "fed.wav", lead_s=0.5, spoken=spoken)
    made = asked(server, "seed(n_prompts=1)")
    profile = tmp_path / "profile"
    with booth(playwright, server, profile, made, fed) as first:
        first.begin()
        first.page.keyboard.press("Space")
        first.wait_for("recording")
        first.page.wait_for_timeout(3500)
        shown_s = float(first.page.inner_text("[data-part=clock]").removesuffix(" s"))
        first.kill()
    with booth(playwright, server, profile, made, None) as second:
        second.page.goto(second.path)
        [take] = second.wait_for_takes(1)
        second.wait_until_sent()
    assert take["reported"]["interrupted"] == "browser"
    stored = booths.read(take["path"])
    # A piece each second, and the time that the machine took to write it.
    assert len(stored) / booths.RATE_HZ > shown_s - 1.5
    correlation, _ = booths.aligned(stored, spoken)
    assert correlation > 0.999


def test_two_tabs_at_one_prompt_make_two_takes_and_double_none(in_booth):
    with in_booth(n_prompts=1) as desk:
        other = desk.context.new_page()
        desk.begin()
        desk.begin(other)
        desk.page.bring_to_front()
        desk.speak(800)
        other.bring_to_front()
        desk.speak(800, other)
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
        page.keyboard.press("Enter")
        desk.wait_for("ready")
        expect(page.locator("[data-part=target-text]")).to_have_text("Neutral")
        desk.speak(700)
        page.keyboard.press("KeyR")
        desk.wait_for("recording")
        page.wait_for_timeout(700)
        page.keyboard.press("Space")
        desk.wait_for("review")
        takes = desk.wait_for_takes(2)
        assert [take["prompt"] for take in takes] == [desk.prompts[0]] * 2
        expect(page.locator("[data-part=takes-list] > li")).to_have_count(2)
        page.keyboard.press("KeyP")
        page.wait_for_function("() => !document.querySelector('[data-part=audio]').paused")
        page.keyboard.press("ArrowRight")
        expect(page.locator("[data-part=where]")).to_contain_text("Prompt 2 of 2")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("[data-part=where]")).to_contain_text("Prompt 1 of 2")


def test_fingers_record_on_a_phone(playwright, server, tmp_path):
    made = asked(server, "seed(n_prompts=1)")
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with booth(playwright, server, tmp_path / "profile", made, None, **phone) as desk:
        desk.enter()
        main = desk.page.locator("[data-part=main]")
        assert (main.bounding_box() or {})["height"] >= 56
        main.tap()
        desk.wait_for("ready")
        main.tap()
        desk.wait_for("recording")
        desk.page.wait_for_timeout(700)
        main.tap()
        desk.wait_for("review")
        desk.wait_for_takes(1)


def test_a_microphone_that_is_not_allowed_is_told_of(server, watched_page):
    made = asked(server, "seed(n_prompts=1)")
    booths.sign_in(watched_page.context, server, "en")
    watched_page.goto(f"/sessions/{made['session']}/record/")
    watched_page.wait_for_selector(booths.READY)
    watched_page.click("[data-part=allow]")
    expect(watched_page.locator("[data-part=problem]")).to_contain_text("microphone")
    expect(watched_page.locator("[data-part=main]")).to_be_disabled()
