"""Clips to batches: buckets of similar length, changes for training, padding.

Every random choice comes from (seed, epoch), so an epoch is the same whether the run was
interrupted before it or not, and nothing about the sampler has to be saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.config import AugmentConfig, RunConfig
from training.engine.cache import FeatureCache
from training.engine.features import N_PROSODY
from training.engine.rows import ClipRow

BUCKET_BATCHES = 8  # clips of this many batches are sorted by length together
DB_TO_LOG_POWER = float(np.log(10) / 10)


@dataclass(frozen=True)
class Batch:
    """rows of the batch; frames (B, T, n) zero-padded; lengths (B,); statistics (B, m);
    views (V, B, m): statistics of the same clips at other speeds, V 0 where none are wanted."""

    rows: list[ClipRow]
    frames: Tensor
    lengths: Tensor
    statistics: Tensor
    views: Tensor


@dataclass(frozen=True)
class Mix:
    """Batch mixed with a permutation of itself: share of the first, and the partners."""

    share: float
    partner: Tensor


def bucketed(
    lengths: Sequence[float], batch_frames: int, rng: np.random.Generator | None = None
) -> list[list[int]]:
    """Indices in batches of similar length, at most `batch_frames` padded frames each.

    A clip longer than that is a batch of its own. With `rng`, the order is random and every index
    stands exactly once; without, clips go from short to long.
    """
    sizes = np.asarray(lengths, dtype=float)
    order = np.argsort(sizes, kind="stable") if rng is None else rng.permutation(len(sizes))
    if rng is not None and len(order):
        together = max(1, round(BUCKET_BATCHES * batch_frames / sizes.mean()))
        starts = range(0, len(order), together)
        pools = [order[start : start + together] for start in starts]
        order = np.concatenate([pool[np.argsort(sizes[pool], kind="stable")] for pool in pools])
    batches: list[list[int]] = []
    widest = 0.0
    for index in order:
        widest = max(widest, sizes[index])
        if not batches or widest * (len(batches[-1]) + 1) > batch_frames:
            batches.append([])
            widest = sizes[index]
        batches[-1].append(int(index))
    if rng is not None:
        rng.shuffle(batches)
    return batches


def collate(
    rows: list[ClipRow],
    features: list[tuple[np.ndarray, np.ndarray]],
    views: Sequence[Sequence[np.ndarray]] = (),
) -> Batch:
    """Pad to the longest clip. features: frames and statistics; views: statistics by view."""
    lengths = [len(frames) for frames, _ in features]
    padded = np.zeros((len(rows), max(lengths), features[0][0].shape[1]), dtype=np.float32)
    for row, (frames, _) in enumerate(features):
        padded[row, : len(frames)] = frames
    statistics = np.stack([one for _, one in features]).astype(np.float32)
    other = np.array(views, dtype=np.float32).reshape(len(views), *statistics.shape)
    return Batch(
        rows,
        torch.from_numpy(padded),
        torch.tensor(lengths),
        torch.from_numpy(statistics),
        torch.from_numpy(other),
    )


def training_batches(
    rows: Sequence[ClipRow], cache: FeatureCache, config: RunConfig, *, epoch: int
) -> Iterator[Batch]:
    """One epoch: each clip once, at a random speed, changed as the configuration says."""
    rng = np.random.default_rng([config.seed, epoch, 1])
    speeds = rng.choice(np.array(config.augment.speeds), len(rows))
    lengths = [cache.n_frames(row, float(s)) for row, s in zip(rows, speeds, strict=True)]
    augment = config.augment
    n_views = min(augment.statistics_views, len(augment.speeds))
    for indices in bucketed(lengths, config.optimiser.batch_frames, rng):
        chosen = [rows[i] for i in indices]
        features = [cache.get(rows[i], float(speeds[i])) for i in indices]
        changed = [
            (changed_frames(one.frames, augment, rng, config.features.hop_ms), one.statistics)
            for one in features
        ]
        heard = rng.permutation(np.array(augment.speeds))[:n_views].tolist()
        views = [[cache.get(row, speed).statistics for row in chosen] for speed in heard]
        yield collate(chosen, changed, views)


def plain_batches(
    rows: Sequence[ClipRow], cache: FeatureCache, *, batch_frames: int, speed: float = 1.0
) -> Iterator[Batch]:
    """Every clip once as it is, from short to long."""
    lengths = [cache.n_frames(row, speed) for row in rows]
    for indices in bucketed(lengths, batch_frames):
        features = [cache.get(rows[i], speed) for i in indices]
        yield collate([rows[i] for i in indices], [(f.frames, f.statistics) for f in features])


def changed_frames(
    frames: np.ndarray, augment: AugmentConfig, rng: np.random.Generator, hop_ms: float
) -> np.ndarray:
    """Shift the bands, change the gain, hide stripes of bands and of time (SpecAugment, Park 2019).

    frames: (T, n_mels + N_PROSODY) float16. Returns (T, ...) float32; the statistics, taken from
    the unchanged clip, are left as they are.
    """
    changed = frames.astype(np.float32)
    mel = changed[:, :-N_PROSODY]
    n_frames, n_mels = mel.shape
    shift = int(rng.integers(-augment.mel_shift, augment.mel_shift + 1))
    if shift:
        mel[:] = mel[:, np.clip(np.arange(n_mels) - shift, 0, n_mels - 1)]
    gain_db = augment.gain_db * rng.uniform(-1, 1)
    mel += gain_db * DB_TO_LOG_POWER
    changed[:, -1] += gain_db
    hidden = mel.mean()
    longest = min(round(augment.time_mask_ms / hop_ms), n_frames // 5)
    for _ in range(2):
        width = int(rng.integers(0, min(augment.frequency_mask, n_mels // 2) + 1))
        start = int(rng.integers(0, n_mels - width + 1))
        mel[:, start : start + width] = hidden
        width = int(rng.integers(0, longest + 1))
        start = int(rng.integers(0, n_frames - width + 1))
        mel[start : start + width] = hidden
    return changed


def drawn_mix(n_clips: int, augment: AugmentConfig, rng: np.random.Generator) -> Mix | None:
    """How to mix a batch (mixup, Zhang 2018), or None when it stays as it is."""
    if not augment.mixup or rng.random() >= augment.mixup_share or n_clips < 2:
        return None
    share = float(rng.beta(augment.mixup, augment.mixup))
    return Mix(max(share, 1 - share), torch.from_numpy(rng.permutation(n_clips)))


def mixed(values: Tensor, mix: Mix) -> Tensor:
    return mix.share * values + (1 - mix.share) * values[mix.partner]
