"""Storing files, and the one function that serves them.

What a file is, its own first bytes say: never its name, nor what somebody called it when they sent
it. Browsers are told not to guess (`nosniff`), and only files that this system made itself may be
shown in place; everything else is a download. One byte range, entity tags and conditional requests
work on any storage that can open and seek.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import Storage, default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header, parse_etags, quote_etag

from speecheq.errors import NotFound
from speecheq.sentences import say

CHUNK = 64 * 1024
IN_MEMORY = 1024 * 1024
HEAD_BYTES = 64
UNKNOWN = "application/octet-stream"
# Revalidated often, since a withdrawal must stop a clip from being heard within seconds.
CACHE = "private, max-age=60"
_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\x1a\x45\xdf\xa3", "audio/webm"),
    (4, b"ftyp", "audio/mp4"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AIFF", "audio/aiff"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"PAR1", "application/vnd.apache.parquet"),
    (0, b"{", "application/json"),
    (0, b"[", "application/json"),
)
# A page, a drawing or a script would run with our origin: these types cannot.
INLINE = frozenset({"audio/flac", "image/png", "application/json"})


def sniff(head: bytes) -> str:
    """Media type by the first bytes; octet-stream for all that is not on the list."""
    for offset, magic, media_type in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return media_type
    return UNKNOWN


def store_file(name: str, content: File[bytes], *, storage: Storage = default_storage) -> str:
    """Save under a name that nothing else has. Of a file that cannot be saved nothing is left."""
    try:
        return storage.save(name, content)
    except BaseException:
        storage.delete(name)
        raise


def serve_file(
    request: HttpRequest,
    name: str,
    *,
    tag: str,
    filename: str,
    inline: bool = False,
    storage: Storage = default_storage,
) -> HttpResponseBase:
    """Answer with the stored file `name`, or the part of it that was asked for.

    Args:
        tag: changes whenever the content does, such as a hash; becomes the ETag with the size.
        filename: what a download is called; ASCII, from `names.download_name` or a public id.
        inline: only for files this system made; the type must be in INLINE as well.

    Raises NotFound when the storage has no such file. Status 200, 206, 304 or 416.
    """
    try:
        file = storage.open(name, "rb")
        size = file.size
    except FileNotFoundError:
        raise NotFound(say("The file is not here any more."), code="file_gone") from None
    etag = quote_etag(f"{tag}-{size}")
    media_type = sniff(file.read(HEAD_BYTES))
    response = _answer(request, file, size, etag)
    may_show = inline and media_type in INLINE
    response.headers["Content-Type"] = media_type
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = CACHE
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    disposition = content_disposition_header(not may_show, filename)
    response.headers["Content-Disposition"] = disposition or "attachment"
    patch_vary_headers(response, ["Cookie", "Authorization"])
    return response


def _answer(request: HttpRequest, file: Any, size: int, etag: str) -> HttpResponseBase:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or etag in (tag.removeprefix("W/") for tag in known):
        file.close()
        return HttpResponse(status=304)
    span = _span(request, size, etag)
    if span is None:
        return _send(file, 0, size, status=200)
    start, end = span
    if start >= end:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = _send(file, start, end - start, status=206)
    response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return response


def _span(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """[start, end) of the one range asked for; empty when it lies outside; None for the whole."""
    asked = _RANGE.match(request.headers.get("Range", ""))
    if not asked or asked.group(0) == "bytes=-":
        return None  # several ranges, another unit, nonsense: the whole is a right answer
    if_range = request.headers.get("If-Range")
    if if_range is not None and if_range != etag:
        return None
    first, last = asked.groups()
    if not first:
        return max(0, size - int(last)), size if int(last) else 0
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def _send(file: Any, start: int, length: int, *, status: int) -> HttpResponseBase:
    file.seek(start)
    response: HttpResponseBase
    if length <= IN_MEMORY:
        with file:
            response = HttpResponse(file.read(length), status=status)
    else:
        response = StreamingHttpResponse(_chunks(file, length), status=status)
    response.headers["Content-Length"] = str(length)
    return response


def _chunks(file: IO[bytes], length: int) -> Iterator[bytes]:
    with file:
        while length > 0 and (part := file.read(min(CHUNK, length))):
            length -= len(part)
            yield part
