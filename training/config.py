"""What determines a training, as one frozen value: checked without torch, kept in the checkpoint.

`RunConfig.from_json` is strict: an unknown field, a wrong type or a value out of range is a
`BadConfig` that names the field (`optimiser.epochs`) and carries a code. Field metadata holds the
allowed range, so each rule is written once, beside its field.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from speecheq.sentences import say, word

METRICS = ("esc_ua", "esc_wa", "eis_ua", "combined")
ENCODERS = ("mscnn",)


class BadConfig(ValueError):
    """A configuration value is wrong. `errors` holds (field, code, detail) triples."""

    code = "bad_config"

    def __init__(self, detail: str, *, field: str = "", code: str = "bad_config"):
        super().__init__(detail)
        self.detail, self.field, self.code = detail, field, code

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        return [(self.field, self.code, self.detail)]


def _number(default: Any, low: float, high: float) -> Any:
    return field(default=default, metadata={"range": (low, high)})


def _numbers(default: tuple[Any, ...], low: float, high: float, *, least: int = 1) -> Any:
    return field(default=default, metadata={"each": (low, high), "least": least})


def _choice(default: str, *choices: str) -> Any:
    return field(default=default, metadata={"choices": choices})


@dataclass(frozen=True)
class _Checked:
    """A dataclass whose fields are checked against their type and metadata."""

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            if not dataclasses.is_dataclass(getattr(self, item.name)):
                _check(item, getattr(self, item.name))

    @classmethod
    def from_json(cls, data: Any, *, at: str = "") -> Self:
        """Build from parsed JSON. Raises BadConfig naming the field below `at`."""
        if not isinstance(data, dict):
            where = at or "config"
            raise BadConfig(
                say("{where} is {data!r}; give an object.", where=where, data=data),
                field=at,
                code="wrong_type",
            )
        known = {item.name: item for item in dataclasses.fields(cls)}
        for name in data:
            if name not in known:
                path, others = _path(at, name), ", ".join(known)
                raise BadConfig(
                    _unknown_field(path, meant=_meant(name), known=others),
                    field=path,
                    code="unknown_field",
                )
        return cls._built(data, at)

    @classmethod
    def _built(cls, data: dict[str, Any], at: str) -> Self:
        values: dict[str, Any] = {}
        for name, value in data.items():
            part = _PARTS.get(name)
            if part is not None:
                values[name] = part.from_json(value, at=_path(at, name))
            else:
                values[name] = tuple(value) if isinstance(value, list) else value
        try:
            return cls(**values)
        except BadConfig as error:
            if at and error.field and not error.field.startswith(f"{at}."):
                raise BadConfig(
                    error.detail, field=_path(at, error.field), code=error.code
                ) from None
            raise


@dataclass(frozen=True)
class FeatureConfig(_Checked):
    """How sound becomes frames: log mel bands, pitch and level, and statistics of them."""

    sample_rate_hz: int = _number(16_000, 8_000, 48_000)
    n_mels: int = _number(80, 24, 256)
    window_ms: float = _number(25.0, 5, 100)
    hop_ms: float = _number(10.0, 2, 50)
    low_hz: float = _number(50.0, 0, 1_000)
    high_hz: float = _number(7_600.0, 1_000, 24_000)
    max_duration_s: float = _number(20.0, 0.5, 600)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.high_hz > self.sample_rate_hz / 2:
            raise BadConfig(
                say(
                    "high_hz {high_hz} is above half of sample_rate_hz {sample_rate_hz}.",
                    high_hz=self.high_hz,
                    sample_rate_hz=self.sample_rate_hz,
                ),
                field="high_hz",
                code="out_of_range",
            )


@dataclass(frozen=True)
class EncoderConfig(_Checked):
    """The multi-scale convolutional encoder and the statistics beside it."""

    name: str = _choice("mscnn", *ENCODERS)
    stem_channels: int = _number(4, 1, 256)  # for each of the three kernel shapes
    channels: tuple[int, ...] = _numbers((16, 32, 48), 8, 1024)
    groups: int = _number(8, 1, 64)
    dim: int = _number(96, 8, 2048)
    attention_dim: int = _number(32, 4, 1024)
    dropout: float = _number(0.3, 0, 0.95)
    statistics_dim: int = _number(256, 0, 4096)  # 0 leaves the statistics out

    def __post_init__(self) -> None:
        super().__post_init__()
        for channels in self.channels:
            if channels % self.groups:
                raise BadConfig(
                    say(
                        "channels {channels} cannot be divided into {groups} groups.",
                        channels=channels,
                        groups=self.groups,
                    ),
                    field="channels",
                    code="not_divisible",
                )


@dataclass(frozen=True)
class HeadsConfig(_Checked):
    """What is learned. An empty `esc` means the categories of the training split."""

    esc: tuple[str, ...] = ()
    eis_levels: int = _number(4, 2, 10)
    genders: tuple[str, ...] = ("female", "male")
    phonemes: bool = True
    esc_weight: float = _number(1.0, 0.001, 100)  # never 0: models are asked for categories
    eis_weight: float = _number(1.0, 0, 100)
    gender_weight: float = _number(0.2, 0, 100)
    phoneme_weight: float = _number(0.2, 0, 100)
    label_smoothing: float = _number(0.1, 0, 0.9)
    alone_weight: float = _number(0.5, 0, 100)  # of what encoder and statistics say by themselves
    use_soft_labels: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(set(self.esc)) != len(self.esc):
            raise BadConfig(say("A category stands twice in esc."), field="esc", code="duplicate")
        if len(set(self.genders)) != len(self.genders):
            raise BadConfig(
                say("A sex stands twice in genders."), field="genders", code="duplicate"
            )


@dataclass(frozen=True)
class AugmentConfig(_Checked):
    """Changes made to training clips only."""

    speeds: tuple[float, ...] = _numbers((0.84, 0.89, 0.94, 1.0, 1.06, 1.12, 1.19), 0.5, 2.0)
    mel_shift: int = _number(4, 0, 40)  # bands, up or down: another vocal tract
    gain_db: float = _number(3.0, 0, 40)
    frequency_mask: int = _number(8, 0, 128)  # widest, in bands; two per clip
    time_mask_ms: int = _number(200, 0, 5_000)  # longest; two per clip
    mixup: float = _number(0.2, 0, 10)  # Beta(mixup, mixup); 0 is off
    mixup_share: float = _number(0.5, 0, 1)
    statistics_noise: float = _number(0.1, 0, 5)  # in standard deviations
    statistics_views: int = _number(7, 0, 50)  # speeds at which statistics alone are learned


@dataclass(frozen=True)
class OptimiserConfig(_Checked):
    """AdamW, warm-up then cosine to zero; averaged weights are what is judged and kept."""

    epochs: int = _number(24, 1, 10_000)
    batch_frames: int = _number(4_200, 16, 10_000_000)
    learning_rate: float = _number(1e-3, 1e-7, 1)
    warmup_epochs: float = _number(1.0, 0, 1_000)
    weight_decay: float = _number(0.02, 0, 10)
    clip_norm: float = _number(5.0, 0.01, 1_000)
    average_decay: float = _number(0.99, 0, 0.99999)


@dataclass(frozen=True)
class ScoringConfig(_Checked):
    """How the trained model is asked: posteriors are averaged over the speeds."""

    speeds: tuple[float, ...] = _numbers((0.94, 1.0, 1.06), 0.5, 2.0)
    batch_frames: int = _number(8_000, 16, 10_000_000)


@dataclass(frozen=True)
class RunConfig(_Checked):
    """Everything that determines a training, beside the release it reads."""

    seed: int = _number(0, 0, 2**63 - 1)
    threads: int = _number(1, 1, 256)
    selection_metric: str = _choice("combined", *METRICS)
    features: FeatureConfig = field(default_factory=FeatureConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    heads: HeadsConfig = field(default_factory=HeadsConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    scoring: ScoringConfig = field(default_factory=ScoringConfig)

    @classmethod
    def preset(cls, name: str, changes: dict[str, Any] | None = None) -> RunConfig:
        """A preset with `changes` (nested, strict) laid over it."""
        if name not in PRESETS:
            raise BadConfig(
                say(
                    "No preset {name!r}. Known presets: {presets}.",
                    name=name,
                    presets=", ".join(PRESETS),
                ),
                field="preset",
                code="unknown_preset",
            )
        base = PRESETS[name].to_json()
        return cls.from_json(_laid_over(base, changes or {}))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; `from_json` of it is equal to this."""
        return json.loads(json.dumps(asdict(self)))

    def sha256(self) -> str:
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def with_categories(self, codes: tuple[str, ...]) -> RunConfig:
        return replace(self, heads=replace(self.heads, esc=codes))


