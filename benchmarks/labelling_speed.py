"""Eight annotators at `next` and `submit`, beside the least these requests could cost.

Real HTTP with session cookies and CSRF tokens, to the platform as `manage.py serve` runs it, on
both databases; once thinking 0.4 s over each clip, once without pause. The bare views are the
limit: the same server, middleware and session; one row read by key, one row inserted. They take
turns with the real ones, so that a busy moment meets both. Clients share the machine with the
server: read the ratios, not the milliseconds.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from benchmarks.labelling import ours, processes, report, workload
from benchmarks.labelling.workload import Outcome

ROUNDS = 3


@dataclass(frozen=True)
class Found:
    """What one database showed."""

    bare: Outcome
    busy: Outcome  # without pause
    calm: Outcome
    web_mb: float


def measure(database: str, asked: argparse.Namespace) -> Found:
    seed = ("--annotators", str(asked.annotators), "--campaign", f"all:{asked.clips}")
    with ours.installed(database, *seed) as here, ours.served(here, "all") as servers:
        bare, real = servers["bare"], servers["all"]
        people = {
            bare: workload.sign_in(bare, asked.annotators),
            real: workload.sign_in(real, asked.annotators),
        }
        rounds: dict[ours.Platform, list[Outcome]] = {bare: [], real: []}
        for server in people:  # connections and caches warm
            workload.label(server, people[server], 5)
        for _ in range(ROUNDS):
            for server, done in rounds.items():
                n = max(1, asked.labels // ROUNDS)
                done.append(workload.label(server, people[server], n))
        calm = workload.label(real, people[real], asked.calm_labels, think_s=asked.think)
        web_mb = processes.largest_mb(real.roots(), "gunicorn")
    return Found(report.merged(rounds[bare]), report.merged(rounds[real]), calm, web_mb)


def rows(database: str, found: Found, think_s: float) -> list[str]:
    return [
        report.row(database, "SpeechEQ", think_s, found.calm),
        report.row(database, "SpeechEQ", 0, found.busy),
        report.row(database, "bare views", 0, found.bare),
    ]


def verdicts(database: str, found: Found) -> list[str]:
    """The bars of the labelling figures, and what was measured for each."""
    calm, busy, bare = found.calm, found.busy, found.bare
    p95 = "p95, thinking, ms"
    lines = [
        report.verdict(
            f"{database}: `next` {p95}", calm.next.percentile_ms(95), 35, at_least=False
        ),
        report.verdict(
            f"{database}: `submit` {p95}", calm.submit.percentile_ms(95), 50, at_least=False
        ),
    ]
    for name in ("next", "submit"):
        mine, limit = getattr(busy, name).mean_cpu_ms, getattr(bare, name).mean_cpu_ms
        text = f"{database}: CPU of `{name}` / of its bare view ({mine:.2f} / {limit:.2f} ms)"
        lines.append(report.verdict(text, mine / limit, 3, at_least=False))
    both = busy.cpu_ms_per_label / bare.cpu_ms_per_label
    p50 = busy.next.percentile_ms(50) / bare.next.percentile_ms(50)
    p50_submit = busy.submit.percentile_ms(50) / bare.submit.percentile_ms(50)
    lines.append(
        f"- {database}: CPU of all processes a label / of two bare requests: {both:.2f}; p50 of "
        f"`next` / bare {p50:.2f}, of `submit` / bare {p50_submit:.2f}; largest web process "
        f"{found.web_mb:.0f} MB"
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--annotators", type=int, default=8)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--labels", type=int, default=150, help="of each annotator, without pause")
    parser.add_argument("--calm-labels", type=int, default=60, help="of each, with thinking")
    parser.add_argument("--think", type=float, default=0.4, help="seconds over each clip")
    parser.add_argument("--databases", nargs="+", default=ours.DATABASES, choices=ours.DATABASES)
    asked = parser.parse_args()
    found = {name: measure(name, asked) for name in asked.databases}
    lines = [report.COLUMNS]
    lines += [line for name, one in found.items() for line in rows(name, one, asked.think)]
    lines += ["", *(line for name, one in found.items() for line in verdicts(name, one))]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
