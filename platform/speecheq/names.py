"""The name and path guard: nothing a person typed becomes a file name without passing here."""

from __future__ import annotations

import re
from pathlib import Path

from speecheq import publicids
from speecheq.errors import DomainError
from speecheq.sentences import say

SLUG = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")
_KIND = re.compile(r"^[a-z][a-z0-9-]{1,30}\Z")
_SUFFIX = re.compile(r"^(?:\.[a-z0-9]{1,11}){1,3}\Z")


class UnsafeName(DomainError):
    status = 422
    code = "unsafe_name"


def storage_name(kind: str, public_id: str, suffix: str) -> str:
    """Name of a stored file, such as `clip-original/ab/clp_....wav`; built from our own words only.

    Raises UnsafeName when a part is not one of ours.
    """
    if not (_KIND.match(kind) and _SUFFIX.match(suffix) and publicids.PATTERN.match(public_id)):
        raise UnsafeName(
            say(
                "Cannot build a file name from {kind!r}, {id!r} and {suffix!r}.",
                kind=kind,
                id=public_id,
                suffix=suffix,
            )
        )
    return f"{kind}/{public_id[-2:]}/{public_id}{suffix}"


def path_below(root: Path, relative: str) -> Path:
    """The real path of `relative` below `root`. Raises UnsafeName when it would lead outside."""
    if "\x00" in relative:
        raise UnsafeName(say("A path cannot hold a NUL byte."))
    base = root.resolve()
    try:
        path = (base / relative).resolve()
        inside = path.is_relative_to(base)
        if inside:
            path.exists()  # the system knows how long a name may be
    except (OSError, RuntimeError, ValueError) as error:  # a circle of links is a RuntimeError
        why = getattr(error, "strerror", None) or say("its links lead in a circle")
        raise UnsafeName(
            say(
                "The path {relative!r} cannot be followed: {why}.", relative=relative[:100], why=why
            )
        ) from None
    if not inside:
        raise UnsafeName(
            say("The path {relative!r} leads outside the import root.", relative=relative)
        )
    return path


def download_name(*parts: str, suffix: str) -> str:
    """A file name to offer a person: ASCII letters, digits, dot, dash and underscore only."""
    stem = "-".join(re.sub(r"[^A-Za-z0-9._-]+", "_", part).strip("._-") for part in parts if part)
    return f"{stem or 'download'}{suffix}"
