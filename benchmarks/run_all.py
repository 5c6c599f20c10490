"""`make bench`: run every benchmark and write docs/figures.md; named ones renew their own sections.

Each runs in a process of its own and prints a Markdown table, which is kept as it is, under the
command that printed it, the bar it is held against, the commit and the load of the machine before
and after.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "docs" / "figures.md"


@dataclass(frozen=True)
class Benchmark:
    """One module of this package and what is asked of it."""

    module: str
    title: str
    asked: str
    arguments: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        return " ".join(["python -m", f"benchmarks.{self.module}", *self.arguments])


BENCHMARKS = (
    Benchmark(
        "start_up",
        "Start and memory",
        "Second `make demo` to the first page < 10 s; a web process < 150 MB.",
    ),
    Benchmark(
        "import_corpus",
        "Import of RAVDESS with all derivatives",
        "Clips/s and the CPU share of each stage.",
    ),
    Benchmark(
        "labelling_speed",
        "`next` and `submit`, 8 annotators, 10k clips",
        "Thinking 0.4 s: p95 of `next` < 35 ms, of `submit` < 50 ms; CPU of each <= 3 times its "
        "bare view's.",
    ),
    Benchmark(
        "labelling_curves",
        "Labels/s over items, over own labels, and while a model re-ranks",
        "Slowest >= 0.8 of fastest on each curve.",
    ),
    Benchmark(
        "labelling_chaos",
        "10,000 submits, 50 clients, five kills of web, worker and Redis",
        "0 lost, 0 doubled, 0 over overlap, 0 invalid stored, counters equal rows; extras < 1 %.",
    ),
    Benchmark(
        "labelling_page",
        "The labelling page in Chromium",
        "Enter to the next audible clip: p95 <= 100 ms over 50 clips with 300 ms added to each "
        "request; cold < 0.5 MB, waveform < 1 s; 3 keys a clip.",
    ),
    Benchmark(
        "recording_qc",
        "Quality of takes: cost, and reasons told of spoilt speech",
        "QC of a take of 10 s < 50 ms; which reasons are told of takes with known clipping, SNR, "
        "cuts, silence, offset, level and losses.",
    ),
    Benchmark(
        "recording_browser",
        "Recording in Chromium",
        "Through a network cut, a 500 and SIGKILL of the browser: each take is stored once, whole, "
        "aligned it correlates > 0.999 with what was spoken, and its length is within 1 %.",
    ),
    Benchmark(
        "recording_long",
        "A long recording of 3 h",
        "Peak memory of ingest < 300 MB; > 60 times real time a core; the cut points of pydub on "
        "the whole channel.",
    ),
    Benchmark(
        "ravdess_folds",
        "RAVDESS-8 from scratch, intended labels, EmoBox folds 1 and 2",
        "Mean UA >= 0.60; EIS UA >= 0.76; gender UA >= 0.93; phoneme error <= 0.4 (two sentences "
        "only); <= 300 CPU seconds a fold on one thread.",
        ("--folds", "1", "2"),
    ),
)


def load() -> str:
    return ", ".join(f"{value:.2f}" for value in os.getloadavg())


def output_of(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def commit() -> str:
    """The commit measured, and whether files differ from it."""
    changed = output_of("git", "status", "--porcelain", "--untracked-files=no")
    return output_of("git", "rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def processor() -> str:
    """The processor's name, where the system tells it."""
    for line in _lines(Path("/proc/cpuinfo")):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def run(benchmark: Benchmark) -> tuple[str, bool]:
    """The section of one benchmark, and whether it ran to its end."""
    before, at = load(), f"commit {commit()}, {now()}"
    command = [sys.executable, "-m", f"benchmarks.{benchmark.module}", *benchmark.arguments]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    result = done.stdout.strip() if done.returncode == 0 else "Failed: no figures from this run."
    section = [
        f"## {benchmark.title}",
        "",
        f"Asked: {benchmark.asked}",
        "",
        result,
        "",
        f"`{benchmark.command}`; {at}; load of 1, 5 and 15 minutes {before} before, {load()} "
        "after.",
    ]
    return "\n".join(section), done.returncode == 0


def now() -> str:
    return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC"


def header() -> str:
    return "\n".join(
        [
            "# Figures",
            "",
            "Written by `make bench`; do not edit. Absolute times belong to this machine and its "
            "load; ratios travel better.",
            "",
            f"{os.cpu_count()} cores ({processor()}), Python {platform.python_version()}, "
            f"{platform.system()}.",
        ]
    )


def kept(figures: Path) -> dict[str, str]:
    """The sections of an earlier run by their titles."""
    text = figures.read_text(encoding="utf-8") if figures.exists() else ""
    sections = [section.strip() for section in text.split("\n## ")[1:]]
    return {section.partition("\n")[0]: f"## {section}" for section in sections}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [benchmark.module for benchmark in BENCHMARKS]
    parser.add_argument("only", nargs="*", metavar="NAME", help=f"some of: {', '.join(names)}")
    parser.add_argument("--output", type=Path, default=FIGURES)
    asked = parser.parse_args()
    unknown = sorted(set(asked.only) - set(names))
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(names)}")
    sections, failed = kept(asked.output), []
    for benchmark in BENCHMARKS:
        if asked.only and benchmark.module not in asked.only:
            continue
        print(f"--- {benchmark.command}", flush=True)
        section, worked = run(benchmark)
        print(section, flush=True)
        sections[benchmark.title] = section
        failed += [] if worked else [benchmark.module]
    ours = [sections[one.title] for one in BENCHMARKS if one.title in sections]
    asked.output.write_text("\n\n".join([header(), *ours]) + "\n", encoding="utf-8")
    print(f"Written to {asked.output}.")
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
