"""espeak-ng through ctypes: text in, samples out. GPL-3.0, so in the extra `demo` alone.

The library is the one in the `espeakng-loader` wheel. It keeps one voice and one set of parameters
for the whole process, and hands samples to a callback while it speaks.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns when all samples were handed over
RATE, VOLUME, PITCH, RANGE = 1, 2, 3, 4
POS_CHARACTER, CHARS_UTF8 = 1, 1
OK = 0

CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class SpeechFailed(RuntimeError):
    """espeak-ng is absent or refused; the message says which step."""


@dataclass(frozen=True)
class Prosody:
    """How something is said. `rate` in words a minute; the rest 0 to 100, volume 0 to 200."""

    rate: int = 165
    volume: int = 100
    pitch: int = 50
    pitch_range: int = 50


class Espeak:
    """One espeak-ng in this process. Make it once."""

    def __init__(self) -> None:
        try:
            import espeakng_loader
        except ImportError as error:
            raise SpeechFailed(
                "The demo speech needs espeakng-loader: install the extra `demo`, "
                "or name a corpus with CORPUS=."
            ) from error
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(Path(espeakng_loader.get_data_path())).encode()
        self.sample_rate_hz = self.library.espeak_Initialize(SYNCHRONOUS, 0, data, 0)
        if self.sample_rate_hz <= 0:
            raise SpeechFailed(f"espeak-ng cannot start with its data in {data.decode()}.")
        self._parts: list[np.ndarray] = []
        self._callback = CALLBACK(self._take)  # kept: ctypes does not
        self.library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: ctypes._Pointer[ctypes.c_short], n: int, events: int | None) -> int:
        if samples and n > 0:
            self._parts.append(np.ctypeslib.as_array(samples, shape=(n,)).copy())
        return 0  # go on

    def speak(self, text: str, *, voice: str, prosody: Prosody) -> np.ndarray:
        """Samples of `text`, int16, mono, at `sample_rate_hz`.

        `voice` is a language with an optional variant, such as `cmn+f2`.

        Raises:
            SpeechFailed: no such voice, or nothing was spoken.
        """
        if self.library.espeak_SetVoiceByName(voice.encode()) != OK:
            raise SpeechFailed(f"espeak-ng has no voice {voice!r}.")
        for parameter, value in (
            (RATE, prosody.rate),
            (VOLUME, prosody.volume),
            (PITCH, prosody.pitch),
            (RANGE, prosody.pitch_range),
        ):
            self.library.espeak_SetParameter(parameter, value, 0)
        self._parts.clear()
        encoded = text.encode("utf-8")
        done = self.library.espeak_Synth(
            encoded, ctypes.c_size_t(len(encoded) + 1), 0, POS_CHARACTER, 0, CHARS_UTF8, None, None
        )
        self.library.espeak_Synchronize()
        if done != OK or not self._parts:
            raise SpeechFailed(f"espeak-ng said nothing for {text!r} with {voice!r}.")
        return np.concatenate(self._parts)
