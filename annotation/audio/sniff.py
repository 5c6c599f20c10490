"""What a file is, by its first bytes alone: never by its name or by what the sender says."""

from dataclasses import dataclass

HEAD_BYTES = 64


@dataclass(frozen=True)
class Container:
    """An audio container we accept.

    `demuxer` is the one FFmpeg demuxer allowed for it, empty when only libsndfile may open it.
    `exact` says that its header counts samples, so that fewer of them means truncated.
    """

    name: str
    suffix: str
    media_type: str
    demuxer: str = ""
    by_soundfile: bool = True
    exact: bool = False


WAV = Container("wav", ".wav", "audio/wav", "wav", exact=True)
AIFF = Container("aiff", ".aiff", "audio/aiff", "aiff", exact=True)
AU = Container("au", ".au", "audio/basic", exact=True)
CAF = Container("caf", ".caf", "audio/x-caf", exact=True)
SPHERE = Container("sphere", ".sph", "audio/x-sphere", exact=True)
FLAC = Container("flac", ".flac", "audio/flac", "flac", exact=True)
OGG = Container("ogg", ".ogg", "audio/ogg", "ogg")
MP3 = Container("mp3", ".mp3", "audio/mpeg", "mp3")
AAC = Container("aac", ".aac", "audio/aac", "aac", by_soundfile=False)
MP4 = Container("mp4", ".m4a", "audio/mp4", "mov", by_soundfile=False)
WEBM = Container("webm", ".webm", "audio/webm", "matroska", by_soundfile=False)

_AT_START = (
    (b"fLaC", FLAC),
    (b"OggS", OGG),
    (b"RF64", WAV),
    (b".snd", AU),
    (b"caff", CAF),
    (b"NIST_1A\n", SPHERE),
    (b"ID3", MP3),
    (b"\x1a\x45\xdf\xa3", WEBM),
)


def sniff(head: bytes) -> Container | None:
    """The container that starts with `head` (at least HEAD_BYTES where the file has them)."""
    for magic, container in _AT_START:
        if head.startswith(magic):
            return container
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return AIFF
    if head[4:8] == b"ftyp":
        return MP4
    return _mpeg_frame(head)


def _mpeg_frame(head: bytes) -> Container | None:
    """MP3 or ADTS AAC that starts with a bare frame: 11 or 12 sync bits, then sane fields."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:  # 12 sync bits, layer 00
        return AAC if head[2] >> 2 & 0xF < 13 else None
    layer_is_3 = head[1] & 0xE6 == 0xE2
    version_known = head[1] & 0x18 != 0x08
    bitrate_and_rate_known = head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C
    return MP3 if layer_is_3 and version_known and bitrate_and_rate_known else None
