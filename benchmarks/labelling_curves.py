"""Labels per second over campaign size, over one's own history, and while a model re-ranks.

Each size has an installation of its own, since a database that holds a million clips is not one
that holds a thousand. All are served at once and take turns. What counts is how fast each is beside
the others of its round, in the median round: a busy moment of the machine meets all of them.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.labelling import ours, report, workload
from benchmarks.labelling.protocol import Annotator, Server
from benchmarks.labelling.workload import Outcome

HISTORIES = (0, 1_000, 100_000)
COLUMNS = (
    "| database | curve | at | labels/s | `next` p50 / p95 / p99 ms | `submit` p50 / p95 / p99 ms "
    "| server CPU ms a label |\n| --- | --- | --- | --- | --- | --- | --- |"
)


@dataclass
class Point:
    """One point of a curve, and what its rounds showed."""

    name: str
    label: Callable[[], Outcome]
    rounds: list[Outcome] = field(default_factory=list)

    @property
    def labels_per_s(self) -> float:
        return statistics.median(one.labels_per_s for one in self.rounds)


@dataclass
class Curve:
    """Points that should be equal."""

    name: str
    points: list[Point]

    @property
    def flatness(self) -> float:
        """Slowest / fastest; 1 is flat. Each point beside the others of its round, median round:
        from one round to the next the machine's own speed changes."""
        rounds = list(zip(*(point.rounds for point in self.points), strict=True))
        speeds = [[one.labels_per_s for one in each] for each in rounds]
        beside = [[speed / statistics.mean(each) for speed in each] for each in speeds]
        typical = [statistics.median(point) for point in zip(*beside, strict=True)]
        return min(typical) / max(typical)


def take_turns(points: Sequence[Point], rounds: int) -> None:
    """A warm-up round, then `rounds` of every point, each time in another order."""
    for point in points:
        point.label()
    for i in range(rounds):
        shift = i % len(points)
        for point in [*points[shift:], *points[:shift]]:
            point.rounds.append(point.label())


def short(n: int) -> str:
    """1000 as 1k, 1000000 as 1M."""
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if n >= unit and n % unit == 0:
            return f"{n // unit}{name}"
    return str(n)


def at(server: Server, people: Sequence[Annotator], n: int) -> Callable[[], Outcome]:
    """A round of `n` labels, shared by `people`."""
    return lambda: workload.label(server, people, max(1, n // len(people)))


def over_sizes(database: str, asked: argparse.Namespace) -> Curve:
    """Campaigns of each size, each in a database of its own."""
    with contextlib.ExitStack() as stack:
        points = []
        for size in asked.sizes:
            seed = ("--annotators", str(asked.annotators), "--campaign", f"all:{size}")
            here = stack.enter_context(ours.installed(database, *seed))
            server = stack.enter_context(ours.served(here, "all"))["all"]
            people = workload.sign_in(server, asked.annotators)
            points.append(Point(f"{short(size)} items", at(server, people, asked.labels)))
        take_turns(points, asked.rounds)
    return Curve("over items", points)


def over_histories(database: str, asked: argparse.Namespace) -> list[Curve]:
    """People with a past, one at a time, in one campaign; then the same after its order changed;
    then everybody, while it changes all the time."""
    items = asked.rerank + asked.rerank // 5
    own = [min(n, asked.rerank) for n in HISTORIES]
    seed = ["--annotators", str(asked.annotators), "--campaign", f"all:{items}"]
    for person, n in enumerate(own):
        seed += ["--history", f"all:{person}:{n}"]
    with ours.installed(database, *seed) as here, ours.served(here, "all") as servers:
        server = servers["all"]
        people = workload.sign_in(server, asked.annotators)
        names = [f"{short(n)} own labels" for n in own]
        alone = [
            Point(name, at(server, [person], asked.labels))
            for name, person in zip(names, people, strict=False)
        ]
        take_turns(alone, asked.rounds)
        reranked = [
            Point(f"{name}, order just changed", after_rerank(server, person, here, asked))
            for name, person in zip(names, people, strict=False)
        ]
        take_turns(reranked, asked.rounds)
        # Long enough that a round is not the start of a re-ranking alone.
        everybody = at(server, people[len(own) :], 3 * asked.labels)
        beside = [
            Point("order left alone", everybody),
            Point(f"{short(asked.rerank)} items re-ranked", during(everybody, here, asked)),
        ]
        take_turns(beside, asked.rounds)
    return [
        Curve("over own labels, one person", alone),
        Curve("over own labels, each round after a re-ranking", reranked),
        Curve("while re-ranking", beside),
    ]


def after_rerank(
    server: Server, person: Annotator, here: ours.Installation, asked: argparse.Namespace
) -> Callable[[], Outcome]:
    """One person labels, just after a small round of acquisition put other clips first."""

    def label() -> Outcome:
        few = ["--clips", "100", "--times", "1"]
        child = here.child("benchmarks.servers.rerank", here.campaigns["all"], *few)
        child.communicate()
        if child.returncode:
            raise RuntimeError("Re-ranking failed; its words are above.")
        return at(server, [person], asked.labels)()

    return label


def during(
    everybody: Callable[[], Outcome], here: ours.Installation, asked: argparse.Namespace
) -> Callable[[], Outcome]:
    """Everybody labels while the order is rewritten again and again."""

    def label() -> Outcome:
        many = ["--clips", str(asked.rerank)]
        child = here.child("benchmarks.servers.rerank", here.campaigns["all"], *many)
        try:
            assert child.stdout is not None
            if child.stdout.readline() != "begun\n":
                raise RuntimeError("Re-ranking did not begin; its words are above.")
            return everybody()
        finally:
            end(child)

    return label


def end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


def rows(database: str, curve: Curve) -> list[str]:
    lines = []
    for point in curve.points:
        found = report.merged(point.rounds)
        speed = f"{point.labels_per_s:.1f}"
        spreads = (report.spread(found.next), report.spread(found.submit))
        cells = [database, curve.name, point.name, speed, *spreads, f"{found.cpu_ms_per_label:.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--annotators", type=int, default=8)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rerank", type=int, default=100_000, help="items, and most own labels")
    parser.add_argument("--labels", type=int, default=300, help="of a round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--databases", nargs="+", default=ours.DATABASES, choices=ours.DATABASES)
    asked = parser.parse_args()
    lines = [COLUMNS]
    flat = []
    for database in asked.databases:
        for curve in [over_sizes(database, asked), *over_histories(database, asked)]:
            lines += rows(database, curve)
            text = f"{database}, {curve.name}: slowest / fastest"
            flat.append(report.verdict(text, curve.flatness, 0.8, at_least=True))
    print("\n".join([*lines, "", *flat]))


if __name__ == "__main__":
    main()
