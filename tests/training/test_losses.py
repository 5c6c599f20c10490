"""What is not labelled is left out; what is, counts once."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from training.engine.losses import (
    IGNORE,
    masked_cross_entropy,
    masked_ctc,
    ordinal_loss,
    soft_cross_entropy,
)

NAN = float("nan")


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_soft_cross_entropy_of_sure_labels_is_torchs():
    logits, index = torch.randn(5, 4), torch.tensor([0, 3, 1, 1, 2])
    ours = soft_cross_entropy(logits, F.one_hot(index, 4).float(), smoothing=0.1)
    assert ours.item() == pytest.approx(
        F.cross_entropy(logits, index, label_smoothing=0.1).item(), rel=1e-5
    )


def test_votes_pull_towards_their_shares():
    logits = torch.log(torch.tensor([[0.7, 0.3]]))
    votes = torch.tensor([[0.7, 0.3]])
    assert soft_cross_entropy(logits, votes).item() == pytest.approx(0.6109, abs=1e-4)  # entropy
    assert soft_cross_entropy(torch.zeros(1, 2), votes) > soft_cross_entropy(logits, votes)


def test_ordinal_loss_asks_each_threshold_of_the_clips_category():
    sure = torch.tensor([[[8.0, 8.0, -8.0], [0.0, 0.0, 0.0]]])  # stronger than 0 and 1, not than 2
    losses = [ordinal_loss(sure, torch.tensor([[k, 1.0, 0.0]])).item() for k in range(4)]
    assert losses[2] < 0.001
    assert losses[0] == pytest.approx(2 * losses[1], rel=0.01)
    assert losses[3] == pytest.approx(losses[1], rel=0.01)
    other = ordinal_loss(sure, torch.tensor([[2.0, 0.0, 1.0]])).item()
    assert other == pytest.approx(math.log(2), rel=1e-5)


def cases():
    """(name, loss of logits, logits, target with the second clip unlabelled)"""
    lengths = torch.tensor([9, 9, 9])
    yield "esc", soft_cross_entropy, (3, 4), torch.tensor([[1.0, 0, 0, 0], [NAN] * 4, [0, 0, 1, 0]])
    levels = torch.tensor([[0, 1.0, 0], [NAN] * 3, [2, 0, 1.0]])
    yield "eis", ordinal_loss, (3, 2, 3), levels
    yield "gender", masked_cross_entropy, (3, 2), torch.tensor([0, IGNORE, 1])
    yield (
        "phoneme",
        lambda logits, target: masked_ctc(logits, target, lengths[: len(target)]),
        (3, 9, 5),
        torch.tensor([[1, 2, 3], [IGNORE] * 3, [4, IGNORE, IGNORE]]),
    )


@pytest.mark.parametrize(
    ("name", "loss", "shape", "target"), list(cases()), ids=lambda v: str(v)[:8]
)
def test_an_unlabelled_clip_neither_counts_nor_learns(name, loss, shape, target):
    logits = torch.randn(shape, requires_grad=True)
    with_it = loss(logits, target)
    with_it.backward()
    assert not logits.grad[1].any()
    assert logits.grad[0].any() and logits.grad[2].any()
    without = loss(logits[[0, 2]], target[[0, 2]])
    assert with_it.item() == pytest.approx(without.item(), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "loss", "shape", "target"), list(cases()), ids=lambda v: str(v)[:8]
)
def test_a_batch_without_labels_costs_nothing_and_breaks_nothing(name, loss, shape, target):
    logits = torch.randn(shape, requires_grad=True)
    nothing = loss(logits, target[[1, 1, 1]])
    nothing.backward()
    assert nothing.item() == 0.0
    assert not logits.grad.any()


def test_ctc_looks_at_valid_frames_only():
    logits, target = torch.randn(1, 12, 5), torch.tensor([[1, 2]])
    changed = logits.clone()
    changed[:, 8:] = 50.0
    short = torch.tensor([8])
    assert masked_ctc(logits, target, short).item() == masked_ctc(changed, target, short).item()


def test_a_clip_too_short_for_its_phonemes_adds_nothing():
    logits = torch.randn(1, 12, 5, requires_grad=True)
    loss = masked_ctc(logits, torch.tensor([[1, 2, 3, 4]]), torch.tensor([2]))
    loss.backward()
    assert loss.item() == 0.0
    assert not logits.grad.any()


def test_ctc_of_the_only_path_is_its_cost_per_phoneme():
    # Two frames, two different phonemes: exactly one way to say them.
    loss = masked_ctc(torch.zeros(1, 2, 3), torch.tensor([[1, 2]]), torch.tensor([2]))
    assert loss.item() == pytest.approx(2 * math.log(3) / 2)
