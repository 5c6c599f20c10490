"""`Upload-Metadata` of tus: a few words about a file, as pairs of a name and base64."""

from __future__ import annotations

import base64
import binascii

from speecheq.errors import Malformed
from speecheq.sentences import say
from speecheq.texts import made_storable

MAX_LENGTH = 4096
MAX_PAIRS = 20


def read_metadata(header: str) -> dict[str, str]:
    """Name to text; a name alone has the text "". Raises Malformed."""
    if len(header) > MAX_LENGTH:
        raise Malformed(
            say(
                "Upload-Metadata has {n_header} characters; {most} are the most.",
                n_header=len(header),
                most=MAX_LENGTH,
            )
        )
    pairs = [pair.split() for pair in header.split(",") if pair.strip()]
    if len(pairs) > MAX_PAIRS:
        raise Malformed(
            say(
                "Upload-Metadata has {n_pairs} pairs; {most} are the most.",
                n_pairs=len(pairs),
                most=MAX_PAIRS,
            )
        )
    found: dict[str, str] = {}
    for pair in pairs:
        if len(pair) > 2 or pair[0] in found or not pair[0].isascii():
            raise Malformed(
                say(
                    "Upload-Metadata: {pair!r} is no new name with base64.",
                    pair=" ".join(pair)[:80],
                )
            )
        found[pair[0]] = _text(pair[0], pair[1] if len(pair) == 2 else "")
    return found


def _text(name: str, encoded: str) -> str:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(
            say("Upload-Metadata: the value of {name!r} is not base64.", name=name[:80])
        ) from None
    return made_storable(raw.decode(errors="replace"))
