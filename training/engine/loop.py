"""Train, epoch by epoch, so that a kill costs one epoch at most.

After each epoch the weights, their average, the optimiser and the record are one file. Random
choices come from (seed, epoch) alone, so a resumed run is bit for bit the run it continues.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speecheq.sentences import say
from training.config import BadConfig, RunConfig
from training.engine.cache import FeatureCache
from training.engine.checkpoint import load_state, save_model, save_state
from training.engine.data import Batch, Mix, bucketed, drawn_mix, mixed, training_batches
from training.engine.devices import best_device, keep_freed_memory, mixed_precision
from training.engine.evaluate import combined, measure
from training.engine.labels import checked_rows, resolved
from training.engine.network import Network
from training.engine.phonemes import to_phonemes, vocabulary
from training.engine.rows import BadData, ClipRow
from training.engine.score import score_rows

__all__ = ["BadConfig", "BadData", "Epoch", "best_model", "train"]

OnBatch = Callable[[int, int, int], None]


@dataclass(frozen=True)
class Epoch:
    """number: from 1; metrics: train_<head>, train_loss, dev_<figure>, seconds, data_wait_s."""

    number: int
    metrics: dict[str, Any]
    is_best: bool


def best_model(checkpoint_dir: Path) -> Path:
    """Where the best epoch's model is, for `load_model`."""
    return checkpoint_dir / "best"


def train(
    config: RunConfig,
    rows: Sequence[ClipRow],
    *,
    checkpoint_dir: Path,
    cache_dir: Path,
    resume: bool = True,
    on_batch: OnBatch | None = None,
    release_sha256: str = "",
) -> Iterator[Epoch]:
    """Train on the train split, choose on the dev split, never look at the test split.

    Yields each epoch once it is saved. A resumed run first yields the epochs on record again, so
    that a listener that missed one catches up. `on_batch(epoch, done, total)` runs after each batch
    and while features are made (epoch 0); what it raises ends the run, which can be resumed.

    Raises BadConfig and BadData (code, field, words) before anything is computed.
    """
    torch.set_num_threads(config.threads)
    keep_freed_memory()
    learn, judge = checked_rows(rows, config)
    config = resolved(config, learn, judge)
    cache = FeatureCache(cache_dir, config.features)
    run = _Run(config, learn, judge, cache, checkpoint_dir, release_sha256, on_batch)
    run.fill_cache()
    saved = load_state(checkpoint_dir) if resume else None
    if saved is None:
        run.measure_normalisation()
    else:
        run.restore(*saved)
        yield from run.history()
    while run.finished < config.optimiser.epochs:
        yield run.one_epoch()


