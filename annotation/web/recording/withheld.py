"""Takes that are in the speaker's browser and were not accepted: what pages beside the recorder
tell the module that looks for them there (js/withheld.js)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from annotation.models import Session, Speaker
from annotation.models.consent import Purpose
from annotation.services.recording import consents
from annotation.web.recording.record_texts import withheld_texts


def withheld_of(speaker: Speaker, session: Session | None, *, by_link: bool) -> dict[str, Any]:
    """Of one session; without one, of all that the speaker has. `by_link`: the page is read by
    somebody who cannot sign in again."""
    if session is not None:
        ids = [session.public_id]
    else:
        ids = list(speaker.sessions.values_list("public_id", flat=True))
    return {
        "sessions": ids,
        "in_force": consents.in_force(speaker, Purpose.RECORD) is not None,
        "takes": reverse("api:take-list", args=["ID"]),
        "texts": withheld_texts(by_link=by_link),
    }
