"""What the pages of consent have to show. See `furnish`."""

from __future__ import annotations

from annotation.models import Corpus, Script, Session
from annotation.services.recording.consents import Signature, sign_consent, withdraw
from speecheq.models import User


def consented(corpus: Corpus, *, by: User) -> dict[str, str]:
    """A speaker who signed and took something back, and a session of one who has yet to sign."""
    signer, other = corpus.speakers.order_by("code")[:2]
    signature = Signature("consent-en-1", ["record", "label", "train"], "Anna Example")
    signed = sign_consent(signature, speaker=signer, by=by)
    withdraw(speaker=signer, purposes=["train"], reason="Only for listeners.", by=by)
    script = Script.objects.filter(code="seqd-en-1").first()
    before = Session.objects.create(corpus=corpus, speaker=other, script=script)
    return {
        "speaker": signer.public_id,
        "consent": signed.public_id,
        "session_unsigned": before.public_id,
    }
