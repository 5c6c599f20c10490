"""The recorder page in Chromium, fed with real speech: what was spoken is what is stored.

Chromium's fake microphone plays sentences of RAVDESS (each by another speaker) with digital silence
between them. The page at a really served platform records one take of each, by keys. On the way the
takes meet nothing; a network that is cut while one is spoken and comes back two takes later; a
server that answers a quarter of an upload's requests with a 500, half of these after it has done
what was asked; a page whose process is stopped for 0.7 s in the middle of each take; or SIGKILL of
the browser while its last take is not sent, after which it is opened again on the same profile and
goes on.

A stored take is held against the sentence that was played, whole: both from their first to their
last sample that is not zero, moved to where they fit best. `length` is that of the take over that
of the sentence. `lost` counts sentences that no take holds, `doubled` takes of a sentence that
another take holds already.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from playwright.sync_api import Playwright, Route, sync_playwright

from tests.data import data_dir
from tests.support import fed
from tests.support.booth import Booth, asked, booth
from tests.support.servers import Server, new_server

LEAD_S, GAP_S = 3.0, 2.5
PEAK = 0.7
SILENT_S = 0.2  # a longer silence within a sentence would look like its end
LEAST_CORRELATION, MOST_LENGTH = 0.999, 0.01
FAULTS = 0.25
HELD_UP_S = 0.7
FAR = 0.5  # below this correlation a take does not hold the sentence at all


@dataclass(frozen=True)
class Booked:
    """A session to be recorded, and what the microphone says in it."""

    playwright: Playwright
    server: Server
    folder: Path
    made: dict[str, Any]
    sentences: list[np.ndarray]

    @contextmanager
    def open(self, first: int, count: int) -> Iterator[Booth]:
        """A browser whose microphone plays `count` sentences from `first` on."""
        spoken = self.sentences[first : first + count]
        file = fed.fed_file(self.folder / "fed.wav", *spoken, lead_s=LEAD_S, gap_s=GAP_S)
        profile = self.folder / "profile"
        with booth(self.playwright, self.server, profile, self.made, file, once=True) as desk:
            desk.begin()
            yield desk


@dataclass(frozen=True)
class Found:
    """How the stored takes of one session compare with what was played."""

    spoken: int
    stored: int
    lost: int
    doubled: int
    correlations: list[float]
    lengths: list[float]

    @property
    def reached(self) -> bool:
        near = [abs(length - 1) <= MOST_LENGTH for length in self.lengths]
        like = [correlation > LEAST_CORRELATION for correlation in self.correlations]
        return all([*near, *like, not self.lost, not self.doubled])


# What is said ------------------------------------------------------------------------------------


def sentences(count: int, *, seed: int = 1) -> list[np.ndarray]:
    """(frames,) each, at the microphone's rate and rounded to 16 bits: one of each speaker."""
    folder = data_dir("ravdess")
    with (folder / "metadata.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    random.Random(seed).shuffle(rows)
    found: dict[str, np.ndarray] = {}
    for row in rows:
        if row["speaker"] in found:
            continue
        sentence = prepared(folder / row["file"])
        if longest_silence_s(sentence) < SILENT_S:
            found[row["speaker"]] = sentence
        if len(found) == count:
            return list(found.values())
    sys.exit(f"RAVDESS has {len(found)} speakers; {count} are asked for.")


def prepared(path: Path) -> np.ndarray:
    sound, rate_hz = soundfile.read(path)
    moved = soxr.resample(sound, rate_hz, fed.RATE_HZ)
    moved *= PEAK / np.abs(moved).max()
    return fed.sounding(np.round(moved * 32767) / 32768)


def longest_silence_s(sound: np.ndarray) -> float:
    heard = np.flatnonzero(sound)
    return float(np.diff(heard).max()) / fed.RATE_HZ


# What happens on the way -------------------------------------------------------------------------


def record(desk: Booth, *, goes_on: bool, halfway: Callable[[], None] | None = None) -> None:
    """One take of the next sentence; `halfway` happens while it is spoken."""
    desk.hear(silent=True)  # a sentence is played once: not one may be waited out
    desk.start()
    desk.hear(silent=False)
    if halfway:
        halfway()
    desk.hear(silent=True)
    desk.stop()
    if goes_on:
        desk.page.keyboard.press("ArrowRight")
        desk.wait_for("ready")


def through_nothing(booked: Booked) -> None:
    n = len(booked.sentences)
    with booked.open(0, n) as desk:
        for k in range(n):
            record(desk, goes_on=k < n - 1)
        finish(desk, n)


def through_a_cut(booked: Booked) -> None:
    n = len(booked.sentences)
    with booked.open(0, n) as desk:
        switch = {1: True, 3: False}  # the second take ends without a network, as does the third
        for k in range(n):
            offline = switch.get(k)
            halfway = None if offline is None else partial(desk.context.set_offline, offline)
            record(desk, goes_on=k < n - 1, halfway=halfway)
        desk.context.set_offline(False)
        finish(desk, n)


def through_500s(booked: Booked) -> None:
    n, chance = len(booked.sentences), random.Random(1)

    def fail(route: Route) -> None:
        """A quarter of the answers is a 500; half of these after the server did what was asked."""
        kind = chance.random()
        if kind > FAULTS:
            route.continue_()
            return
        if kind > FAULTS / 2:
            route.fetch()
        route.fulfill(status=500, body="")

    with booked.open(0, n) as desk:
        for address in ("**/api/v1/uploads/**", "**/api/v1/sessions/*/takes/"):
            desk.page.route(address, fail)
        for k in range(n):
            record(desk, goes_on=k < n - 1)
        finish(desk, n)
        desk.page.unroute_all(behavior="wait")


def through_a_kill(booked: Booked) -> None:
    """Killed with one take unsent; opened again with the microphone at the next sentence."""
    n, first = len(booked.sentences), max(1, len(booked.sentences) // 2)
    with booked.open(0, n) as desk:
        for k in range(first):
            last = k == first - 1
            record(desk, goes_on=not last, halfway=partial(offline, desk) if last else None)
        desk.kill()
    with booked.open(first, n - first) as desk:
        for k in range(first, n):
            record(desk, goes_on=k < n - 1)
        finish(desk, n)


def through_a_page_held_up(booked: Booked) -> None:
    n = len(booked.sentences)
    with booked.open(0, n) as desk:
        for k in range(n):
            record(desk, goes_on=k < n - 1, halfway=partial(desk.hold_up, HELD_UP_S))
        finish(desk, n)


def offline(desk: Booth) -> None:
    desk.context.set_offline(True)


def finish(desk: Booth, n: int) -> None:
    """The page waits longer after each fault, up to a minute."""
    desk.wait_for_takes(n)
    desk.wait_until_sent()


WAYS = {
    "nothing": through_nothing,
    "a network cut": through_a_cut,
    "500 at a quarter of the requests": through_500s,
    f"a page stopped for {HELD_UP_S} s in each take": through_a_page_held_up,
    "SIGKILL of the browser": through_a_kill,
}


# What came of it ---------------------------------------------------------------------------------


def compare(takes: list[dict[str, Any]], spoken: list[np.ndarray]) -> Found:
    """Each take beside the sentence that it fits best."""
    held: list[int] = []
    correlations, lengths = [], []
    for take in takes:
        stored = fed.sounding(fed.read(take["path"]))
        fits = [fed.aligned(stored, sentence)[0] for sentence in spoken]
        best = int(np.argmax(fits))
        held += [best] if fits[best] > FAR else []
        correlations.append(fits[best])
        lengths.append(len(stored) / len(spoken[best]))
    lost = len(spoken) - len(set(held))
    return Found(len(spoken), len(takes), lost, len(held) - len(set(held)), correlations, lengths)


def measure(count: int) -> dict[str, Found]:
    spoken = sentences(count)
    found = {}
    with new_server() as server, sync_playwright() as playwright:
        for name, way in WAYS.items():
            made = asked(server, f"seed(n_prompts={count})")
            with tempfile.TemporaryDirectory(prefix="booth-") as folder:
                way(Booked(playwright, server, Path(folder), made, spoken))
            found[name] = compare(asked(server, f"takes({made['session']!r})"), spoken)
    return found


def table(found: dict[str, Found]) -> str:
    head = "| on the way | spoken | stored | lost | doubled | lowest correlation | length | bar |"
    lines = [head, "| --- | --: | --: | --: | --: | --: | --: | --- |"]
    for name, one in found.items():
        low, high = min(one.lengths, default=0), max(one.lengths, default=0)
        lines.append(
            f"| {name} | {one.spoken} | {one.stored} | {one.lost} | {one.doubled} | "
            f"**{min(one.correlations, default=0):.6f}** | {low:.4f} to {high:.4f} | "
            f"{'reached' if one.reached else 'missed'} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=5, help="of each way, at least 2")
    parser.add_argument("--json", action="store_true")
    asked_for = parser.parse_args()
    found = measure(asked_for.takes)
    if asked_for.json:
        print(json.dumps({name: vars(one) for name, one in found.items()}))
    else:
        print(table(found))


if __name__ == "__main__":
    main()
