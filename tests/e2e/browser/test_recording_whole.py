"""A whole session of 20 prompts in each language, cut off twice: every take is there, judged."""

from __future__ import annotations

import numpy as np
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
BROWSERS = 3
# A browser plays its file from the beginning, and records of it seven or eight takes of under a
# second: in ten seconds, and a busy machine in a minute.
SPOKEN_S = 120.0


@pytest.fixture(scope="module")
def voices():
    """What each browser hears. Two that hear the same make the same take now and then: its sound
    comes in blocks of 10 ms, and a file belongs to one prompt only."""
    return [fed.voice(SPOKEN_S, seed=seed) for seed in range(BROWSERS)]


@pytest.fixture(scope="module")
def files(voices, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fed")
    return [
        fed.fed_file(folder / f"{n}.wav", voice, lead_s=0.2, gap_s=0.2)
        for n, voice in enumerate(voices)
    ]


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
    playwright, server, tmp_path, voices, files, language
):
    made = asked(server, f"seed(n_prompts={PROMPTS}, language={language!r})")
    where = (playwright, server, tmp_path / "profile", made)
    how = {"once": True, "language": {"en": "en", "zh": "zh-hans"}[language]}
    with booth(*where, files[0], **how) as desk:  # the network goes, then the browser is killed
        desk.begin()
        speak_until(desk, 5)
        desk.context.set_offline(True)
        desk.page.keyboard.press("ArrowRight")
        speak_until(desk, 8)
        desk.kill()
    with booth(*where, files[1], **how) as desk:  # killed once more, right after a take
        desk.begin()
        assert desk.page.locator(".recorder").get_attribute("data-place") in desk.prompts[7:9]
        speak_until(desk, 14)
        desk.kill()
    with booth(*where, files[2], **how) as desk:
        desk.begin()
        speak_until(desk, PROMPTS)
        takes = desk.wait_for_takes(PROMPTS)
        desk.wait_until_sent()
    assert {take["prompt"] for take in takes} == set(made["prompts"])
    assert len({take["sha256"] for take in takes}) == len(takes)
    assert all(take["qc"]["verdict"] in ("green", "yellow", "red") for take in takes)
    for take in takes:
        assert is_of_one(fed.sounding(fed.read(take["path"])), voices), take["prompt"]


def is_of_one(take: np.ndarray, voices: list[np.ndarray]) -> bool:
    """Whether a take (frames,) is a stretch of one of the voices."""
    return any(fed.aligned(take, voice)[0] > 0.999 for voice in voices)
