"""Ids that leave the process. Database ids never do.

A derived id is the same wherever and whenever a record is named, so a re-import or a second server
gives a clip the id it had; a random id is for what exists once.
"""

from __future__ import annotations

import hashlib
import re
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no letter that reads as a digit
PATTERN = re.compile(r"^[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{16,26}\Z")
_LENGTH = 20


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def derived(prefix: str, *parts: str) -> str:
    """Id computed from names alone, such as ("clp", corpus slug, key): 100 bits of SHA-256."""
    # Length-prefixing keeps ("a", "bc") and ("ab", "c") apart.
    text = "".join(f"{len(part)}:{part}" for part in (prefix, *parts))
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest[:13], 'big') >> 4, _LENGTH)}"


def random(prefix: str) -> str:
    """Unguessable id: 100 random bits."""
    return f"{prefix}_{_base32(secrets.randbits(5 * _LENGTH), _LENGTH)}"
