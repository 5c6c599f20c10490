"""What the browser tests work on: a corpus of spoken-like tones, and desks to label at.

Runs inside `manage.py shell` of the served platform; prints what it made as JSON.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from django.core.files.base import ContentFile

from annotation.audio.prepare import prepare_clip
from annotation.models import Clip, Corpus, Membership, Speaker
from annotation.models.ids import clip_id, speaker_id
from annotation.services.campaigns import CampaignRequest, create_campaign
from speecheq.roles import Role
from tests.e2e.browser.people import person

RATE_HZ = 16_000


def tone(seconds: float, *, hz: float, seed: int) -> np.ndarray:
    """(frames,) float: a voice-like buzz that swells and fades, with a little noise."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * hz * k * time) / k for k in range(1, 6))
    noise = np.random.default_rng(seed).normal(0, 0.01, len(time))
    return 0.2 * buzz * np.sin(np.pi * time / seconds) + noise


def add_clip(corpus: Corpus, speaker: Speaker, key: str, samples: np.ndarray, **about: Any) -> Clip:
    """A clip with every file that a page asks for; `about` are further fields of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.wav"
        soundfile.write(path, samples, RATE_HZ)
        facts, made = prepare_clip(str(path))
    public_id = clip_id(corpus.slug, key)
    return Clip.objects.create(
        public_id=public_id,
        corpus=corpus,
        speaker=speaker,
        key=key,
        sha256=facts["pcm_sha256"],
        duration_ms=facts["duration_ms"],
        sample_rate_hz=facts["sample_rate_hz"],
        channels=facts["channels"],
        audio16k=ContentFile(made["audio"], name=f"{public_id}.flac"),
        peaks=ContentFile(made["peaks"], name=f"{public_id}.json"),
        spectrogram=ContentFile(made["spectrogram"], name=f"{public_id}.png"),
        **about,
    )


def seed(*, desks: int, clips: int = 7, slug: str = "tones", name: str = "anna") -> None:
    """A corpus, a manager, and `desks` annotators (`name`0, ...) with a campaign each."""
    corpus = Corpus.objects.create(slug=slug, name=slug, language="zxx", licence="CC0-1.0")
    manager = person("mia")
    Membership.objects.create(user=manager, corpus=corpus, role=Role.DATA_MANAGER)
    speaker = Speaker.objects.create(
        corpus=corpus, code="t1", public_id=speaker_id(corpus.slug, "t1")
    )
    for n in range(clips):
        samples = tone(0.6 + 0.1 * (n % 7), hz=110 + 15 * n, seed=n)
        add_clip(corpus, speaker, f"tone-{n:02}", samples)
    made = []
    for n in range(desks):
        annotator = person(f"{name}{n}")
        Membership.objects.create(user=annotator, corpus=corpus, role=Role.ANNOTATOR)
        request = CampaignRequest(
            name=f"Desk {n}",
            scheme="seqd-1",
            order="fixed",
            members=[annotator.username],
            state="open",
        )
        campaign = create_campaign(corpus=corpus, request=request, by=manager)
        made.append({"username": annotator.username, "campaign": campaign.public_id})
    print(json.dumps(made))
