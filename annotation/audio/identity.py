"""How the hash of canonical PCM begins (`pcm` says what canonical is). Imports no decoder."""

import hashlib
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

HASH_PREFIX = b"speecheq-pcm-1\0"


def new_pcm_digest(sample_rate_hz: int, channels: int) -> "_Hash":
    """A SHA-256 that has eaten prefix, rate and channels; the samples follow."""
    digest = hashlib.sha256(HASH_PREFIX)
    digest.update(struct.pack("<II", sample_rate_hz, channels))
    return digest
