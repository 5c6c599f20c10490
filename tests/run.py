"""`make test`: every suite, on SQLite and on PostgreSQL, and a list of what ran.

Two lanes run beside each other. Who starts processes waits for them half of the time, and what
starts none fills that time: with low priority, so that servers, browsers and their deadlines meet
an idle machine. Each line of the list is one pytest run; the last line counts all of them. The exit
code is that of the first run that failed. Arguments are handed to pytest, such as `-x`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import postgres, surroundings, templates

ROOT = Path(__file__).resolve().parent.parent
PATIENT = 10  # niceness: a ninth of the CPU while somebody else wants it, else all of it
LEFT_OUT = ("skipped", "xfailed", "xpassed", "deselected")
# What tests themselves are told. Settings of somebody's installation are none of theirs.
OURS = {"SPEECHEQ_DATA", "SPEECHEQ_REQUIRE_ALL"}


@dataclass(frozen=True)
class Phase:
    """One pytest run."""

    suite: str
    database: str
    title: str
    workers: int = 2
    niceness: int = 0


@dataclass
class Outcome:
    """What a phase did."""

    phase: Phase
    code: int
    seconds: float
    counts: dict[str, int] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    cpu_s: float = 0.0  # of it and of what it started and waited for


LANES = [
    [
        Phase("processes", "SQLite", "servers, workers, browser, the loop end to end", workers=3),
        Phase("server", "PostgreSQL", "the whole platform: browser, the loop", workers=3),
    ],
    [
        Phase("unit", "SQLite", "everything without started processes", niceness=PATIENT),
        Phase("database", "PostgreSQL", "what touches the database", niceness=PATIENT),
    ],
]
_PRINTING = threading.Lock()


def run(phase: Phase, *, database_url: str, copies: str, arguments: Sequence[str]) -> Outcome:
    """Run one phase and print what it said; tests that share a server stay together."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        env = surroundings.plain() | {name: os.environ[name] for name in OURS & os.environ.keys()}
        env |= {"OMP_NUM_THREADS": "1", "SPEECHEQ_TEST_REPORT": str(report)}
        # Else each of some hundred processes compiles every module of ours, and each worker every
        # test: a third of what a start takes.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        if phase.database == "PostgreSQL":
            env["DATABASE_URL"] = database_url
        env[templates.FOLDER] = copies
        env["SPEECHEQ_HOME"] = str(Path(folder) / "home")
        command = ["nice", "-n", str(phase.niceness), sys.executable, "-m", "pytest"]
        command += ["--suite", phase.suite, "-q"]
        command += ["-n", str(phase.workers), "--dist", "loadgroup", *arguments]
        outcome, said = watched(phase, command, env)
        with _PRINTING:
            print(f"\n=== {phase.suite} on {phase.database}: {phase.title}", flush=True)
            print(said, flush=True)
        if report.exists():
            found = json.loads(report.read_text(encoding="utf-8"))
            outcome.counts, outcome.reasons = found["counts"], found["reasons"]
        return outcome


def watched(phase: Phase, command: list[str], env: dict[str, str]) -> tuple[Outcome, str]:
    """Run the command of a phase to its end: how it ended, and what it printed."""
    started = time.monotonic()
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=env, **output) as process:
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    cpu_s = used.ru_utime + used.ru_stime
    return Outcome(phase, process.returncode, seconds, cpu_s=cpu_s), said


def table(outcomes: Sequence[Outcome]) -> str:
    """What ran, one line a phase, and every reason for leaving something out."""
    lines = ["", "What ran:"]
    for done in outcomes:
        counts = ", ".join(f"{n} {name}" for name, n in sorted(done.counts.items()) if n)
        state = "ok" if done.code == 0 else f"FAILED (exit code {done.code})"
        lines.append(
            f"  {done.phase.suite:<10} {done.phase.database:<11} {state:<8} "
            f"{counts or 'nothing'} in {done.seconds:.0f} s ({done.cpu_s:.0f} s of CPU): "
            f"{done.phase.title}"
        )
        lines += [f"    {reason}" for reason in done.reasons]
    return "\n".join(lines)


def total(outcomes: Sequence[Outcome]) -> str:
    """The plain last line: `N passed, N failed`, and what was left out if anything was."""

    def count(*names: str) -> int:
        return sum(done.counts.get(name, 0) for done in outcomes for name in names)

    failed = count("failed", "errors")
    # A run that broke before it could count is a failure too.
    failed += sum(1 for done in outcomes if done.code and not done.counts.get("failed", 0))
    left_out = count(*LEFT_OUT)
    return f"{count('passed')} passed, {failed} failed" + (
        f", {left_out} skipped" if left_out else ""
    )


def run_lane(lane: Sequence[Phase], *, cluster: postgres.Cluster, **how: Any) -> list[Outcome]:
    """Run the phases of a lane one after the other, each with a database server's database."""
    return [run(p, database_url=cluster.create_database(p.suite), **how) for p in lane]


def main(arguments: Sequence[str]) -> int:
    with postgres.running() as cluster, tempfile.TemporaryDirectory() as copies:
        print(
            f"PostgreSQL from {cluster.binaries}. Each suite is printed when it ends.", flush=True
        )
        how: dict[str, Any] = {"cluster": cluster, "copies": copies, "arguments": arguments}
        with ThreadPoolExecutor(len(LANES)) as pool:
            lanes = [pool.submit(run_lane, lane, **how) for lane in LANES]
            outcomes = [outcome for lane in lanes for outcome in lane.result()]
    print(table(outcomes))
    print(total(outcomes), flush=True)
    return next((done.code for done in outcomes if done.code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
