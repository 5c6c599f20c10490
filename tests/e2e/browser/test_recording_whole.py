"""A whole session of 20 prompts in each language, cut off twice: every take is there, judged."""

from __future__ import annotations

import pytest

from tests.support import fed
from tests.support.booth import Booth, asked, booth

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.looks,
    pytest.mark.xdist_group("recording"),
]

PROMPTS = 20
# A browser plays it from its beginning, and records of it seven or eight takes of under a second:
# in ten seconds, and a busy machine in a minute.
SPOKEN_S = 120.0


@pytest.fixture(scope="module")
def spoken():
    return fed.voice(SPOKEN_S, seed=3)


@pytest.fixture(scope="module")
def file(spoken, tmp_path_factory):
    path = tmp_path_factory.mktemp("fed") / "fed.wav"
    return fed.fed_file(path, spoken, lead_s=0.2, gap_s=0.2)


def speak_until(desk: Booth, last: int) -> None:
    """Record what is open, one prompt after the other, up to the prompt of this number."""
    while True:
        at = desk.page.locator(".recorder").get_attribute("data-place")
        desk.speak()
        if at == desk.prompts[last - 1]:
            return
        desk.page.keyboard.press("ArrowRight")
        desk.wait_for("ready")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_whole_session_is_there_after_two_cuts(
    playwright, server, tmp_path, spoken, file, language
):
    made = asked(server, f"seed(n_prompts={PROMPTS}, language={language!r})")
    where = (playwright, server, tmp_path / "profile", made, file)
    how = {"once": True, "language": {"en": "en", "zh": "zh-hans"}[language]}
    with booth(*where, **how) as desk:  # the network goes, then the browser is killed
        desk.begin()
        speak_until(desk, 5)
        desk.context.set_offline(True)
        desk.page.keyboard.press("ArrowRight")
        speak_until(desk, 8)
        desk.kill()
    with booth(*where, **how) as desk:  # killed once more, right after a take
        desk.begin()
        assert desk.page.locator(".recorder").get_attribute("data-place") in desk.prompts[7:9]
        speak_until(desk, 14)
        desk.kill()
    with booth(*where, **how) as desk:
        desk.begin()
        speak_until(desk, PROMPTS)
        takes = desk.wait_for_takes(PROMPTS)
        desk.wait_until_sent()
    assert {take["prompt"] for take in takes} == set(made["prompts"])
    assert len({take["sha256"] for take in takes}) == len(takes)
    assert all(take["qc"]["verdict"] in ("green", "yellow", "red") for take in takes)
    for take in takes:
        correlation, _ = fed.aligned(fed.sounding(fed.read(take["path"])), spoken)
        assert correlation > 0.999, take["prompt"]
