"""What a session becomes, by one button: clips, or clips and a campaign over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from annotation.services.recording import clips
from annotation.services.recording.visitors import find_session
from speecheq.error_words import words_of
from speecheq.errors import DomainError
from speecheq.models import Job


@require_POST
def session_clips(request: HttpRequest, public_id: str) -> HttpResponse:
    return _ask(request, public_id, clips.request_clips)


@require_POST
def session_campaign(request: HttpRequest, public_id: str) -> HttpResponse:
    return _ask(request, public_id, clips.request_campaign)


def _ask(request: HttpRequest, public_id: str, ask: Callable[..., Job]) -> HttpResponse:
    """Ask for the work and show its job, or go back to the session with what is wrong."""
    user: Any = request.user
    session = find_session(public_id, user=user)
    try:
        job = ask(session, by=user)
    except DomainError as error:
        messages.error(request, words_of(error))
        return redirect("annotation:session-detail", public_id)
    return redirect("job-detail", job.public_id)
