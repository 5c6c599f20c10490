"""Models and unfinished runs on disk: safetensors and JSON, never pickle.

A model is `model.safetensors` and `model.json`, which names the configuration, the labels, the
release it learned from, its figures, and the hash of the weights. A run that is not finished is one
file, `state.safetensors`, whose header holds its record, so that it is replaced in one step.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from speecheq.sentences import say
from training.config import RunConfig
from training.engine.network import Network
from training.engine.rows import BadData

FORMAT = "speecheq-model-1"
WEIGHTS, MANIFEST, STATE = "model.safetensors", "model.json", "state.safetensors"


@dataclass(frozen=True)
class Manifest:
    """What `model.json` says."""

    config: RunConfig
    phonemes: tuple[str, ...]
    release_sha256: str
    epoch: int
    metrics: dict[str, Any]
    weights_sha256: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def categories(self) -> tuple[str, ...]:
        return self.config.heads.esc

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            **asdict(self),
            "config": self.config.to_json(),
            "phonemes": list(self.phonemes),
            "labels": {
                "esc": list(self.config.heads.esc),
                "eis": list(range(self.config.heads.eis_levels)),
                "gender": list(self.config.heads.genders),
            },
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Manifest:
        if data.get("format") != FORMAT:
            raise BadData(
                say(
                    "The model has format {found!r}, not {format}. Train it again.",
                    found=str(data.get("format")),
                    format=FORMAT,
                ),
                code="unknown_format",
            )
        known = {key: data[key] for key in cls.__dataclass_fields__ if key in data}
        known["config"] = RunConfig.from_json(data["config"])
        known["phonemes"] = tuple(data["phonemes"])
        return cls(**known)


@dataclass(frozen=True)
class Model:
    """A trained network, ready to score, and what it is."""

    network: Network
    manifest: Manifest


def save_model(
    folder: Path,
    weights: dict[str, Tensor],
    *,
    config: RunConfig,
    phonemes: tuple[str, ...],
    release_sha256: str,
    epoch: int,
    metrics: dict[str, Any],
) -> Manifest:
    """Write both files; the JSON last, as it names the hash of the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    _replace_tensors(folder / WEIGHTS, weights, {"format": FORMAT})
    manifest = Manifest(
        config, phonemes, release_sha256, epoch, metrics, _sha256(folder / WEIGHTS), versions()
    )
    text = json.dumps(manifest.to_json(), indent=1, sort_keys=True, ensure_ascii=False)
    temporary = folder / f"{MANIFEST}.part"
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, folder / MANIFEST)
    return manifest


def load_model(folder: Path) -> Model:
    """Raises BadData when a file is missing, altered, or of another format."""
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        found = _sha256(folder / WEIGHTS)
    except (OSError, ValueError) as error:
        raise BadData(
            say("No model in {name}: {error}", name=folder.name, error=str(error)), code="no_model"
        ) from error
    manifest = Manifest.from_json(data)
    if found != manifest.weights_sha256:
        raise BadData(
            say("The weights in {name} are not those its record names.", name=folder.name),
            code="weights_altered",
        )
    network = Network(manifest.config, manifest.phonemes)
    network.load_state_dict(load_file(folder / WEIGHTS))
    return Model(network.eval(), manifest)


def save_state(folder: Path, tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
    """Keep an unfinished run. One file, replaced in one step: a kill leaves the old or the new."""
    folder.mkdir(parents=True, exist_ok=True)
    _replace_tensors(folder / STATE, tensors, {"record": json.dumps(record)})


def load_state(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """What `save_state` kept, or None. Raises BadData for a file that cannot be read."""
    path = folder / STATE
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            record = json.loads(file.metadata()["record"])
        return load_file(path), record
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BadData(
            say(
                "The saved state {name} cannot be read: {error}. Delete it to start again.",
                name=path.name,
                error=str(error),
            ),
            code="bad_state",
        ) from error


def versions() -> dict[str, str]:
    """What a result may depend on."""
    named = {name: metadata.version(name) for name in ("numpy", "soundfile", "soxr")}
    return {"python": platform.python_version(), "torch": torch.__version__, **named}


def _replace_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, str]) -> None:
    temporary = path.with_name(f"{path.name}.part")
    own = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    save_file(own, temporary, metadata=header)
    os.replace(temporary, path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
