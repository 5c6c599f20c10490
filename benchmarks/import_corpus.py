"""Clips/s of an import with all derivatives, and where its CPU time goes.

The whole of RAVDESS (or the folder named) into an empty platform on SQLite: decoding children,
storing and rows included, process start and migrations not. Then the same again, when everything
is there already. Shares are of the CPU seconds of all processes; those of the stages inside the
children are by elapsed time, which on a busy machine makes them look larger than they are.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

STAGES = ("open", "decode", "hash", "level", "resample", "flac", "peaks", "spectrogram")


def measure(folder: Path, recipe: str, children: int) -> dict[str, Any]:
    """Import `folder` twice into a fresh home. Needs a process of its own."""
    with tempfile.TemporaryDirectory(prefix="speecheq-bench-") as home:
        os.environ["SPEECHEQ_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "speecheq.settings"
        for name in ("DATABASE_URL", "SPEECHEQ_MEDIA", "SPEECHEQ_S3_BUCKET"):
            os.environ.pop(name, None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        first, again = run(folder, recipe, children), run(folder, recipe, children)
        return {"first": first, "again": again}


def run(folder: Path, recipe: str, children: int) -> dict[str, Any]:
    """One import: counts, clips/s, CPU seconds and the share of each stage."""
    from annotation.recipes import read
    from annotation.services.decoding import Decoders, Outcome, Prepared
    from annotation.services.imports import ensure_corpus
    from annotation.services.ingest import Ingest, mapping_labels

    class Counting(Decoders):
        stages: Counter[str] = Counter()
        lock = threading.Lock()

        def _prepare(self, path: Path, derivatives: bool) -> Outcome:
            outcome = super()._prepare(path, derivatives)
            if isinstance(outcome, Prepared):
                with self.lock:
                    self.stages.update(outcome.facts["stages"])
            return outcome

    facts = {"name": "bench", "language": "en", "licence": "as the corpus"}
    corpus = ensure_corpus("bench", facts=facts)
    own, began = cpu_s(resource.RUSAGE_SELF), time.perf_counter()
    reaped = cpu_s(resource.RUSAGE_CHILDREN)
    reading = read(recipe, folder)
    pool = Counting(children, time_stages=True)
    Counting.stages.clear()
    try:
        report = Ingest(corpus, reading, pool, mapping=mapping_labels(recipe)).run()
    finally:
        pool.close()
    wall = time.perf_counter() - began
    parent = cpu_s(resource.RUSAGE_SELF) - own
    child = cpu_s(resource.RUSAGE_CHILDREN) - reaped
    seconds = {name: Counting.stages[name] for name in STAGES}
    seconds["start of children, pipes"] = max(0.0, child - sum(seconds.values()))
    seconds["storing files, rows"] = parent
    total = sum(seconds.values())
    counts = {k: v for k, v in report.as_result().items() if isinstance(v, int)}
    return {
        **counts,
        "refused": len(report.refused),
        "children": children,
        "wall_s": round(wall, 2),
        "cpu_s": round(total, 2),
        "clips_per_s": round(len(reading.rows) / wall, 1),
        "share": {name: round(value / total, 3) for name, value in seconds.items()},
    }


def cpu_s(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def table(found: dict[str, Any]) -> str:
    first, again = found["first"], found["again"]
    lines = [
        f"{first['imported']} imported, {first['duplicates']} duplicates,"
        f" {first['refused']} refused by {first['children']} decoding children:"
        f" {first['clips_per_s']} clips/s ({first['wall_s']} s, {first['cpu_s']} CPU s)",
        f"again: {again['already']} already there, {again['imported']} imported:"
        f" {again['clips_per_s']} clips/s ({again['wall_s']} s)",
        "",
        "| stage | share of CPU |",
        "| --- | --- |",
    ]
    return "\n".join(lines + [f"| {n} | {100 * s:.1f} % |" for n, s in first["share"].items()])


def main() -> None:
    from tests.data import data_dir

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--recipe", default="ravdess")
    parser.add_argument("--children", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.folder or data_dir("ravdess")
    found = measure(folder, arguments.recipe, arguments.children)
    print(json.dumps(found) if arguments.json else table(found))


if __name__ == "__main__":
    main()
