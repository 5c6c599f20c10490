"""Somebody else steps in while the recorder page is open: the operator, a withdrawal, the end."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.booth import asked, booth

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.looks,
    pytest.mark.xdist_group("recording"),
]


@pytest.fixture
def in_booth(playwright, server, tmp_path):
    """Opens a booth of a fresh session; the microphone beeps."""

    def enter(**about):
        made = asked(server, f"seed(**{about!r})")
        return booth(playwright, server, tmp_path / "profile", made, None)

    return enter


def test_the_operator_follows_asks_once_more_pauses_and_notes(in_booth):
    with in_booth(n_prompts=2) as desk:
        operator = desk.context.new_page()
        operator.goto(f"/sessions/{desk.session}/operate/")
        desk.page.bring_to_front()
        desk.begin()
        desk.speak(800)
        desk.page.keyboard.press("ArrowRight")
        expect(operator.locator("[data-part=takes] > li")).to_have_count(1)
        expect(operator.locator("[data-part=state]")).to_have_text("Ready to record")
        expect(operator.locator("[data-part=again-which]")).to_have_text("Prompt 1 of 2")
        operator.keyboard.press("KeyA")
        expect(desk.page.locator("[data-part=where]")).to_contain_text("Prompt 1 of 2")
        expect(desk.page.locator("[data-part=asked]")).to_be_visible()

        operator.keyboard.press("KeyS")
        expect(desk.page.locator("[data-part=blocked-words]")).to_contain_text("paused")
        expect(desk.page.locator("[data-part=main]")).to_be_disabled()
        expect(operator.locator("[data-part=state]")).to_have_text("Paused")
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


def test_a_consent_taken_back_while_recording_stops_it_and_the_server_takes_nothing(in_booth):
    with in_booth(n_prompts=1) as desk:
        desk.begin()
        desk.page.keyboard.press("Space")
        desk.wait_for("recording")
        asked(desk.server, f"withdraw({desk.session!r})")
        desk.page.wait_for_timeout(700)
        desk.page.keyboard.press("Space")
        expect(desk.page.locator("[data-part=blocked-words]")).to_contain_text("taken back")
        expect(desk.page.locator("[data-part=main]")).to_be_disabled()
        expect(desk.page.locator("[data-part=waiting-words]")).to_contain_text("refused")
        assert desk.takes() == []


def test_a_closed_session_ends_the_take_under_way_and_keeps_it(in_booth):
    with in_booth(n_prompts=1) as desk:
        desk.begin()
        desk.page.keyboard.press("Space")
        desk.wait_for("recording")
        desk.page.wait_for_timeout(600)
        asked(desk.server, f"close({desk.session!r})")
        expect(desk.page.locator("[data-part=blocked-words]")).to_contain_text("closed")
        [take] = desk.wait_for_takes(1)
        assert take["prompt"] == desk.prompts[0]
        expect(desk.page.locator("[data-part=main]")).to_be_disabled()
