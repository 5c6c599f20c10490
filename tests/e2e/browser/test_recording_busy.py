"""A machine that has no time for the page: what is spoken meanwhile is in the take all the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

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

HELD_UP_S = 0.5  # the browser itself holds a second of sound for a page
BUSY = """ms => {
  const until = performance.now() + ms;
  while (performance.now() < until);
}"""
# Both at once: the page sees the press before the sound of these moments.
BUSY_UNTIL_STOPPED = f"""ms => {{
  ({BUSY})(ms);
  document.querySelector("[data-part=main]").click();
}}"""
PIECE = fed.RATE_HZ // 50  # 20 ms: a tear spoils those it is in, and no more


@pytest.fixture
def spoken():
    return fed.voice(2.5, seed=4)


@contextmanager
def listening(playwright, server, tmp_path, spoken, *, script: str = "") -> Iterator[Booth]:
    """A page that records, whatever is spoken just then; `script` runs before its own."""
    file = fed.fed_file(tmp_path / "fed.wav", spoken, lead_s=0.1, gap_s=1.5)
    made = asked(server, "seed(n_prompts=1)")
    with booth(playwright, server, tmp_path / "profile", made, file) as desk:
        if script:
            desk.context.add_init_script(script)
        desk.begin()
        desk.start()
        yield desk


def stored(desk: Booth) -> tuple[dict, np.ndarray]:
    [take] = desk.wait_for_takes(1)
    return take, fed.read(take["path"])


def stop_its_process(desk: Booth) -> None:
    desk.hold_up(HELD_UP_S)


def keep_it_busy(desk: Booth) -> None:
    """With a script that takes long."""
    desk.page.evaluate(BUSY, 1000 * HELD_UP_S)


@pytest.mark.parametrize("happens", [stop_its_process, keep_it_busy])
def test_what_is_spoken_while_a_page_is_held_up_is_in_the_take(
    playwright, server, tmp_path, spoken, happens
):
    with listening(playwright, server, tmp_path, spoken) as desk:
        utterance = desk.hear_begin()
        happens(desk)
        desk.hear_out(utterance)
        desk.stop()
        take, sound = stored(desk)
    # Chromium's fake microphone is late itself on a busy machine, and says so (`gaps`), but leaves
    # nothing out of what it plays: what counts is the sound.
    assert take["reported"]["capture"] == "track"
    whole = fed.whole(sound)
    assert len(whole) >= 1
    assert [len(each) for each in whole] == pytest.approx([len(spoken)] * len(whole), rel=0.01)
    assert all(fed.is_from(spoken, each) for each in fed.utterances(sound))


def test_a_take_that_is_stopped_by_a_page_held_up_has_all_that_was_spoken_until_then(
    playwright, server, tmp_path, spoken
):
    with listening(playwright, server, tmp_path, spoken) as desk:
        desk.hear_begin()
        before = time.monotonic()
        desk.page.evaluate(BUSY_UNTIL_STOPPED, 1000 * HELD_UP_S)
        held_up_s = time.monotonic() - before
        desk.page.wait_for_selector("[data-part=verdict]:not([hidden])")
        _take, sound = stored(desk)
    assert held_up_s > HELD_UP_S
    heard = fed.utterances(sound)
    assert sum(map(len, heard)) / fed.RATE_HZ > HELD_UP_S
    assert all(fed.is_from(spoken, each) for each in heard)


def test_a_browser_without_a_way_to_the_track_records_by_web_audio(
    playwright, server, tmp_path, spoken
):
    script = "delete window.MediaStreamTrackProcessor"
    with listening(playwright, server, tmp_path, spoken, script=script) as desk:
        desk.hear(silent=True)
        desk.hear(silent=False)
        desk.hear(silent=True)
        desk.stop()
        take, sound = stored(desk)
    assert take["reported"]["capture"] == "worklet"
    assert take["reported"]["sample_rate_hz"] == fed.RATE_HZ
    # A busy machine may tear Web Audio's sound, ten times a second and more; what lies between two
    # tears is right all the same. Of noise, or at another rate, no piece is.
    pieces = [
        each[at : at + PIECE]
        for each in fed.utterances(sound)
        for at in range(0, len(each) - PIECE, PIECE)
    ]
    right = [piece for piece in pieces if fed.holds(spoken, piece)]
    assert len(pieces) > 100
    assert len(right) > 0.5 * len(pieces)
