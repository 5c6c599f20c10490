"""What is learned from the encoding. A head is declared by one function, and found by its name.

    @head("valence")
    def valence(task: Task) -> Head | None:
        return Head(nn.Linear(task.clip_dim, 1), weight=0.5, targets=..., loss=...)

The function answers None when the task has nothing for it; a clip without the label is masked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from training.config import HeadsConfig
from training.engine.losses import (
    IGNORE,
    masked_cross_entropy,
    masked_ctc,
    ordinal_loss,
    soft_cross_entropy,
)
from training.engine.phonemes import to_phonemes
from training.engine.rows import ClipRow


@dataclass(frozen=True)
class Task:
    """What the heads are built from: the labels of the data and the sizes of the encoding."""

    config: HeadsConfig
    phonemes: tuple[str, ...]
    clip_dim: int
    frame_dim: int


@dataclass(frozen=True)
class Head:
    """module maps an encoding to logits; targets makes (B, ...) of rows, missing marked;
    loss takes (logits, target, lengths of the frames)."""

    module: nn.Module
    weight: float
    targets: Callable[[Sequence[ClipRow]], Tensor]
    loss: Callable[[Tensor, Tensor, Tensor], Tensor]
    reads: Literal["clip", "frames"] = "clip"


Declared = Callable[[Task], Head | None]
HEADS: dict[str, Declared] = {}


def head(name: str) -> Callable[[Declared], Declared]:
    """Declare a head under a name that no other has."""

    def register(declared: Declared) -> Declared:
        if name in HEADS:
            raise ValueError(f"A head {name!r} is declared already.")
        HEADS[name] = declared
        return declared

    return register


def build_heads(task: Task) -> dict[str, Head]:
    """The heads this task needs, by name, in order of declaration."""
    built = {name: declared(task) for name, declared in HEADS.items()}
    return {name: one for name, one in built.items() if one is not None and one.weight > 0}


@head("esc")
def category(task: Task) -> Head | None:
    codes, soft = task.config.esc, task.config.use_soft_labels

    def targets(rows: Sequence[ClipRow]) -> Tensor:
        return torch.tensor([_shares(row, codes, soft=soft) for row in rows])

    def loss(logits: Tensor, target: Tensor, lengths: Tensor) -> Tensor:
        return soft_cross_entropy(logits, target, smoothing=task.config.label_smoothing)

    return Head(nn.Linear(task.clip_dim, len(codes)), task.config.esc_weight, targets, loss)


def _shares(row: ClipRow, codes: tuple[str, ...], *, soft: bool) -> list[float]:
    """Votes over the codes, else all on the label, else NaN. Other votes do not count."""
    if soft and row.soft_esc:
        kept = [float(row.soft_esc.get(code, 0.0)) for code in codes]
        if sum(kept) > 0:
            return [share / sum(kept) for share in kept]
    if row.esc not in codes:
        return [float("nan")] * len(codes)
    return [float(code == row.esc) for code in codes]


class PerCategory(nn.Module):
    """Thresholds of each category: (B, dim) -> (B, n_categories, n_thresholds).

    A strong sadness sounds nothing like a strong anger: with thresholds of its own for each
    category, normal and strong are told apart in 0.78 of RAVDESS clips instead of 0.74.
    """

    def __init__(self, dim: int, *, n_categories: int, n_thresholds: int):
        super().__init__()
        self.shape = (n_categories, n_thresholds)
        self.linear = nn.Linear(dim, n_categories * n_thresholds)

    def forward(self, clip: Tensor) -> Tensor:
        return self.linear(clip).unflatten(1, self.shape)


@head("eis")
def intensity(task: Task) -> Head | None:
    """Levels from 1 up; level 0 is NEU, which the category head answers for."""
    codes, n_thresholds = task.config.esc, task.config.eis_levels - 2
    if n_thresholds < 1:
        return None

    def targets(rows: Sequence[ClipRow]) -> Tensor:
        return torch.tensor([_level(row, codes) for row in rows])

    def loss(logits: Tensor, target: Tensor, lengths: Tensor) -> Tensor:
        return ordinal_loss(logits, target, smoothing=task.config.label_smoothing)

    module = PerCategory(task.clip_dim, n_categories=len(codes), n_thresholds=n_thresholds)
    return Head(module, task.config.eis_weight, targets, loss)


def _level(row: ClipRow, codes: tuple[str, ...]) -> list[float]:
    """Level above 1, then the category as shares; NaN for NEU, and where either is missing."""
    if not row.eis or row.esc not in codes:
        return [float("nan")] * (1 + len(codes))
    return [row.eis - 1.0, *(float(code == row.esc) for code in codes)]


@head("gender")
def gender(task: Task) -> Head | None:
    index = {name: i for i, name in enumerate(task.config.genders)}
    if len(index) < 2:
        return None

    def targets(rows: Sequence[ClipRow]) -> Tensor:
        return torch.tensor([index.get(row.sex or "", IGNORE) for row in rows])

    def loss(logits: Tensor, target: Tensor, lengths: Tensor) -> Tensor:
        return masked_cross_entropy(logits, target)

    return Head(nn.Linear(task.clip_dim, len(index)), task.config.gender_weight, targets, loss)


@head("phoneme")
def phoneme(task: Task) -> Head | None:
    index = {symbol: i + 1 for i, symbol in enumerate(task.phonemes)}
    if not task.config.phonemes or not index:
        return None

    def targets(rows: Sequence[ClipRow]) -> Tensor:
        said = [to_phonemes(row.transcript, row.language) or [] for row in rows]
        # A symbol never trained cannot be aligned: such a clip is masked, not half taught.
        known = [one if all(symbol in index for symbol in one) else [] for one in said]
        width = max(1, *(len(one) for one in known))
        padded = [[index[s] for s in one] + [IGNORE] * (width - len(one)) for one in known]
        return torch.tensor(padded)

    module = nn.Linear(task.frame_dim, 1 + len(index))
    return Head(module, task.config.phoneme_weight, targets, masked_ctc, reads="frames")
