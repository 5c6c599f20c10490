"""What training tests stand on: audible corpora, releases, a quick engine, finished jobs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.base import ContentFile

from annotation.audio.derive import flac_bytes
from annotation.models import Corpus, Release
from speecheq import jobs
from speecheq.models import Job
from tests.annotation.releasing import LABELS, corpus_of, release_of
from tests.factories import ClipFactory, SpeakerFactory
from training import tasks
from training.models import AcquisitionRound, Checkpoint, Run
from training.services.acquisition import RoundRequest, request_round
from training.services.engine import Posteriors, TrainedEpoch
from training.services.runs import request_run

CODES = ["NEU", "HAP", "SAD", "ANG"]
TINY = {
    "optimiser": {"epochs": 2, "batch_frames": 400},
    "encoder": {"stem_channels": 2, "channels": [8], "dim": 16, "statistics_dim": 0},
    "augment": {"speeds": [1.0]},
}


class QuickEngine:
    """Trains nothing and answers at once, in the engine's own form.

    `before(number)` runs before each epoch; `ua` is what every split is measured with; a clip's
    posterior depends on its key alone, so that orders are the same at every run.
    """

    def __init__(self, *, ua: float = 0.5, before: Any = None):
        self.ua, self.before = ua, before or (lambda number: None)
        self.trained: list[int] = []
        self.scored: list[str] = []

    def train(self, config, rows, *, checkpoint_dir: Path, on_batch, release_sha256, **_: Any):
        record = checkpoint_dir / "epochs.json"
        done = json.loads(record.read_text()) if record.exists() else 0
        for number in range(1, config.optimiser.epochs + 1):
            if number > done:
                self.before(number)
                on_batch(number, 1, 1)
                self.trained.append(number)
                self._save(checkpoint_dir, number, release_sha256)
                record.write_text(json.dumps(number))
            yield TrainedEpoch(number, 1 / number, {"esc": 1 / number}, self._figures(), 0.5, True)

    def _save(self, folder: Path, number: int, release_sha256: str) -> None:
        best = self.best_model(folder)
        best.mkdir(parents=True, exist_ok=True)
        (best / "model.safetensors").write_bytes(b"weights %d" % number)
        facts = {"epoch": number, "release_sha256": release_sha256}
        (best / "model.json").write_text(json.dumps(facts))

    def _figures(self) -> dict[str, Any]:
        return {
            "n_clips": 4,
            "ua": self.ua,
            "wa": self.ua,
            "eis_ua": 0.4,
            "gender_ua": 0.9,
            "phoneme_error": 0.5,
            "recall": {"NEU": 1.0, "HAP": 0.5, "SAD": 0.0, "ANG": None},
            "confusion": {
                "labels": CODES,
                "matrix": [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]],
            },
        }

    def best_model(self, checkpoint_dir: Path) -> Path:
        return checkpoint_dir / "best"

    def evaluate(self, model_dir, rows, *, split, cache_dir) -> dict[str, Any]:
        assert any(row.split == split for row in rows)
        return self._figures()

    def scorer(self, model_dir: Path, *, cache_dir):
        assert (model_dir / "model.safetensors").exists()

        def posteriors(rows, *, on_bad) -> Iterator[Posteriors]:
            for row in rows:
                self.scored.append(row.key)
                yield posterior(row.key)

        return posteriors


def posterior(key: str) -> Posteriors:
    """Seeded by the key."""
    rng = np.random.default_rng(int(hashlib.sha256(key.encode()).hexdigest()[:8], 16))
    shares = rng.dirichlet(np.ones(len(CODES))).tolist()
    levels = {"0": shares[0], "1": 0.0, "2": 1 - shares[0], "3": 0.0}
    esc = dict(zip(CODES, shares, strict=True))
    return Posteriors(key, esc, levels, 2 * (1 - shares[0]), {"female": 0.5, "male": 0.5})


def use(monkeypatch, engine: QuickEngine) -> QuickEngine:
    """Let the worker's jobs train with `engine`."""
    monkeypatch.setattr(tasks, "engine", lambda: engine)
    return engine


def audible_corpus(n_speakers: int = 6, *, clips_each: int = 4, slug: str = "sound") -> Corpus:
    """A corpus of short sounds whose pitch and level go with their labels."""
    corpus = corpus_of(0, slug=slug)
    rng = np.random.default_rng(5)
    at = np.arange(9600) / 16_000
    for n in range(n_speakers):
        speaker = SpeakerFactory(corpus=corpus, code=f"s{n:02}")
        for k in range(clips_each):
            esc, eis = LABELS[k % len(LABELS)]
            tone = np.sin(2 * np.pi * (120 + 90 * (k % len(LABELS)) + 5 * n) * at)
            samples = (4000 * tone * (1 + k % 2) + rng.normal(0, 300, len(at))).astype(np.int16)
            ClipFactory(
                speaker=speaker,
                key=f"{speaker.code}/{k:02}",
                sha256=hashlib.sha256(samples.tobytes()).hexdigest(),
                duration_ms=600,
                transcript="dogs are sitting by the door",
                intended_esc=esc,
                intended_eis=eis,
                audio16k=ContentFile(flac_bytes(samples), name=f"{n}-{k}.flac"),
            )
    return corpus


def frozen(corpus: Corpus, **changed: Any) -> Release:
    """A release of intended labels with clips in every split."""
    splits = {"ratios": {"train": 0.5, "dev": 0.25, "test": 0.25}}
    release = release_of(corpus, **({"splits": splits} | changed))
    assert release.state == "frozen", release.error
    return release


def run_of(release: Release, *, by: Any = None, config: Any = None, preset: str = "quick") -> Run:
    """A run whose job has run, however it ended."""
    short = {"optimiser": {"epochs": 3}} if config is None else config
    run, job = request_run(release, preset=preset, config=short, by=by)
    jobs.run_job(job.pk)
    return Run.objects.select_related("job", "release").get(pk=run.pk)


def model_of(release: Release, **how: Any) -> Checkpoint:
    run = run_of(release, **how)
    assert run.state == "succeeded", run.error
    return Checkpoint.objects.select_related("run__release").get(run=run)


def asked_round(campaign: Any, **changed: Any) -> RoundRequest:
    wanted = {"acquisition": "entropy", "budget": 5, "control_share": 0.4, "seed": 1}
    return RoundRequest(campaign=campaign.public_id, **(wanted | changed))


def round_of(model: Checkpoint, campaign: Any, *, by: Any = None, **changed: Any) -> Any:
    """A round whose job has run."""
    job = request_round(model, asked_round(campaign, **changed), by=by)
    jobs.run_job(job.pk)
    job = Job.objects.get(pk=job.pk)
    assert job.state == "succeeded", job.error
    return AcquisitionRound.objects.get(public_id=job.result["round"])
