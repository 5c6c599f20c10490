"""Batches hold every clip once, waste little, and are the same whenever asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.training.speech import corpus, tiny_config
from training.config import AugmentConfig
from training.engine.cache import FeatureCache
from training.engine.data import (
    Mix,
    bucketed,
    changed_frames,
    collate,
    drawn_mix,
    mixed,
    plain_batches,
    training_batches,
)

STILL = AugmentConfig(
    speeds=(1.0,), mel_shift=0, gain_db=0, frequency_mask=0, time_mask_ms=0, mixup=0
)


@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=80),
    st.integers(50, 900),
    st.none() | st.integers(0, 99),
)
def test_buckets_hold_every_clip_once_within_the_budget(lengths, budget, seed):
    rng = None if seed is None else np.random.default_rng(seed)
    batches = bucketed(lengths, budget, rng)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = max(lengths[i] for i in batch) * len(batch)
        assert len(batch) == 1 or padded <= budget


def test_buckets_waste_little_padding():
    rng = np.random.default_rng(0)
    lengths = rng.integers(100, 400, 500).tolist()
    batches = bucketed(lengths, 4000, rng)
    padded = sum(max(lengths[i] for i in batch) * len(batch) for batch in batches)
    assert sum(lengths) / padded > 0.9


def test_an_epoch_is_the_same_again_and_another_epoch_is_not(tmp_path):
    config, rows = tiny_config(), corpus(tmp_path / "audio", n_train=9, n_dev=0, n_test=0)
    cache = FeatureCache(tmp_path / "cache", config.features)

    def epoch(number: int) -> list[torch.Tensor]:
        return [batch.frames for batch in training_batches(rows, cache, config, epoch=number)]

    once, again, other = epoch(1), epoch(1), epoch(2)
    assert all(torch.equal(a, b) for a, b in zip(once, again, strict=True))
    assert len(once) != len(other) or not torch.equal(once[0], other[0])


def test_an_epoch_hears_every_clip_once(tmp_path):
    config, rows = tiny_config(), corpus(tmp_path / "audio", n_train=9, n_dev=0, n_test=0)
    cache = FeatureCache(tmp_path / "cache", config.features)
    heard = [r.key for b in training_batches(rows, cache, config, epoch=1) for r in b.rows]
    assert sorted(heard) == sorted(row.key for row in rows)


def test_plain_batches_are_the_features_unchanged(tmp_path):
    config, rows = tiny_config(), corpus(tmp_path / "audio", n_train=5, n_dev=0, n_test=0)
    cache = FeatureCache(tmp_path / "cache", config.features)
    for batch in plain_batches(rows, cache, batch_frames=200):
        for row, frames, length in zip(batch.rows, batch.frames, batch.lengths, strict=True):
            assert np.array_equal(frames[:length].half().numpy(), cache.get(row).frames)
            assert not frames[length:].any()


def frames(n: int = 60) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((n, 35)).astype(np.float16)


def test_without_changes_frames_stay_as_they_are():
    changed = changed_frames(frames(), STILL, np.random.default_rng(0), 10.0)
    assert np.array_equal(changed, frames().astype(np.float32))


def test_gain_moves_bands_and_level_alike():
    loud = replace(STILL, gain_db=6.0)
    moved = changed_frames(frames(), loud, np.random.default_rng(1), 10.0) - frames()
    gain_db = float(moved[0, -1])
    assert 0 < abs(gain_db) <= 6
    assert moved[:, :-3] == pytest.approx(np.full((60, 32), gain_db * np.log(10) / 10), abs=1e-4)
    assert not moved[:, -3:-1].any()


def test_a_shift_moves_bands_without_wrapping_round():
    steps = np.tile(np.arange(35, dtype=np.float16), (10, 1))
    shifted = replace(STILL, mel_shift=5)
    for seed in range(8):
        changed = changed_frames(steps, shifted, np.random.default_rng(seed), 10.0)
        assert (np.diff(changed[:, :-3], axis=1) >= 0).all()
        assert np.array_equal(changed[:, -3:], steps[:, -3:])


@given(st.integers(1, 80), st.integers(0, 30))
def test_masks_hide_but_never_touch_prosody_or_the_original(n, seed):
    original = frames(n)
    masking = replace(STILL, frequency_mask=8, time_mask_ms=300)
    changed = changed_frames(original, masking, np.random.default_rng(seed), 10.0)
    assert np.isfinite(changed).all()
    assert np.array_equal(original, frames(n))
    assert np.array_equal(changed[:, -3:], original[:, -3:].astype(np.float32))


def test_mixing_keeps_the_larger_share_of_the_first():
    rng, augment = np.random.default_rng(0), AugmentConfig(mixup=0.4, mixup_share=1.0)
    shares = [drawn_mix(6, augment, rng).share for _ in range(50)]
    assert min(shares) >= 0.5
    assert drawn_mix(1, augment, rng) is None
    assert drawn_mix(6, STILL, rng) is None


def test_mixing_is_a_weighted_sum_with_the_partner():
    mix = Mix(0.75, torch.tensor([1, 0]))
    assert mixed(torch.tensor([[4.0], [8.0]]), mix).tolist() == [[5.0], [7.0]]


def test_collating_pads_with_zeros(tmp_path):
    rows = corpus(tmp_path, n_train=2, n_dev=0, n_test=0)
    batch = collate(rows, [(np.ones((3, 4)), np.ones(2)), (np.ones((5, 4)), np.zeros(2))])
    assert batch.frames.shape == (2, 5, 4)
    assert batch.frames.sum(dim=(1, 2)).tolist() == [12, 20]
    assert batch.lengths.tolist() == [3, 5]
