"""What a model says of clips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from training.config import RunConfig
from training.engine.cache import FeatureCache
from training.engine.checkpoint import Model, load_model
from training.engine.data import bucketed, collate
from training.engine.decode import decided, level_posteriors, softmax
from training.engine.devices import best_device, mixed_precision
from training.engine.network import Network, Output
from training.engine.phonemes import best_path
from training.engine.rows import BadData, ClipRow

__all__ = ["ClipScore", "load_model", "score", "score_rows"]


@dataclass(frozen=True)
class ClipScore:
    """Posteriors are float64 and sum to 1; level 0 is as probable as NEU (see `decode`).

    esc, gender: posterior by code; eis: posterior by level; eis_score: the expected level;
    label, level: the decision; phonemes: what was heard, None without that head;
    embedding: (n,) float16.
    """

    key: str
    esc: dict[str, float]
    eis: tuple[float, ...]
    eis_score: float
    label: str
    level: int
    gender: dict[str, float]
    phonemes: list[str] | None
    embedding: np.ndarray


def score(
    model: Model,
    rows: Iterable[ClipRow],
    *,
    cache_dir: Path,
    on_bad: Callable[[ClipRow, BadData], None] | None = None,
) -> Iterator[ClipScore]:
    """Score clips in batches, from short to long. A clip that cannot be used goes to `on_bad`;
    without it, it is raised."""
    config = model.manifest.config
    cache = FeatureCache(cache_dir, config.features)
    usable = []
    for row in rows:
        try:
            cache.fill(row, config.scoring.speeds)
            usable.append(row)
        except BadData as error:
            if on_bad is None:
                raise
            on_bad(row, error)
    network = model.network.to(best_device())
    yield from score_rows(network, usable, cache, config, model.manifest.phonemes)


@torch.inference_mode()
def score_rows(
    network: Network,
    rows: list[ClipRow],
    cache: FeatureCache,
    config: RunConfig,
    phonemes: tuple[str, ...],
    *,
    speeds: tuple[float, ...] | None = None,
) -> Iterator[ClipScore]:
    """As `score`, with a network at hand. Leaves it in evaluation mode."""
    network.eval()
    lengths = [cache.n_frames(row) for row in rows]
    for indices in bucketed(lengths, config.scoring.batch_frames):
        chosen = [rows[index] for index in indices]
        outputs = [
            _asked(network, chosen, cache, speed) for speed in speeds or config.scoring.speeds
        ]
        yield from _scores(chosen, outputs, config, phonemes)


def _asked(network: Network, rows: list[ClipRow], cache: FeatureCache, speed: float) -> Output:
    features = [cache.get(row, speed) for row in rows]
    batch = collate(rows, [(one.frames, one.statistics) for one in features])
    device = network.frame_mean.device
    frames, statistics = network.normalise(batch.frames.to(device), batch.statistics.to(device))
    with mixed_precision(device):
        return network(frames, batch.lengths.to(device), statistics)


def _scores(
    rows: list[ClipRow], outputs: list[Output], config: RunConfig, phonemes: tuple[str, ...]
) -> Iterator[ClipScore]:
    codes, genders = config.heads.esc, config.heads.genders
    asked = [softmax(_array(one, "esc")) for one in outputs]
    categories = np.mean(asked, axis=0)
    levels = np.mean(
        [
            level_posteriors(_thresholds(one, config), each, codes)
            for one, each in zip(outputs, asked, strict=True)
        ],
        axis=0,
    )
    label, level = decided(levels, categories, codes)
    sexes = None
    if "gender" in outputs[0].logits:
        sexes = np.mean([softmax(_array(one, "gender")) for one in outputs], axis=0)
    native = outputs[len(outputs) // 2]
    heard = _heard(native, phonemes) if "phoneme" in native.logits else [None] * len(rows)
    embedding = native.embedding.float().cpu().numpy().astype(np.float16)
    for i, row in enumerate(rows):
        yield ClipScore(
            key=row.key,
            esc=dict(zip(codes, categories[i].tolist(), strict=True)),
            eis=tuple(levels[i].tolist()),
            eis_score=float(levels[i] @ np.arange(levels.shape[1])),
            label=codes[label[i]],
            level=int(level[i]),
            gender={} if sexes is None else dict(zip(genders, sexes[i].tolist(), strict=True)),
            phonemes=heard[i],
            embedding=embedding[i],
        )


def _thresholds(output: Output, config: RunConfig) -> np.ndarray:
    """Without an intensity head, thresholds that say nothing."""
    if "eis" in output.logits:
        return _array(output, "eis")
    shape = (len(output.embedding), len(config.heads.esc), config.heads.eis_levels - 2)
    return np.zeros(shape)


def _array(output: Output, name: str) -> np.ndarray:
    return output.logits[name].float().cpu().numpy()


def _heard(output: Output, phonemes: tuple[str, ...]) -> list[list[str] | None]:
    best = output.logits["phoneme"].argmax(dim=2).cpu()
    lengths = output.lengths.tolist()
    return [
        best_path(path[:length], phonemes)
        for path, length in zip(best.tolist(), lengths, strict=True)
    ]
