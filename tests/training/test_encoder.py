"""Padding changes nothing, layer by layer."""

from __future__ import annotations

import pytest
import torch

from tests.training.speech import tiny_config
from training.engine.encoder import (
    AttentiveStatistics,
    MultiScaleEncoder,
    MultiScaleStem,
    ResidualBlock,
    TemporalMix,
    ValidGroupNorm,
    keep_valid,
    valid_frames,
)
from training.engine.network import Network
from training.engine.statistics import n_statistics

N_FRAMES, PADDING = 37, 22


def same(short: torch.Tensor, padded: torch.Tensor) -> bool:
    return torch.allclose(short, padded, rtol=1e-4, atol=1e-5)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def padded(values: torch.Tensor, dim: int) -> torch.Tensor:
    """With rubbish, not zeros, behind the last frame."""
    shape = list(values.shape)
    shape[dim] = PADDING
    return torch.cat([values, 7.0 + torch.randn(shape)], dim=dim)


def masks() -> tuple[torch.Tensor, torch.Tensor]:
    lengths = torch.full((2,), N_FRAMES)
    return valid_frames(lengths, N_FRAMES), valid_frames(lengths, N_FRAMES + PADDING)


def test_the_mask_marks_each_clips_own_frames():
    assert valid_frames(torch.tensor([1, 3]), 3).tolist() == [[1, 0, 0], [1, 1, 1]]


@pytest.mark.parametrize(
    "layer",
    [MultiScaleStem(4), ResidualBlock(1, 8, groups=4, time_stride=2)],
    ids=["stem", "block"],
)
def test_padding_changes_no_convolution(layer):
    maps = torch.randn(2, 1, N_FRAMES, 16)
    mask, long_mask = masks()
    alone, _ = layer(keep_valid(maps, mask), mask)
    among, among_mask = layer(keep_valid(padded(maps, 2), long_mask), long_mask)
    assert among_mask.sum(dim=1).tolist() == [alone.size(2)] * 2
    assert same(alone, among[:, :, : alone.size(2)])
    assert not among[:, :, alone.size(2) :].any()


def test_padding_changes_no_group_norm():
    norm, maps = ValidGroupNorm(8, 4), torch.randn(2, 8, N_FRAMES, 5)
    mask, long_mask = masks()
    among = norm(keep_valid(padded(maps, 2), long_mask), long_mask)
    assert same(norm(maps, mask), among[:, :, :N_FRAMES])


def test_the_valid_group_norm_is_torchs_where_nothing_is_padded():
    maps, mask = 3 + 2 * torch.randn(2, 8, N_FRAMES, 5), torch.ones(2, N_FRAMES)
    assert same(ValidGroupNorm(8, 4)(maps, mask), torch.nn.GroupNorm(4, 8)(maps))


def test_padding_changes_no_pooling():
    pool, frames = AttentiveStatistics(6, 4), torch.randn(2, N_FRAMES, 6)
    mask, long_mask = masks()
    assert same(pool(frames, mask), pool(padded(frames, 1), long_mask))


def test_pooling_of_equal_frames_is_that_frame_without_deviation():
    frame = torch.randn(1, 1, 6)
    pooled = AttentiveStatistics(6, 4)(frame.expand(1, 9, 6), torch.ones(1, 9))
    assert same(pooled[:, :6], frame[:, 0])
    assert (pooled[:, 6:] < 0.01).all()


def test_padding_changes_no_mixing_over_time():
    layer, frames = TemporalMix(6), torch.randn(2, N_FRAMES, 6)
    mask, long_mask = masks()
    among = layer(padded(frames, 1) * long_mask[:, :, None], long_mask)
    assert same(layer(frames, mask), among[:, :N_FRAMES])


@pytest.mark.parametrize("n_frames", [1, 2, 3, 4, 5, 36, 37])
def test_padding_changes_nothing_of_the_whole_encoder(n_frames):
    encoder = MultiScaleEncoder(tiny_config().encoder, n_mels=32).eval()
    frames, lengths = torch.randn(2, n_frames, 35), torch.full((2,), n_frames)
    alone, among = encoder(frames, lengths), encoder(padded(frames, 1), lengths)
    assert torch.equal(alone.lengths, among.lengths)
    assert same(alone.clip, among.clip)
    assert same(alone.frames, among.frames[:, : alone.frames.size(1)])


def test_a_clip_scores_the_same_alone_and_among_longer_ones():
    config = tiny_config(heads={"esc": ["NEU", "HAP"]})
    network = Network(config, ("en:AH",)).eval()
    statistics = torch.randn(3, network.statistic_mean.numel())
    frames, lengths = torch.randn(3, 60, 35), torch.tensor([23, 60, 41])
    among = network(frames, lengths, statistics)
    alone = network(frames[:1, :23], lengths[:1], statistics[:1])
    for name, logits in alone.logits.items():
        others = among.logits[name][:1]
        assert same(logits, others[:, : logits.size(1)])


def test_gradients_reach_every_weight():
    config = tiny_config(heads={"esc": ["NEU", "HAP"]})
    network = Network(config, ("en:AH",))
    output = network(
        torch.randn(4, 50, 35), torch.tensor([50, 40, 30, 20]), torch.randn(4, n_statistics())
    )
    sum(logits.square().sum() for logits in output.logits.values()).backward()
    silent = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


def test_without_statistics_the_encoder_stands_alone():
    config = tiny_config(
        heads={"esc": ["NEU", "HAP"]},
        encoder={"channels": [8], "dim": 24, "statistics_dim": 0, "stem_channels": 4},
    )
    network = Network(config, ()).eval()
    output = network(torch.randn(2, 30, 35), torch.tensor([30, 30]), torch.zeros(2, n_statistics()))
    assert output.embedding.shape == (2, 24)
    assert "phoneme" not in output.logits


def test_each_branch_alone_adds_up_to_both_together():
    config = tiny_config(heads={"esc": ["NEU", "HAP"]})
    network = Network(config, ()).eval()
    statistics = torch.randn(3, n_statistics())
    output = network(torch.randn(3, 30, 35), torch.tensor([30, 20, 9]), statistics)
    alone = network.from_encoder(output.embedding)
    beside = network.from_statistics(statistics)
    assert same(output.logits["esc"] + network.heads["esc"].bias, alone["esc"] + beside["esc"])


def test_statistics_that_are_not_there_cannot_be_asked():
    config = tiny_config(
        heads={"esc": ["NEU", "HAP"]},
        encoder={"channels": [8], "dim": 24, "statistics_dim": 0, "stem_channels": 4},
    )
    with pytest.raises(TypeError, match="no statistics"):
        Network(config, ()).from_statistics(torch.zeros(1, n_statistics()))
