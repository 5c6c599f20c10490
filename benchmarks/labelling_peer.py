"""The same eight annotators at our platform and at Label Studio Community, in one run.

Both behind the server they ship with, on the same kind of database, over HTTP with sessions.
`make bench-peer` installs Label Studio in an environment of its own; `--program` names another.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.labelling import label_studio, ours, processes, report, workload
from benchmarks.labelling.protocol import Server
from benchmarks.labelling.workload import Outcome

ROOT = Path(__file__).resolve().parent.parent
TURNS = 5
# How many times shorter p95 of `next` must be.
NEXT_BAR = {"sqlite": 30, "postgres": 12}


def measure(database: str, program: Path, asked: argparse.Namespace) -> dict[str, Outcome]:
    """Ours and theirs in turns, so that a busy moment of the machine meets both.

    Together they would share the cores, so the one that waits leaves them alone.
    """
    seed = ("--annotators", str(asked.annotators), "--campaign", f"all:{asked.clips}")
    with (
        ours.installed(database, *seed) as here,
        ours.served(here, "all") as servers,
        label_studio.running_peer(program, database, n_clips=asked.clips) as peer,
    ):
        labels: dict[Server, int] = {servers["all"]: asked.labels, peer: asked.peer_labels}
        people = {server: workload.sign_in(server, asked.annotators) for server in labels}
        rounds: dict[Server, list[Outcome]] = {server: [] for server in labels}
        for server in labels:  # connections and caches warm
            workload.label(server, people[server], 2)
        for _ in range(TURNS):
            for server, n in labels.items():
                processes.settle([*servers["all"].roots(), *peer.roots()])
                done = workload.label(server, people[server], max(1, n // TURNS))
                rounds[server].append(done)
    mine, theirs = (report.merged(rounds[server]) for server in labels)
    return {"SpeechEQ": mine, f"{peer.name}, behind {peer.behind}": theirs}


def verdicts(database: str, mine: Outcome, theirs: Outcome) -> list[str]:
    def shorter(name: str) -> float:
        """How many times shorter our p95 is."""
        return getattr(theirs, name).percentile_ms(95) / getattr(mine, name).percentile_ms(95)

    faster = mine.labels_per_s / theirs.labels_per_s
    saved = theirs.cpu_ms_per_label / mine.cpu_ms_per_label
    return [
        report.verdict(f"{database}: labels/s, times theirs", faster, 20, at_least=True),
        report.verdict(
            f"{database}: `next` p95, times shorter",
            shorter("next"),
            NEXT_BAR[database],
            at_least=True,
        ),
        report.verdict(
            f"{database}: `submit` p95, times shorter", shorter("submit"), 15, at_least=True
        ),
        f"- {database}: server CPU a label, times less: {saved:.2f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", help="label-studio, where not in .venv-label-studio-server")
    parser.add_argument("--annotators", type=int, default=8)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--labels", type=int, default=200, help="of each annotator, at ours")
    parser.add_argument("--peer-labels", type=int, default=15, help="of each, at Label Studio")
    parser.add_argument("--databases", nargs="+", default=ours.DATABASES, choices=ours.DATABASES)
    asked = parser.parse_args()
    program = label_studio.find(asked.program, ROOT)
    if program is None:
        sys.exit("No Label Studio found: run `make bench-peer`, or give --program PATH.")
    lines, ratios = [report.COLUMNS], []
    for database in asked.databases:
        found = measure(database, program, asked)
        lines += [report.row(database, server, 0, one) for server, one in found.items()]
        ratios += verdicts(database, *found.values())
    print("\n".join([*lines, "", *ratios]))


if __name__ == "__main__":
    main()
