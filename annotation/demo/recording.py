"""A planned recording session of the demo, so that a visitor can try the recorder at once.

Nobody agreed to anything: the speaker is called a demo voice, and the signature says that it is
simulated.
"""

from __future__ import annotations

from django.db import transaction

from annotation.models import Corpus, Script, Session, Speaker
from annotation.recording.script import (
    RANDOM,
    TRAINING,
    WrittenPrompt,
    WrittenScript,
    WrittenSection,
)
from annotation.services.corpora import create_speaker
from annotation.services.recording.consents import Signature, sign_consent
from annotation.services.recording.planning import SessionRequest, plan_session
from annotation.services.recording.scripts import create_script
from speecheq.models import User

SPEAKER = "demo-voice"
SCRIPT = "demo-script"
OPERATOR = "operator"
TEXT = "consent-en-1"
SIGNED_AS = "Simulated signature (demo)"
PRACTICE = "The window faces the garden."
SENTENCES = [
    ("The train leaves from platform nine.", "NEU", 0),
    ("My sister has found a new flat.", "HAP", 2),
    ("They have closed the little shop.", "SAD", 1),
    ("Somebody has parked in front of our door.", "ANG", 3),
    ("There is a light on in the cellar.", "FEA", 2),
    ("The parcel came a day early.", "SUR", 1),
]


@transaction.atomic
def ensure(corpus: Corpus, *, by: User, seed: int) -> Session:
    """The session, made if it is not there yet."""
    there = Session.objects.filter(corpus=corpus, speaker__code=SPEAKER).order_by("pk").first()
    return there or _planned(corpus, by=by, seed=seed)


def _planned(corpus: Corpus, *, by: User, seed: int) -> Session:
    if not Script.objects.filter(code=SCRIPT).exists():
        create_script(written(), by=by)
    speaker = _speaker(corpus, by=by)
    signature = Signature(
        text=TEXT, purposes=["record", "label"], signed_name=SIGNED_AS, is_minor=False
    )
    sign_consent(signature, speaker=speaker, by=by)
    request = SessionRequest(
        speaker=speaker.public_id,
        script=SCRIPT,
        operator=OPERATOR,
        seed=seed,
        title="Try the recorder (simulated consent)",
    )
    return plan_session(corpus=corpus, request=request, by=by)


def _speaker(corpus: Corpus, *, by: User) -> Speaker:
    there = corpus.speakers.filter(code=SPEAKER).first()
    return there or create_speaker(corpus, code=SPEAKER, language="en", by=by)


def written() -> WrittenScript:
    """Seven short sentences: one to practise, six in an order that is drawn."""
    practice = WrittenPrompt(key="t1", text=PRACTICE, target_esc="NEU", target_eis=0)
    prompts = tuple(
        WrittenPrompt(key=f"d{n}", text=text, target_esc=esc, target_eis=eis)
        for n, (text, esc, eis) in enumerate(SENTENCES, start=1)
    )
    sections = (
        WrittenSection(name="Practice", prompts=(practice,), kind=TRAINING),
        WrittenSection(name="Sentences", prompts=prompts, order=RANDOM),
    )
    return WrittenScript(code=SCRIPT, language="en", sections=sections, title="A short try")
