"""Requests as a tus client makes them, for tests of uploads."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path

from django.conf import settings

LIST = "/api/v1/uploads/"
PIECE = "application/offset+octet-stream"
WHOLE = bytes(range(256)) * 40
N_BYTES = len(WHOLE)


def b64(content: bytes | str) -> str:
    raw = content.encode() if isinstance(content, str) else content
    return base64.b64encode(raw).decode()


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def create(api, length=N_BYTES, **headers):
    headers = {"HTTP_TUS_RESUMABLE": "1.0.0", "HTTP_UPLOAD_LENGTH": str(length), **headers}
    return api.post(LIST, **{name: value for name, value in headers.items() if value is not None})


def begin(api, length=N_BYTES, **metadata):
    """The address of a new upload."""
    pairs = ",".join(f"{name} {b64(text)}" for name, text in metadata.items())
    answer = create(api, length, HTTP_UPLOAD_METADATA=pairs)
    assert answer.status_code == 201, answer.json()
    return answer.headers["Location"]


def patch(api, address, content, *, offset=0, **headers):
    given = {
        "HTTP_TUS_RESUMABLE": "1.0.0",
        "HTTP_UPLOAD_OFFSET": str(offset),
        "content_type": PIECE,
        **headers,
    }
    return api.generic("PATCH", address, content, **given)


def offset_of(api, address) -> int:
    answer = api.head(address, HTTP_TUS_RESUMABLE="1.0.0")
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def on_disk(address) -> bytes:
    return (Path(settings.SPEECHEQ_UPLOADS) / f"{address.split('/')[-2]}.part").read_bytes()


class Cut(io.BytesIO):
    """A connection that breaks after `n` bytes."""

    def read(self, size=-1):
        part = super().read(size)
        if not part:
            raise OSError("The client has gone.")
        return part