class _Run:
    """The moving parts of one training."""

    def __init__(
        self,
        config: RunConfig,
        learn: list[ClipRow],
        judge: list[ClipRow],
        cache: FeatureCache,
        folder: Path,
        release_sha256: str,
        on_batch: OnBatch | None,
    ):
        self.config, self.learn, self.judge = config, learn, judge
        self.cache, self.folder, self.release_sha256 = cache, folder, release_sha256
        self.on_batch = on_batch or (lambda epoch, done, total: None)
        self.phonemes = vocabulary(to_phonemes(row.transcript, row.language) for row in learn)
        torch.manual_seed(config.seed)
        self.device = best_device()
        network = Network(config, self.phonemes).to(self.device)
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network)
        self.optimiser = _adamw(self.network, config)
        self.steps = 0
        self.record: list[dict[str, Any]] = []

    @property
    def finished(self) -> int:
        return len(self.record)

    def history(self) -> Iterator[Epoch]:
        for one in self.record:
            yield Epoch(**one)

    def fill_cache(self) -> None:
        """Make the features that are missing; the run then waits for the network only."""
        total = len(self.learn) + len(self.judge)
        for done, row in enumerate(self.learn):
            self.cache.fill(row, (1.0, *self.config.augment.speeds))
            self.on_batch(0, done, total)
        for done, row in enumerate(self.judge, start=len(self.learn)):
            self.cache.fill(row, (1.0,))
            self.on_batch(0, done, total)

    def measure_normalisation(self) -> None:
        """Mean and deviation of the training split, at the speeds it is heard in."""
        frame = np.zeros((3, 1))  # becomes (3, n): count, sum, sum of squares
        statistic = np.zeros((3, 1))
        for row in self.learn:
            for speed in self.config.augment.speeds:
                features = self.cache.get(row, speed)
                frame = frame + _moments(features.frames.astype(np.float64))
                statistic = statistic + _moments(features.statistics.astype(np.float64)[None])
        mean, deviation = _mean_and_deviation(frame)
        # One figure for all bands keeps the slope of the spectrum.
        mel = slice(0, self.config.features.n_mels)
        deviation[mel] = math.sqrt((deviation[mel] ** 2).mean() + mean[mel].var())
        mean[mel] = mean[mel].mean()
        self._normalise_by("frame", mean, deviation)
        self._normalise_by("statistic", *_mean_and_deviation(statistic))

    def _normalise_by(self, name: str, mean: np.ndarray, deviation: np.ndarray) -> None:
        for network in (self.network, self.average):
            getattr(network, f"{name}_mean").copy_(torch.from_numpy(mean))
            getattr(network, f"{name}_deviation").copy_(torch.from_numpy(deviation))

    def one_epoch(self) -> Epoch:
        number, started = self.finished + 1, time.perf_counter()
        torch.manual_seed(self.config.seed * 100_003 + number)
        losses, waited = self._pass(number)
        scored = score_rows(
            self.average, self.judge, self.cache, self.config, self.phonemes, speeds=(1.0,)
        )
        figures = measure(scored, self.judge, self.config.heads)
        figures["combined"] = combined(figures)
        metrics = {
            **{f"train_{name}": value for name, value in losses.items()},
            **{f"dev_{name}": value for name, value in figures.items()},
            "seconds": time.perf_counter() - started,
            "data_wait_s": waited,
        }
        epoch = Epoch(number, metrics, self._is_best(metrics))
        self._save(epoch)
        return epoch

    def _is_best(self, metrics: dict[str, Any]) -> bool:
        name = f"dev_{self.config.selection_metric}"
        if name not in metrics:
            raise BadConfig(
                say(
                    "selection_metric {selection_metric!r} cannot be measured: the dev split "
                    "lacks its labels.",
                    selection_metric=self.config.selection_metric,
                ),
                field="selection_metric",
                code="not_measurable",
            )
        # Of equals the later: its average has seen more.
        return all(metrics[name] >= one["metrics"][name] for one in self.record)

    def _pass(self, number: int) -> tuple[dict[str, float], float]:
        """Learn from every training clip once: mean losses by name, seconds waited for data."""
        self.network.train()
        rng = np.random.default_rng([self.config.seed, number, 2])
        sums: dict[str, float] = {}
        batches = training_batches(self.learn, self.cache, self.config, epoch=number)
        n_batches = self._batches_an_epoch()
        waited, done = 0.0, 0
        while True:
            started = time.perf_counter()
            batch = next(batches, None)
            waited += time.perf_counter() - started
            if batch is None:
                break
            done += 1
            for name, value in self._step(batch, rng, (number - 1) + done / n_batches).items():
                sums[name] = sums.get(name, 0.0) + value
            self.on_batch(number, min(done, n_batches), n_batches)
        return {name: value / done for name, value in sums.items()}, waited

    def _batches_an_epoch(self) -> int:
        lengths = [self.cache.n_frames(row) for row in self.learn]
        return len(bucketed(lengths, self.config.optimiser.batch_frames))

    def _step(self, batch: Batch, rng: np.random.Generator, epochs: float) -> dict[str, float]:
        """One update. `epochs`: how far the run is, in epochs, for the schedule."""
        rate = learning_rate(self.config, epochs)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with mixed_precision(self.device):
            losses = self._losses(batch, rng)
        total = torch.stack(
            [self.network.tasks[name].weight * loss for name, loss in losses.items()]
        ).sum()
        self.optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.optimiser.clip_norm)
        self.optimiser.step()
        self.steps += 1
        self._follow()
        return {"loss": total.item(), **{name: loss.item() for name, loss in losses.items()}}

    def _losses(self, batch: Batch, rng: np.random.Generator) -> dict[str, Tensor]:
        targets = {
            name: one.targets(batch.rows).to(self.device)
            for name, one in self.network.tasks.items()
        }
        frames, statistics = self.network.normalise(
            batch.frames.to(self.device), batch.statistics.to(self.device)
        )
        statistics, lengths = self._noisy(statistics), batch.lengths.to(self.device)
        mix = drawn_mix(len(batch.rows), self.config.augment, rng)
        if mix is not None:
            frames, statistics = mixed(frames, mix), mixed(statistics, mix)
            lengths = torch.maximum(lengths, lengths[mix.partner])
        output = self.network(frames, lengths, statistics)
        losses = self._weighed(output.logits, targets, output.lengths, mix)
        if self.network.beside is not None and self.config.heads.alone_weight:
            encoder = self.network.from_encoder(output.embedding)
            self._add(losses, self._weighed(encoder, targets, output.lengths, mix))
            if len(batch.views):
                self._add(losses, self._view_losses(batch, targets, rng))
        return losses

    def _add(self, losses: dict[str, Tensor], alone: dict[str, Tensor]) -> None:
        """Neither part may lean on the other: by itself the encoder would learn next to nothing,
        as the statistics explain the labels sooner."""
        for name, loss in alone.items():
            losses[name] = losses[name] + self.config.heads.alone_weight * loss

    def _view_losses(
        self, batch: Batch, targets: dict[str, Tensor], rng: np.random.Generator
    ) -> dict[str, Tensor]:
        """What the statistics alone say of the clips at several speeds. They cost next to nothing
        and need many more looks than the encoder."""
        n_views, n_clips, _ = batch.views.shape
        views = batch.views.to(self.device).flatten(0, 1)
        statistics = self._noisy(self.network.normalise_statistics(views))
        targets = {
            name: one.repeat(n_views, *[1] * (one.dim() - 1)) for name, one in targets.items()
        }
        mix = drawn_mix(n_views * n_clips, self.config.augment, rng)
        if mix is not None:
            statistics = mixed(statistics, mix)
        logits = self.network.from_statistics(statistics)
        return self._weighed(logits, targets, batch.lengths, mix)

    def _noisy(self, statistics: Tensor) -> Tensor:
        noise = self.config.augment.statistics_noise
        return statistics + noise * torch.randn_like(statistics) if noise else statistics

    def _weighed(
        self,
        logits: dict[str, Tensor],
        targets: dict[str, Tensor],
        lengths: Tensor,
        mix: Mix | None,
    ) -> dict[str, Tensor]:
        """Loss by head; of a mixed batch, of both labels by their shares."""
        losses = {}
        for name, said in logits.items():
            task, target = self.network.tasks[name], targets[name]
            losses[name] = task.loss(said, target, lengths)
            if mix is not None:
                other = task.loss(said, target[mix.partner], lengths)
                losses[name] = mix.share * losses[name] + (1 - mix.share) * other
        return losses

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the averaged weights; faster at first, when they know nothing yet."""
        decay = min(self.config.optimiser.average_decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(
            list(self.average.parameters()), list(self.network.parameters()), 1 - decay
        )

    def _save(self, epoch: Epoch) -> None:
        """The best model first, the state last: a kill in between redoes this epoch."""
        if epoch.is_best:
            save_model(
                best_model(self.folder),
                self.average.state_dict(),
                config=self.config,
                phonemes=self.phonemes,
                release_sha256=self.release_sha256,
                epoch=epoch.number,
                metrics=epoch.metrics,
            )
        self.record.append(asdict(epoch))
        record = {"config_sha256": self.config.sha256(), "steps": self.steps}
        data = {"release_sha256": self.release_sha256, "n_learn": len(self.learn)}
        save_state(self.folder, self._tensors(), {**record, **data, "epochs": self.record})

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"network.{n}": t for n, t in self.network.state_dict().items()}
        tensors |= {f"average.{n}": t for n, t in self.average.state_dict().items()}
        for index, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{n}": t for n, t in state.items()}
        return tensors

    def restore(self, tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
        """Continue a saved run. Raises BadData when it was another one."""
        same = (self.config.sha256(), self.release_sha256, len(self.learn))
        if (record["config_sha256"], record["release_sha256"], record["n_learn"]) != same:
            raise BadData(
                say(
                    "The checkpoint folder holds a run of another configuration or release. "
                    "Use a new folder."
                ),
                code="other_run",
            )
        parts: dict[str, dict[str, Tensor]] = {"network": {}, "average": {}, "optimiser": {}}
        for name, tensor in tensors.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = tensor
        try:
            self.network.load_state_dict(parts["network"])
            self.average.load_state_dict(parts["average"])
        except RuntimeError as error:
            detail = say("The saved state was left by another version of the engine. Start again.")
            raise BadData(detail, code="bad_state") from error
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in parts["optimiser"].items():
            number, _, field = name.partition(".")
            state.setdefault(int(number), {})[field] = tensor
        parameters = [one for group in self.optimiser.param_groups for one in group["params"]]
        for index, fields in state.items():
            for name, tensor in fields.items():
                if tensor.shape == parameters[index].shape:
                    # AdamW walks both in memory order, so they must be laid out alike.
                    fields[name] = torch.empty_like(parameters[index]).copy_(tensor)
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": state, "param_groups": groups})
        self.steps, self.record = record["steps"], record["epochs"]


def learning_rate(config: RunConfig, epochs: float) -> float:
    """Linear over the warm-up, then half a cosine to 0 at the last epoch."""
    wanted = config.optimiser
    warm = min(1.0, epochs / wanted.warmup_epochs) if wanted.warmup_epochs else 1.0
    falling = 0.5 * (1 + math.cos(math.pi * min(1.0, epochs / wanted.epochs)))
    return wanted.learning_rate * warm * falling


def _adamw(network: Network, config: RunConfig) -> torch.optim.AdamW:
    """Matrices decay; biases and norms do not."""
    shrinking = [one for one in network.parameters() if one.dim() > 1]
    free = [one for one in network.parameters() if one.dim() <= 1]
    groups = [
        {"params": shrinking, "weight_decay": config.optimiser.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        groups, lr=config.optimiser.learning_rate, betas=(0.9, 0.98), fused=True
    )


def _moments(values: np.ndarray) -> np.ndarray:
    """Count, sum and sum of squares over the first axis: (T, n) -> (3, n)."""
    count = np.full(values.shape[1], float(len(values)))
    return np.stack([count, values.sum(axis=0), np.square(values).sum(axis=0)])


def _mean_and_deviation(moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    count, total, squares = moments
    mean = total / count
    variance = np.maximum(squares / count - mean**2, 0)
    return mean, np.sqrt(variance) + 1e-4  # a constant feature stays finite
