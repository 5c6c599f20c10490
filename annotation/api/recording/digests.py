"""`Content-Digest` of RFC 9530: what the bytes of a body are."""

from __future__ import annotations

import base64
import binascii

from annotation.services.recording.take_errors import DigestMissing
from speecheq.errors import Malformed
from speecheq.sentences import say

ALGORITHM = "sha-256"


def announced_sha256(header: str | None) -> str:
    """Hex digest from `sha-256=:base64:`; other algorithms beside it are passed over.

    Raises DigestMissing without one, Malformed when it is no SHA-256.
    """
    for member in (header or "").split(","):
        name, _, value = member.strip().partition("=")
        if name.strip().lower() == ALGORITHM:
            return _hex(value.strip())
    raise DigestMissing(
        say("Send the header Content-Digest: sha-256=:<base64 of the hash>: with it.")
    )


def _hex(value: str) -> str:
    if not (len(value) > 2 and value.startswith(":") and value.endswith(":")):
        raise Malformed(
            say("Content-Digest {value!r} is not base64 between colons.", value=value[:80])
        )
    return sha256_of_base64(value[1:-1], "Content-Digest")


def sha256_of_base64(text: str, where: str) -> str:
    """Hex of a base64 SHA-256. Raises Malformed."""
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 32:
        raise Malformed(
            say("{where} {text!r} is not the base64 of a SHA-256.", where=where, text=text[:80])
        )
    return digest.hex()
