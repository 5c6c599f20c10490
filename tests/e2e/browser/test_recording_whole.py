"""A whole session of 20 prompts in each language, cut off twice: every take is there, judged."""

from __future__ import annotations

import pytest

from tests.e2e.browser import booth as booths
from tests.e2e.browser.booth import Booth, asked, booth, fed_file, voice

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.looks,
    pytest.mark.xdist_group("recording"),
]

PROMPTS = 20
TAKE_MS = 600


def speak_until(desk: Booth, last: int) -> None:
    """Record what is open, one prompt after the other, up to the prompt of this number."""
    while True:
        at = desk.page.locator(".recorder").get_attribute("data-place")
        desk.speak(TAKE_MS)
        if at == desk.prompts[last - 1]:
            return
        desk.page.keyboard.press("ArrowRight")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_whole_session_is_there_after_two_cuts(playwright, server, tmp_path, language):
    spoken = voice(70.0, seed=3)
    fed = fed_file(tmp_path / "fed.wav", lead_s=0.2, spoken=spoken)
    made = asked(server, f"seed(n_prompts={PROMPTS}, language={language!r})")
    where = (playwright, server, tmp_path / "profile", made, fed)
    ui = {"en": "en", "zh": "zh-hans"}[language]
    with booth(*where, language=ui) as desk:  # the network goes, then the browser is killed
        desk.begin()
        speak_until(desk, 5)
        desk.context.set_offline(True)
        desk.page.keyboard.press("ArrowRight")
        speak_until(desk, 8)
        desk.kill()
    with booth(*where, language=ui) as desk:  # killed once more, right after a take
        desk.begin()
        assert desk.page.locator(".recorder").get_attribute("data-place") in desk.prompts[7:9]
        speak_until(desk, 14)
        desk.kill()
    with booth(*where, language=ui) as desk:
        desk.begin()
        speak_until(desk, PROMPTS)
        takes = desk.wait_for_takes(PROMPTS)
        desk.wait_until_sent()
    assert {take["prompt"] for take in takes} == set(made["prompts"])
    assert len({take["sha256"] for take in takes}) == len(takes)
    assert all(take["qc"]["verdict"] in ("green", "yellow", "red") for take in takes)
    for take in takes:
        correlation, _ = booths.aligned(booths.sounding(booths.read(take["path"])), spoken)
        assert correlation > 0.999, take["prompt"]
