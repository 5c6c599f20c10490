"""What tests of recording begin with: a script, somebody who agreed, an open session, a sound."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import soundfile
from django.utils import timezone

from annotation.models import (
    Consent,
    ConsentText,
    Corpus,
    Prompt,
    Script,
    ScriptSection,
    Session,
    SessionPrompt,
    Speaker,
)
from tests.factories import CorpusFactory, SpeakerFactory

TARGETS = [("NEU", 0), ("HAP", 2), ("SAD", 1), ("ANG", 3)]
RATE_HZ = 48_000


def script(n_prompts: int = 4, *, code: str = "spoken", version: int = 1) -> Script:
    """A script of one section with `n_prompts` sentences."""
    made = Script.objects.create(code=code, version=version, language="en", title="To be spoken")
    section = ScriptSection.objects.create(script=made, position=1, name="all")
    for n in range(n_prompts):
        esc, eis = TARGETS[n % len(TARGETS)]
        text = f"The dogs are sitting by door number {n}."
        Prompt.objects.create(
            script=made,
            section=section,
            position=n + 1,
            key=f"p{n:02}",
            text=text,
            transcript=text,
            target_esc=esc,
            target_eis=eis,
        )
    return made


def consent_text(code: str = "consent-test-1") -> ConsentText:
    found = ConsentText.objects.filter(code=code).first()
    return found or ConsentText.objects.create(
        code=code,
        language="en",
        title="Consent",
        body="I agree.",
        purposes={"record": "be recorded", "label": "labelled", "train": "", "publish": ""},
        sha256="0" * 64,
    )


def consent(speaker: Speaker, purposes: tuple[str, ...] = ("record", "label")) -> Consent:
    text = consent_text()
    return Consent.objects.create(
        speaker=speaker,
        text=text,
        text_sha256=text.sha256,
        purposes=list(purposes),
        signed_name="Anna Example",
        signed_at=timezone.now(),
        evidence_sha256="1" * 64,
    )


def session(
    corpus: Corpus | None = None,
    *,
    n_prompts: int = 4,
    state: str = "open",
    agreed: bool = True,
    of: Script | None = None,
    **more: Any,
) -> Session:
    """An open session whose speaker agreed to being recorded and labelled."""
    corpus = corpus or CorpusFactory()
    speaker = more.pop("speaker", None) or SpeakerFactory(corpus=corpus)
    if agreed:
        consent(speaker)
    spoken = of or Script.objects.filter(code="spoken").first() or script(n_prompts)
    made = Session.objects.create(
        corpus=corpus, speaker=speaker, script=spoken, state=state, **more
    )
    for position, prompt in enumerate(spoken.prompts.all(), start=1):
        SessionPrompt.objects.create(session=made, prompt=prompt, position=position)
    return made


def speech(seconds: float = 2.0, *, seed: int = 1, rate_hz: int = RATE_HZ) -> np.ndarray:
    """(frames,) float64: something like a voice at about -26 dBFS between 0.3 s of faint noise."""
    rng = np.random.default_rng(seed)
    n, pad = round(seconds * rate_hz), round(0.3 * rate_hz)
    t = np.arange(n) / rate_hz
    voice = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 8))
    voice = 0.06 * voice * (0.4 + 0.6 * np.sin(2 * np.pi * 3.0 * t) ** 2)
    quiet = rng.normal(0, 1e-4, n)
    voice[:pad] = 0
    voice[-pad:] = 0
    return np.asarray(voice + quiet)


def wav(samples: np.ndarray, *, rate_hz: int = RATE_HZ, bits: int = 24) -> bytes:
    """(frames,) or (frames, channels) float as a WAV file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, format="WAV", subtype=f"PCM_{bits}")
    return buffer.getvalue()