_PARTS: dict[str, type[_Checked]] = {
    "features": FeatureConfig,
    "encoder": EncoderConfig,
    "heads": HeadsConfig,
    "augment": AugmentConfig,
    "optimiser": OptimiserConfig,
    "scoring": ScoringConfig,
}


def _unknown_field(path: str, *, meant: str, known: str) -> str:
    if not meant:
        return say("No field {path!r}. Known fields: {known}.", path=path, known=known)
    return say(
        "No field {path!r}. Did you mean {meant}? Known fields: {known}.",
        path=path,
        meant=meant,
        known=known,
    )


def _meant(name: str) -> str:
    """Where a field of that name is: `epochs` is asked for before `optimiser` is known."""
    places = [
        _path(part, name)
        for part, kind in _PARTS.items()
        if name in {item.name for item in dataclasses.fields(kind)}
    ]
    return " or ".join(map(repr, places))


def _path(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _laid_over(base: Any, changes: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(changes, dict)):
        return changes
    merged = dict(base)
    for name, value in changes.items():
        merged[name] = _laid_over(base[name], value) if name in base else value
    return merged


def _check(item: dataclasses.Field[Any], value: Any) -> None:
    """One field against its declared type (the annotation's text) and its metadata."""
    rule, name = item.metadata, item.name
    if str(item.type).startswith("tuple"):
        if not isinstance(value, tuple):
            raise BadConfig(
                say("{name} is {value!r}; give a list.", name=name, value=value),
                field=name,
                code="wrong_type",
            )
        if len(value) < rule.get("least", 0):
            raise BadConfig(
                say("{name} is empty; give at least one.", name=name), field=name, code="empty"
            )
        for each in value:
            _check_scalar(name, each, str(item.type)[6:].split(",")[0], rule.get("each"))
        return
    _check_scalar(name, value, str(item.type), rule.get("range"))
    if "choices" in rule and value not in rule["choices"]:
        raise BadConfig(
            say(
                "{name} is {value!r}; choose one of {choices}.",
                name=name,
                value=value,
                choices=", ".join(rule["choices"]),
            ),
            field=name,
            code="unknown_choice",
        )


_KINDS: dict[str, Any] = {"int": int, "float": (int, float), "str": str, "bool": bool}


def _check_scalar(name: str, value: Any, kind: str, allowed: tuple[float, float] | None) -> None:
    is_bool = isinstance(value, bool)  # and Python takes it for an int
    if not isinstance(value, _KINDS[kind]) or (is_bool and kind != "bool"):
        raise BadConfig(
            say("{name} is {value!r}; give a {kind}.", name=name, value=value, kind=word(kind)),
            field=name,
            code="wrong_type",
        )
    if allowed is None:
        return
    low, high = allowed
    if not math.isfinite(value) or not low <= value <= high:
        raise BadConfig(
            say(
                "{name} {value} is outside {low} to {high}.",
                name=name,
                value=value,
                low=low,
                high=high,
            ),
            field=name,
            code="out_of_range",
        )


PRESETS: dict[str, RunConfig] = {
    "standard": RunConfig(),
    "quick": RunConfig(
        augment=AugmentConfig(speeds=(0.92, 1.0, 1.08)),
        optimiser=OptimiserConfig(epochs=10, warmup_epochs=0.5, average_decay=0.95),
        scoring=ScoringConfig(speeds=(1.0,)),
    ),
}
