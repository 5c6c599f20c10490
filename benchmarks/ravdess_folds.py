"""RAVDESS-8 by EmoBox folds: train on 20 actors, report on the 4 that were held out.

    python benchmarks/ravdess_folds.py --folds 1 2 --preset standard --json figures.json

Labels are the actors' intentions. Two of the 20 training actors, one of each sex and drawn by the
seed, choose the epoch; the test actors are looked at once, at the end. Nothing is normalised per
speaker. CPU seconds are of this process, from the first sound read to the last clip scored.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import soundfile

from training.config import RunConfig
from training.engine.evaluate import evaluate
from training.engine.loop import best_model, train
from training.engine.rows import ClipRow
from training.engine.score import load_model

# Test actors of the EmoBox folds (Ma et al. 2024).
FOLDS = {
    1: (1, 11, 20, 21),
    2: (4, 10, 12, 14),
    3: (8, 9, 19, 23),
    4: (3, 5, 7, 24),
    5: (2, 15, 16, 18),
    6: (6, 13, 17, 22),
}
CATEGORIES = {
    "neutral": "NEU",
    "calm": "CAL",
    "happy": "HAP",
    "sad": "SAD",
    "angry": "ANG",
    "fearful": "FEA",
    "disgust": "DIS",
    "surprised": "SUR",
}
LEVELS = {"normal": 2, "strong": 3}
COLUMNS = ("esc_ua", "eis_ua", "gender_ua", "phoneme_error_rate", "cpu_s")


def read_rows(folder: Path) -> list[ClipRow]:
    """Every clip, its split still open. The one take stored twice is kept once."""
    rows: dict[str, ClipRow] = {}
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            samples, _ = soundfile.read(folder / line["file"], dtype="int16")
            digest = hashlib.sha256(samples.tobytes()).hexdigest()
            esc = CATEGORIES[line["emotion"]]
            row = ClipRow(
                key=Path(line["file"]).stem,
                path=folder / line["file"],
                audio_sha256=digest,
                speaker=line["speaker"],
                duration_ms=round(1000 * float(line["duration_s"])),
                esc=esc,
                eis=0 if esc == "NEU" else LEVELS[line["intensity"]],
                sex=line["sex"],
                transcript=line["text"],
                language=line["language"],
            )
            rows.setdefault(digest, row)
    return list(rows.values())


def split_rows(rows: list[ClipRow], fold: int, seed: int, n_dev: int) -> list[ClipRow]:
    """Test: the fold's actors. Dev: `n_dev` others, half of each sex. Train: the rest."""
    actor = {row.key: int(row.speaker.rsplit("-", 1)[1]) for row in rows}
    sexes = {actor[row.key]: row.sex for row in rows}
    rng = np.random.default_rng([seed, fold])
    dev: set[int] = set()
    for sex in ("female", "male"):
        others = [one for one in sorted(sexes) if one not in FOLDS[fold] and sexes[one] == sex]
        dev |= set(rng.choice(others, n_dev // 2, replace=False).tolist())

    def split(row: ClipRow) -> str:
        if actor[row.key] in FOLDS[fold]:
            return "test"
        return "dev" if actor[row.key] in dev else "train"

    return [replace(row, split=split(row)) for row in rows]


def run_fold(
    folder: Path, fold: int, config: RunConfig, work: Path, *, n_dev: int, verbose: bool
) -> dict[str, Any]:
    started = time.process_time()
    rows = split_rows(read_rows(folder), fold, config.seed, n_dev)
    checkpoint, cache = work / f"fold-{fold}", work / "features"
    for epoch in train(config, rows, checkpoint_dir=checkpoint, cache_dir=cache, resume=False):
        if verbose:
            shown = ("train_loss", "dev_esc_ua", "dev_eis_ua", "dev_gender_ua")
            figures = " ".join(f"{name} {epoch.metrics[name]:.3f}" for name in shown)
            wait = epoch.metrics["data_wait_s"] / epoch.metrics["seconds"]
            best = "best" if epoch.is_best else ""
            print(
                f"  fold {fold} epoch {epoch.number} {figures} wait {wait:.3f} {best}", flush=True
            )
    model = load_model(best_model(checkpoint))
    figures = evaluate(model, rows, split="test", cache_dir=cache)
    figures["cpu_s"] = time.process_time() - started
    return {"fold": fold, "best_epoch": model.manifest.epoch, **figures}


def table(results: list[dict[str, Any]]) -> str:
    lines = [
        "| fold | UA | EIS UA | gender UA | phoneme error | CPU s |",
        "|---|---|---|---|---|---|",
    ]
    means = {name: float(np.mean([one[name] for one in results])) for name in COLUMNS}
    for one in [*results, {"fold": "mean", **means}]:
        cells = [f"{one[name]:.3f}" for name in COLUMNS[:-1]] + [f"{one['cpu_s']:.0f}"]
        lines.append("| " + " | ".join([str(one["fold"]), *cells]) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).resolve().parent.parent
    data = Path(os.environ.get("SPEECHEQ_DATA", here.parent / "shared" / "data")) / "ravdess"
    parser.add_argument("--data", type=Path, default=data)
    parser.add_argument("--folds", type=int, nargs="+", default=[1, 2], choices=sorted(FOLDS))
    parser.add_argument("--preset", default="standard")
    parser.add_argument("--config", type=json.loads, default={}, help="changes to the preset, JSON")
    parser.add_argument("--dev-actors", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--work", type=Path, help="keep features and checkpoints here")
    parser.add_argument("--verbose", action="store_true")
    asked = parser.parse_args()
    if not (asked.data / "metadata.csv").exists():
        parser.error(f"{asked.data} holds no metadata.csv; give --data or set SPEECHEQ_DATA")
    config = RunConfig.preset(asked.preset, asked.config)
    work = asked.work or Path(tempfile.mkdtemp(prefix="ravdess-"))
    results = []
    try:
        for fold in asked.folds:
            one = run_fold(
                asked.data, fold, config, work, n_dev=asked.dev_actors, verbose=asked.verbose
            )
            results.append(one)
    finally:
        if asked.work is None:
            shutil.rmtree(work, ignore_errors=True)
    print(table(results))
    if asked.json:
        asked.json.write_text(json.dumps({"config": config.to_json(), "folds": results}, indent=1))


if __name__ == "__main__":
    main()
