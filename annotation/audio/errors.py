"""Why a file is not taken."""

CODES = {
    "empty": "no bytes, or a header without samples",
    "not_audio": "no audio format we know",
    "not_wav": "another format where only WAV is taken",
    "unsupported": "a known container, but nothing here can decode what is inside",
    "truncated": "the header promises more than there is",
    "corrupt": "the decoder gave up",
    "not_finite": "NaN or infinite samples",
    "silent": "digital silence, or a peak below the silence floor",
    "too_short": "shorter than a clip may be",
    "too_long": "longer than a clip may be",
    "too_large": "more bytes than a clip may have",
    "unsupported_rate": "a sample rate out of range",
    "too_many_channels": "more channels than a clip may have",
}


class AudioRefused(Exception):
    """The file cannot become a clip. `code` is one of CODES, `detail` says it in words."""

    def __init__(self, code: str, detail: str):
        super().__init__(detail)
        self.code = code
        self.detail = detail
