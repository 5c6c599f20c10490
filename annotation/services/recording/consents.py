"""What a speaker has agreed to, now."""

from __future__ import annotations

from annotation.models import Consent, Speaker
from annotation.models.consent import Purpose
from annotation.services.recording.errors import ConsentMissing


def in_force(speaker: Speaker, purpose: str) -> Consent | None:
    """The latest signature that covers `purpose` and was not taken back since."""
    taken_back = [row.withdrawn_at for row in speaker.withdrawals.all() if purpose in row.purposes]
    since = max(taken_back, default=None)
    for consent in speaker.consents.order_by("-signed_at", "-pk"):
        if since is not None and consent.signed_at <= since:
            return None
        if purpose in consent.purposes:
            return consent
    return None


def require(speaker: Speaker, purpose: str = Purpose.RECORD) -> Consent:
    """The signature in force, or ConsentMissing."""
    consent = in_force(speaker, purpose)
    if consent is None:
        raise ConsentMissing(
            f"{speaker.code} has not agreed to {purpose!r}, or took it back. "
            "A consent must be signed before anything is recorded."
        )
    return consent
