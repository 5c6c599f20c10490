"""A microphone that is not there, or no longer the one it was, as Chromium tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.support.booth import ALLOWED, FAKE_DEVICE, READY, Booth, asked, booth, compartment
from tests.support.browser import BROWSERS, find_chromium, launch_flags
from tests.support.processes import named

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.looks,
    pytest.mark.xdist_group("recording"),
]

PROBLEM = "[data-part=problem-text]"
ENOUGH_S = 0.3  # to be a take: a microphone that is lost gives nothing after that


@pytest.fixture
def strict(playwright):
    """A Chromium that asks for its permissions: the one without windows allows all."""
    program = find_chromium(BROWSERS)
    made = playwright.chromium.launch(executable_path=program, args=[*launch_flags(), FAKE_DEVICE])
    yield made
    made.close()


def test_a_microphone_that_is_not_allowed_is_told_of_and_may_be_allowed_later(strict, server):
    made = asked(server, "seed(n_prompts=1)")
    with compartment(strict, server, made, permissions=[]) as desk:
        page = desk.page
        page.goto(desk.path)
        page.wait_for_selector(READY)
        page.click("[data-part=allow]")
        expect(page.locator(PROBLEM)).to_contain_text("The microphone was not allowed.")
        expect(page.locator("[data-part=main]")).to_be_disabled()
        desk.context.grant_permissions(ALLOWED)
        page.click("[data-part=allow]")
        expect(page.locator("[data-part=main]")).to_be_enabled()
        expect(page.locator(PROBLEM)).to_be_hidden()


def unplug(desk: Booth) -> None:
    """Chromium ends the track, as it does when the device is gone."""
    desk.context.clear_permissions()


def change_rate(desk: Booth) -> None:
    desk.page.evaluate(
        """() => {
          const settings = MediaStreamTrack.prototype.getSettings;
          MediaStreamTrack.prototype.getSettings = function () {
            return { ...settings.call(this), sampleRate: 16000 };
          };
        }"""
    )


def put_another_in_its_place(desk: Booth) -> None:
    """The system's usual microphone is another one now; it keeps the name "default"."""
    desk.page.evaluate(
        """async () => {
          const now = (await navigator.mediaDevices.enumerateDevices()).map((one) =>
            ({ kind: one.kind, deviceId: one.deviceId, groupId: "another", label: "Headset" }));
          navigator.mediaDevices.enumerateDevices = async () => now;
          navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
        }"""
    )


LOST = [
    (unplug, "ended", "unplugged, or is no longer allowed", "no longer allowed"),
    (change_rate, "rate", "The sampling rate", "the sampling rate of the microphone changed"),
    (put_another_in_its_place, "device", "another microphone", "another microphone in its place"),
]


def test_what_happens_to_the_microphone_in_mid_take_is_told_and_the_part_is_kept(in_booth):
    """One after the other at one page: after each, the next prompt is recorded."""
    with in_booth(n_prompts=len(LOST)) as desk:
        page = desk.page
        desk.begin()
        for n, (happens, _code, problem, reason) in enumerate(LOST, start=1):
            desk.start()
            desk.hear_more(ENOUGH_S)
            happens(desk)
            desk.wait_for("review")
            expect(page.locator(PROBLEM)).to_contain_text(problem)
            expect(page.locator(PROBLEM)).to_contain_text("What was recorded is kept and marked.")
            expect(page.locator("[data-part=verdict-reasons]")).to_contain_text(reason)
            expect(page.locator("[data-part=main]")).to_be_disabled()
            desk.wait_for_takes(n)
            desk.context.grant_permissions(ALLOWED)
            page.click("[data-part=allow-again]")
            expect(page.locator("[data-part=main]")).to_be_enabled()
            page.keyboard.press("ArrowRight")
        takes = desk.wait_for_takes(len(LOST))
        assert [take["reported"]["interrupted"] for take in takes] == [code for _, code, *_ in LOST]
        assert [take["prompt"] for take in takes] == desk.prompts
        rates = [take["reported"]["device_sample_rate_hz"] for take in takes]
        assert rates == [44_100, 44_100, 16_000]
        # Whatever the browser says of the device: a file has the rate of its sound.
        assert {take["reported"]["sample_rate_hz"] for take in takes} == {44_100}
        desk.wait_until_sent()

        page.reload()  # what was said of them is still told
        desk.enter()
        page.keyboard.press("Space")
        desk.wait_for("done")
        page.keyboard.press("Space")
        expect(page.locator("[data-part=takes-list] > li")).to_contain_text(LOST[0][3])


@contextmanager
def silenced(desk: Booth) -> Iterator[None]:
    """The process of this browser that reads the microphone stands still."""
    [sound] = named(desk.family(), "audio.mojom.AudioService")
    sound.suspend()
    try:
        yield
    finally:
        sound.resume()


def test_a_microphone_that_gives_no_more_sound_ends_the_take_and_may_be_opened_again(
    playwright, server, tmp_path
):
    """Its track lives on and tells nothing. The silence is real, the clock is put forward."""
    made = asked(server, "seed(n_prompts=2)")
    with booth(playwright, server, tmp_path / "profile", made) as desk:
        page = desk.page
        page.clock.install()
        desk.begin()
        desk.start()
        desk.hear_more(ENOUGH_S)
        with silenced(desk):
            page.clock.run_for(5_000)
            desk.wait_for("review")
            expect(page.locator(PROBLEM)).to_contain_text("No sound comes from the microphone")
            expect(page.locator("[data-part=main]")).to_be_disabled()
        [take] = desk.wait_for_takes(1)
        assert take["reported"]["interrupted"] == "stalled"
        page.click("[data-part=allow-again]")
        expect(page.locator("[data-part=main]")).to_be_enabled()
        page.keyboard.press("ArrowRight")
        desk.speak()
        whole = desk.wait_for_takes(2)[1]
        assert "interrupted" not in whole["reported"]
