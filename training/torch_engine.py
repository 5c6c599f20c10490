"""The engine as the services use it. torch is imported where it runs: only a worker pays for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from training.config import RunConfig
from training.engine.rows import BadData, ClipRow
from training.services.engine import Figures, OnBatch, Posteriors, Scorer, TrainedEpoch

_SAME = ("n_clips", "eis_ua", "eis_mae", "eis_ccc", "gender_ua", "combined")
_RENAMED = {"esc_ua": "ua", "esc_wa": "wa", "phoneme_error_rate": "phoneme_error"}
_TRAIN, _DEV = "train_", "dev_"


class TorchEngine:
    """`training.engine` behind the protocol of `training.services.engine`."""

    def train(
        self,
        config: RunConfig,
        rows: Sequence[ClipRow],
        *,
        checkpoint_dir: Path,
        cache_dir: Path,
        release_sha256: str,
        on_batch: OnBatch,
    ) -> Iterator[TrainedEpoch]:
        from training.engine.loop import train

        epochs = train(
            config,
            rows,
            checkpoint_dir=checkpoint_dir,
            cache_dir=cache_dir,
            release_sha256=release_sha256,
            on_batch=on_batch,
        )
        for epoch in epochs:
            yield trained_epoch(epoch.number, epoch.metrics, is_best=epoch.is_best)

    def best_model(self, checkpoint_dir: Path) -> Path:
        from training.engine.loop import best_model

        return best_model(checkpoint_dir)

    def evaluate(
        self, model_dir: Path, rows: Sequence[ClipRow], *, split: str, cache_dir: Path
    ) -> Figures:
        from training.engine.checkpoint import load_model
        from training.engine.evaluate import evaluate

        return figures(evaluate(load_model(model_dir), rows, split=split, cache_dir=cache_dir))

    def scorer(self, model_dir: Path, *, cache_dir: Path) -> Scorer:
        from training.engine.score import load_model, score

        model = load_model(model_dir)

        def posteriors(
            rows: Sequence[ClipRow], *, on_bad: Callable[[ClipRow, BadData], None]
        ) -> Iterator[Posteriors]:
            for each in score(model, rows, cache_dir=cache_dir, on_bad=on_bad):
                levels = {str(level): share for level, share in enumerate(each.eis)}
                yield Posteriors(each.key, each.esc, levels, each.eis_score, each.gender)

        return posteriors


def trained_epoch(number: int, metrics: dict[str, Any], *, is_best: bool) -> TrainedEpoch:
    """An epoch's flat metrics (`train_loss`, `train_esc`, `dev_esc_ua`, ...) in our words."""
    losses = _below(metrics, _TRAIN)
    return TrainedEpoch(
        number=number,
        loss=losses.pop("loss", None),
        losses=losses,
        dev=figures(_below(metrics, _DEV)),
        seconds=metrics["seconds"],
        is_best=is_best,
    )


def figures(measured: dict[str, Any]) -> Figures:
    """The engine's measures under the names of pages and REST."""
    found = {name: measured[name] for name in _SAME if name in measured}
    found |= {ours: measured[name] for name, ours in _RENAMED.items() if name in measured}
    if "esc_confusion" in measured:
        found["recall"] = measured["esc_recall"]
        found["confusion"] = {
            "labels": measured["esc_codes"],
            "matrix": measured["esc_confusion"],
        }
    return found


def _below(metrics: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in metrics.items()
        if name.startswith(prefix)
    }
