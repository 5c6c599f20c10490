"""What the services need of the engine. Here is no torch: who runs a job hands the engine in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from speecheq.errors import FieldError, RuleBroken
from training.config import BadConfig, RunConfig
from training.engine.rows import BadData, ClipRow

OnBatch = Callable[[int, int, int], None]
"""(epoch, done, total), epoch 0 while features are made; may raise to stop."""

Figures = dict[str, Any]
"""Measures of one split; one whose labels are absent is absent.

n_clips, ua, wa (ESC, 0 to 1), eis_ua (over the levels above 0), eis_mae, eis_ccc, gender_ua,
phoneme_error (edits per phoneme), recall {code: 0 to 1, None where the class does not occur},
confusion {labels, matrix}: rows the true label, columns the model's, counts.
"""


@dataclass(frozen=True)
class TrainedEpoch:
    """loss: of the training split; losses: by head; dev: Figures; seconds: of wall time."""

    number: int
    loss: float | None
    losses: dict[str, float]
    dev: Figures
    seconds: float
    is_best: bool

    def metrics(self) -> dict[str, Any]:
        return {
            "loss": self.loss,
            "losses": self.losses,
            "dev": self.dev,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class Posteriors:
    """What a model says of a clip. esc by code, eis by level ("0" first), gender by name; each
    sums to 1."""

    key: str
    esc: dict[str, float]
    eis: dict[str, float]
    eis_score: float
    gender: dict[str, float]


class Scorer(Protocol):
    """A loaded model. A clip whose sound cannot be used goes to `on_bad`, without a score."""

    def __call__(
        self, rows: Sequence[ClipRow], *, on_bad: Callable[[ClipRow, BadData], None]
    ) -> Iterator[Posteriors]: ...


class Engine(Protocol):
    """Raises BadConfig and BadData, which `refusals` turns into errors of the platform."""

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
        """Yield each epoch once it is saved; a resumed run first yields those on record again."""
        ...

    def best_model(self, checkpoint_dir: Path) -> Path:
        """The folder with the files of the best epoch's model."""
        ...

    def evaluate(
        self, model_dir: Path, rows: Sequence[ClipRow], *, split: str, cache_dir: Path
    ) -> Figures: ...

    def scorer(self, model_dir: Path, *, cache_dir: Path) -> Scorer: ...


@contextmanager
def refusals(*, config_field: str = "config") -> Iterator[None]:
    """What the engine refuses, as a RuleBroken with its code, its field and its words."""
    try:
        yield
    except BadConfig as error:
        field = ".".join(part for part in (config_field, error.field) if part)
        raise _broken(error, field) from error
    except BadData as error:
        raise _broken(error, error.field) from error


def _broken(error: BadConfig | BadData, field: str) -> RuleBroken:
    errors = [FieldError(field, error.code, error.detail)] if field else []
    return RuleBroken(error.detail, code=error.code, errors=errors)
