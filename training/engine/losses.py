"""Losses that leave out what is not labelled.

Each is the mean over the labelled clips of the batch, and 0 with a gradient where there is none.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

IGNORE = -100  # in integer targets; float targets use NaN


def soft_cross_entropy(logits: Tensor, target: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """logits: (B, n); target: (B, n) shares summing to 1, or NaN in a row without label."""
    labelled = ~target.isnan().any(dim=1)  # (B,)
    aim = torch.where(labelled[:, None], target, 0.0)
    aim = aim * (1 - smoothing) + smoothing / logits.size(1)
    each = -(aim * logits.log_softmax(dim=1)).sum(dim=1)
    return _mean_over(each, labelled)


def ordinal_loss(logits: Tensor, target: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """One question per threshold, "stronger than level k?" (Frank and Hall 2001), per category.

    logits: (B, n, K) for K thresholds in each of n categories; target: (B, 1 + n), the level
    counted from the lowest these thresholds tell apart, then the shares of the categories whose
    thresholds answer for this clip; a row of NaN is not labelled.
    """
    labelled = ~target.isnan().any(dim=1)  # (B,)
    aim = torch.where(labelled[:, None], target, 0.0)
    thresholds = torch.arange(logits.size(2), device=logits.device)
    stronger = (aim[:, :1] > thresholds).to(logits)  # (B, K)
    wanted = (stronger * (1 - smoothing) + smoothing / 2)[:, None].expand_as(logits)
    each = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none").mean(dim=2)
    return _mean_over((each * aim[:, 1:]).sum(dim=1), labelled)


def masked_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """logits: (B, n); target: (B,) class index, or IGNORE."""
    total = F.cross_entropy(logits, target, ignore_index=IGNORE, reduction="sum")
    return total / (target != IGNORE).sum().clamp(min=1)


def masked_ctc(logits: Tensor, target: Tensor, lengths: Tensor) -> Tensor:
    """CTC per phoneme of the clip (Graves 2006); a clip too short for its phonemes adds nothing.

    logits: (B, T, 1 + symbols), 0 the blank; target: (B, S) symbol indices, IGNORE after the last
    (a whole row of IGNORE: no transcript); lengths: (B,) valid frames.
    """
    spoken = (target != IGNORE).sum(dim=1)  # (B,)
    labelled = spoken > 0
    if not labelled.any():
        return logits.sum() * 0.0
    each = F.ctc_loss(
        logits[labelled].float().log_softmax(dim=2).transpose(0, 1),
        target[labelled].clamp(min=0),
        lengths[labelled],
        spoken[labelled],
        reduction="none",
        zero_infinity=True,
    )
    return (each / spoken[labelled]).mean()


def _mean_over(each: Tensor, labelled: Tensor) -> Tensor:
    return torch.where(labelled, each, 0.0).sum() / labelled.sum().clamp(min=1)
