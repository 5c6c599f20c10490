"""The whole network: normalisation, encoder, statistics beside it, heads."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from training.config import RunConfig
from training.engine.encoder import MultiScaleEncoder, StatisticsBranch
from training.engine.features import N_PROSODY
from training.engine.heads import Head, Task, build_heads
from training.engine.statistics import n_statistics

LARGEST = 5.0  # normalised statistics are cut here: one odd clip may not drown the rest


class Output(NamedTuple):
    """logits by head; embedding: (B, n) of the clip; lengths: (B,) frames behind frame logits."""

    logits: dict[str, Tensor]
    embedding: Tensor
    lengths: Tensor


class Network(nn.Module):
    """Encoder and heads. The training split's mean and deviation are part of the weights."""

    frame_mean: Tensor
    frame_deviation: Tensor
    statistic_mean: Tensor
    statistic_deviation: Tensor

    def __init__(self, config: RunConfig, phonemes: tuple[str, ...]):
        super().__init__()
        encoder = config.encoder
        n_frame = config.features.n_mels + N_PROSODY
        for name, size in (("frame", n_frame), ("statistic", n_statistics())):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_deviation", torch.ones(size))
        self.encoder = MultiScaleEncoder(encoder, n_mels=config.features.n_mels)
        beside = encoder.statistics_dim
        self.beside = StatisticsBranch(n_statistics(), beside) if beside else None
        self.clip_dim = encoder.dim
        task = Task(config.heads, phonemes, encoder.dim + beside, encoder.dim)
        self.tasks: dict[str, Head] = build_heads(task)
        self.heads = nn.ModuleDict({name: one.module for name, one in self.tasks.items()})

    def normalise(self, frames: Tensor, statistics: Tensor) -> tuple[Tensor, Tensor]:
        """By the training split: what `forward` expects, and what mixing of clips works on."""
        frames = (frames - self.frame_mean) / self.frame_deviation
        return frames, self.normalise_statistics(statistics)

    def normalise_statistics(self, statistics: Tensor) -> Tensor:
        statistics = (statistics - self.statistic_mean) / self.statistic_deviation
        return statistics.clamp(-LARGEST, LARGEST)

    def forward(self, frames: Tensor, lengths: Tensor, statistics: Tensor) -> Output:
        """frames: (B, T, n_mels + N_PROSODY); lengths: (B,); statistics: (B, n); normalised."""
        encoded = self.encoder(frames, lengths)
        clip = encoded.clip
        if self.beside is not None:
            clip = torch.cat([clip, self.beside(statistics)], dim=1)
        logits = {
            name: self.heads[name](clip if one.reads == "clip" else encoded.frames)
            for name, one in self.tasks.items()
        }
        return Output(logits, clip, encoded.lengths)

    def from_encoder(self, embedding: Tensor) -> dict[str, Tensor]:
        """Logits of the clip heads from the encoder alone, the statistics' part being zero.

        embedding: (B, n) of an Output.
        """
        rest = embedding.new_zeros(len(embedding), embedding.size(1) - self.clip_dim)
        return self._clip_logits(torch.cat([embedding[:, : self.clip_dim], rest], dim=1))

    def from_statistics(self, statistics: Tensor) -> dict[str, Tensor]:
        """Logits of the clip heads from the statistics alone, the encoder's part being zero.

        statistics: (B, n), normalised. Raises TypeError for a network without that branch.
        """
        if self.beside is None:
            raise TypeError("This network has no statistics beside its encoder.")
        beside = self.beside(statistics)
        return self._clip_logits(
            torch.cat([beside.new_zeros(len(beside), self.clip_dim), beside], dim=1)
        )

    def _clip_logits(self, clip: Tensor) -> dict[str, Tensor]:
        names = [name for name, one in self.tasks.items() if one.reads == "clip"]
        return {name: self.heads[name](clip) for name in names}
