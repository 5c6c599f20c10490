"""Where the real corpora are: `SPEECHEQ_DATA`, else `../shared/data` beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def data_dir(name: str) -> Path:
    """Folder of a data set, such as `ravdess`. Says loudly when it is absent."""
    base = Path(os.environ.get("SPEECHEQ_DATA", ROOT.parent / "shared" / "data"))
    folder = base / name
    if not folder.exists():
        pytest.skip(f"{folder} is absent: set SPEECHEQ_DATA to the folder that holds {name}")
    return folder
