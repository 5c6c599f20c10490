"""Take an archive apart without letting it write where it should not, or more than it should.

zip, tar and tar.gz. Refused: absolute names, `..`, links, devices, encrypted members, too many or
too large members, and archives that swell too much. Sizes are counted, not believed.
"""

import errno
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from annotation.recipes.rows import RecipeError, shown
from speecheq.sentences import say

CHUNK = 1 << 20
MAX_DEPTH = 64
MAX_NAME = 2000
BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
    ValueError,
)
_DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold. `max_members` counts folders too; `max_ratio` is bytes unpacked for
    each byte of the archive."""

    max_members: int = 200_000
    max_bytes: int = 20 << 30
    max_ratio: float = 200.0
    # Small archives may swell more: headers alone can make up the ratio.
    free_bytes: int = 64 << 20


@dataclass(frozen=True)
class _Member:
    """A file, or a folder: that has nothing to open and is made with what lies in it."""

    name: str
    open: "_Opener | None"


class _Opener:
    """Opens one member for reading, whichever kind of archive it is in."""

    def __init__(self, archive: zipfile.ZipFile | tarfile.TarFile, info: object):
        self.archive = archive
        self.info = info

    def __call__(self) -> IO[bytes]:
        opened = (
            self.archive.open(self.info)  # type: ignore[arg-type]
            if isinstance(self.archive, zipfile.ZipFile)
            else self.archive.extractfile(self.info)  # type: ignore[arg-type]
        )
        if opened is None:
            raise RecipeError("bad_archive", say("A member of the archive cannot be read."))
        return opened


def extract_archive(archive: str, folder: str, limits: dict[str, float] | None = None) -> int:
    """Unpack the file `archive` into the existing, empty `folder`.

    Takes and gives plain values, so that it can run in a limited child.

    Returns: the number of files. Raises RecipeError; the folder then holds a part.
    """
    source, bounds = Path(archive), ArchiveLimits(**(limits or {}))  # type: ignore[arg-type]
    allowed = max(source.stat().st_size * bounds.max_ratio, bounds.free_bytes)
    budget = int(min(allowed, bounds.max_bytes))
    count, written = 0, 0
    try:
        for number, member in enumerate(_members(source), 1):
            if number > bounds.max_members:
                detail = say(
                    "The archive holds more than {max_members} files and folders.",
                    max_members=bounds.max_members,
                )
                raise RecipeError("archive_too_large", detail)
            name = safe_member(member.name)
            if member.open is not None:
                written += _write(member.open, Path(folder) / name, name, budget - written)
                count += 1
    except OSError as error:
        raise _failed(error) from None
    except NotImplementedError as error:
        detail = say("The archive uses a compression nobody here knows: {error}.", error=str(error))
        raise RecipeError("bad_archive", detail) from None
    except BROKEN as error:
        detail = say("The archive cannot be read to its end: {error}.", error=str(error))
        raise RecipeError("bad_archive", detail) from None
    return count


def _failed(error: OSError) -> RecipeError:
    """The system's words alone: its message would name our own folders."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RecipeError("storage_full", say("There is no room to unpack the archive."))
    why = error.strerror or type(error).__name__
    return RecipeError("bad_archive", say("The archive cannot be unpacked: {why}.", why=why))


def safe_member(name: str) -> str:
    """The name, if it stays inside the folder. Raises RecipeError("unsafe_member")."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or _DRIVE.match(name):
        detail = say(
            "The archive holds the member {name}, whose name leads outside its folder.",
            name=shown(name),
        )
        raise RecipeError("unsafe_member", detail)
    odd = any(ord(c) < 32 or "\ud800" <= c <= "\udfff" for c in name)
    if odd or len(name) > MAX_NAME or len(parts) > MAX_DEPTH or max(map(_bytes, parts)) > 255:
        detail = say(
            "The archive holds the member {name}, which is no usable file name.", name=shown(name)
        )
        raise RecipeError("unsafe_member", detail)
    return name


def _bytes(part: str) -> int:
    return len(part.encode())


def _members(source: Path) -> Iterator[_Member]:
    with source.open("rb") as file:
        head = file.read(2)
    if head == b"PK":
        with zipfile.ZipFile(source) as archive:
            yield from _zip_members(archive)
    else:
        mode = "r|gz" if head == b"\x1f\x8b" else "r|"
        try:
            archive_tar = tarfile.open(source, mode)  # type: ignore[call-overload]  # noqa: SIM115
        except tarfile.TarError:
            detail = say("The file is neither a zip nor a tar archive (tar or tar.gz).")
            raise RecipeError("not_an_archive", detail) from None
        with archive_tar:
            yield from _tar_members(archive_tar)


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.flag_bits & 1:
            raise RecipeError(
                "encrypted_archive",
                say("The member {filename!r} is encrypted.", filename=info.filename),
            )
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _not_a_file(info.filename)
        yield _Member(info.filename, None if info.is_dir() else _Opener(archive, info))


def _tar_members(archive: tarfile.TarFile) -> Iterator[_Member]:
    for info in archive:
        if not info.isdir() and not info.isreg():
            raise _not_a_file(info.name)
        name = info.name.removeprefix("./")
        yield _Member(name, None if info.isdir() else _Opener(archive, info))


def _not_a_file(name: str) -> RecipeError:
    detail = say(
        "The member {name} is a link or a device; only plain files are taken.", name=shown(name)
    )
    return RecipeError("unsafe_member", detail)


def _write(opener: _Opener, path: Path, name: str, budget: int) -> int:
    """Write one member; the number of bytes. A name that came before is refused."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        raise RecipeError("unsafe_member", say("The member {name} stands twice.", name=shown(name)))
    written = 0
    with opener() as source, path.open("xb") as out:
        while part := source.read(CHUNK):
            written += len(part)
            if written > budget:
                detail = say(
                    "Unpacking stopped at {name}: the archive swells too much.", name=shown(name)
                )
                raise RecipeError("archive_too_large", detail)
            out.write(part)
    return written
