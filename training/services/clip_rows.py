"""Clips as the engine reads them: paths to sound, and labels where a model may learn them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Count, QuerySet

from annotation.labelspaces.presets import CONTROL_CATEGORIES
from annotation.models import Clip, Release
from training.engine.rows import ClipRow

CONTROL = tuple(each["code"] for each in CONTROL_CATEGORIES)
"""Categories that say the label is none: the model never learns them."""

PAGE = 1000
COPY_BYTES = 1 << 20


def work_folder(*parts: str) -> Path:
    """A folder below SPEECHEQ_HOME for what can be made again."""
    return Path(settings.HOME, "work", *parts)


def feature_cache() -> Path:
    """Shared by all runs: its files are named by the sound and the settings they come from."""
    return work_folder("features")


def trainable(release: Release) -> dict[str, int]:
    """Clips with sound and with a label to learn, by split; a split without any is absent."""
    rows = release.rows.filter(clip__label_only=False).exclude(esc__in=CONTROL)
    return dict(rows.order_by().values_list("split").annotate(n=Count("pk")))


def release_rows(release: Release, *, watch: Callable[[], None]) -> list[ClipRow]:
    """The clips of a release that have sound, in its order. `watch()` runs now and then and may
    raise to stop: on remote storage each sound is fetched first."""
    rows = release.rows.filter(clip__label_only=False).order_by("position")
    fields = ("position", "row", "clip__audio16k")
    made: list[ClipRow] = []
    last = -1
    while page := list(rows.filter(position__gt=last).values_list(*fields)[:PAGE]):
        watch()
        made += [_release_row(row, audio) for _, row, audio in page]
        last = page[-1][0]
    return made


def _release_row(row: dict[str, Any], audio: str) -> ClipRow:
    learn = row["esc"] not in CONTROL
    return ClipRow(
        key=f"{row['corpus']}/{row['key']}",
        path=local_path(audio),
        audio_sha256=row["audio_sha256"],
        split=row["split"],
        speaker=row["speaker"] or "",
        duration_ms=row["duration_ms"] or 0,
        esc=row["esc"] if learn else None,
        eis=row["eis"] if learn else None,
        soft_esc=(row["soft_esc"] or None) if learn else None,
        sex=row["sex"],
        transcript=row["transcript"],
        language=row["language"],
    )


def pool_rows(clips: QuerySet[Clip]) -> Iterator[ClipRow]:
    """Clips to be scored; the key is the public id."""
    fields = ("public_id", "audio16k", "sha256", "duration_ms")
    for public_id, audio, sha256, duration_ms in clips.values_list(*fields):
        yield ClipRow(
            key=public_id,
            path=local_path(audio),
            audio_sha256=sha256,
            duration_ms=duration_ms or 0,
        )


def local_path(name: str) -> Path:
    """Where the stored file lies on this machine; one of a remote storage is fetched once."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        return fetched(name, work_folder("audio") / name)


def fetched(name: str, path: Path) -> Path:
    """Copy a stored file to `path`, whole or not at all, unless it is there."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as copy, default_storage.open(name) as source:
            while part := source.read(COPY_BYTES):
                copy.write(part)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return path
