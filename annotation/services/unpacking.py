"""Where the files of an import are. An archive is unpacked for as long as it is needed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage

from speecheq.errors import RuleBroken
from speecheq.limits import ChildRaised, LimitExceeded, Limits, run_limited
from speecheq.names import path_below

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
LIMITS = Limits(cpu_s=3600, wall_s=7200)


@contextmanager
def files_of(params: dict[str, Any]) -> Iterator[Path]:
    """The folder or manifest that the parameters of an import job name."""
    if "archive" in params:
        with default_storage.open(params["archive"]) as upload, _unpacked(upload, params) as folder:
            yield folder
        return
    path = Path(params["path"])
    if params.get("below_import_root"):
        path = path_below(settings.IMPORT_ROOT, params["path"])
    if path.is_file() and path.name.lower().endswith(ARCHIVES):
        with path.open("rb") as packed, _unpacked(packed, params) as folder:
            yield folder
    else:
        yield path


def forget_unpacked(params: dict[str, Any]) -> None:
    """Delete what a job that was killed or cancelled left unpacked."""
    if "archive" in params or "path" in params:
        shutil.rmtree(_target(params), ignore_errors=True)


def _target(params: dict[str, Any]) -> Path:
    """By the words of the request: one job at a time has them, whoever else reads the file."""
    asked = f"{params['corpus']}:{params['recipe']}:{params.get('archive') or params['path']}"
    return Path(settings.HOME) / "unpacked" / hashlib.sha256(asked.encode()).hexdigest()


@contextmanager
def _unpacked(source: IO[bytes] | File[bytes], params: dict[str, Any]) -> Iterator[Path]:
    target = _target(params)
    forget_unpacked(params)  # of an attempt that was killed
    target.mkdir(parents=True)
    try:
        _unpack(source, target)
        yield target / "content"
    finally:
        forget_unpacked(params)


def _unpack(source: IO[bytes] | File[bytes], target: Path) -> None:
    content, packed = target / "content", target / "archive.bin"
    content.mkdir()
    with packed.open("wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
    try:
        run_limited(
            "annotation.recipes.archives:extract_archive",
            limits=LIMITS,
            archive=str(packed),
            folder=str(content),
        )
    except (ChildRaised, LimitExceeded) as error:
        raise RuleBroken(error.detail, code=error.code or "bad_archive") from None
    packed.unlink()
