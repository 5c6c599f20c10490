"""Models in storage: kept when a run has finished, fetched to where a worker scores."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage

from speecheq import publicids
from speecheq.names import storage_name
from training.models import Checkpoint, Run
from training.services.clip_rows import fetched, work_folder

WEIGHTS, RECORD = "model.safetensors", "model.json"


def keep_model(run: Run, folder: Path, metrics: dict[str, Any]) -> Checkpoint:
    """Copy the model's files to storage, under names derived from the run: a second attempt
    replaces what a first one left. The row is not saved yet."""
    public_id = publicids.derived("mdl", run.public_id)
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    with (folder / WEIGHTS).open("rb") as weights:
        sha256 = hashlib.file_digest(weights, "sha256").hexdigest()
    files = {name: _stored(folder / name, public_id) for name in (WEIGHTS, RECORD)}
    return Checkpoint(
        public_id=public_id,
        run=run,
        release_sha256=run.release_sha256,
        epoch=record["epoch"],
        sha256=sha256,
        files=files,
        metrics=metrics,
    )


def model_folder(model: Checkpoint) -> Path:
    """The model's files on this machine, fetched from storage where they are missing."""
    folder = work_folder("models", f"{model.public_id}-{model.sha256[:16]}")
    for name, stored in model.files.items():
        fetched(stored, folder / name)
    return folder


def _stored(path: Path, public_id: str) -> str:
    name = storage_name("model", public_id, path.suffix)
    if default_storage.exists(name):
        default_storage.delete(name)
    with path.open("rb") as file:
        return default_storage.save(name, File(file))
