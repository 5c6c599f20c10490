"""`Upload-Metadata` of tus: a few words about a file, as pairs of a name and base64."""

from __future__ import annotations

import base64
import binascii

from speecheq.errors import Malformed
from speecheq.texts import made_storable

MAX_LENGTH = 4096
MAX_PAIRS = 20


def read_metadata(header: str) -> dict[str, str]:
    """Name to text; a name alone has the text "". Raises Malformed."""
    if len(header) > MAX_LENGTH:
        raise Malformed(f"Upload-Metadata has {len(header)} characters; {MAX_LENGTH} are the most.")
    pairs = [pair.split() for pair in header.split(",") if pair.strip()]
    if len(pairs) > MAX_PAIRS:
        raise Malformed(f"Upload-Metadata has {len(pairs)} pairs; {MAX_PAIRS} are the most.")
    found: dict[str, str] = {}
    for pair in pairs:
        if len(pair) > 2 or pair[0] in found or not pair[0].isascii():
            raise Malformed(f"Upload-Metadata: {' '.join(pair)[:80]!r} is no new name with base64.")
        found[pair[0]] = _text(pair[0], pair[1] if len(pair) == 2 else "")
    return found


def _text(name: str, encoded: str) -> str:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"Upload-Metadata: the value of {name[:80]!r} is not base64.") from None
    return made_storable(raw.decode(errors="replace"))
