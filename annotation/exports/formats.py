"""What every export format has in common, and what a writer is told beside the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from annotation.exports.rows import ReleaseRow

OpenAudio = Callable[[ReleaseRow], IO[bytes] | None]


@dataclass(frozen=True)
class ExportContext:
    """What a format may need beside the rows.

    Attributes:
        manifest: the release manifest, as `manifest.py` builds it.
        categories: of the label space, in order: `[{code, names: {zh, en}, parent}]`.
        levels: `[{value, names: {zh, en}}]`.
        audio_url: where a clip can be heard; None for a clip without audio.
        open_audio: the 16 kHz FLAC of a row, or None for a clip without audio. Formats that can
            hold audio hold it only where this is given.
    """

    manifest: Mapping[str, Any]
    categories: tuple[Mapping[str, Any], ...] = ()
    levels: tuple[Mapping[str, Any], ...] = ()
    audio_url: Callable[[ReleaseRow], str | None] = field(default=lambda row: None)
    open_audio: OpenAudio | None = None


class Destination(Protocol):
    """Where bytes go; nothing more is asked of it, so that it may be a pipe."""

    def write(self, data: bytes, /) -> int: ...


class Writer(Protocol):
    """Writes all rows to `destination` and leaves it open. Memory does not grow with the rows."""

    def __call__(
        self, rows: Iterator[ReleaseRow], destination: Destination, context: ExportContext
    ) -> None: ...


@dataclass(frozen=True)
class ExportFormat:
    """A name people choose, and how its file is made and called."""

    name: str
    write: Writer
    media_type: str
    suffix: str
