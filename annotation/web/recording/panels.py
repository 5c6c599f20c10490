"""What recording puts on the home page."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from annotation.models import Session
from annotation.models.session import SessionState
from annotation.services.recording.session_progress import counts_by_session
from speecheq.dashboard import Panel, home_panel

SHOWN = 8


@home_panel(order=15)
def to_record(request: HttpRequest) -> Panel | None:
    """Sessions the caller operates that are under way, or planned until tomorrow or for no day."""
    soon = Q(planned_for=None) | Q(planned_for__lt=timezone.now() + timedelta(days=1))
    visible = Session.objects.visible_to(request.user).filter(operator=request.user)
    mine = visible.exclude(state=SessionState.CLOSED).filter(~Q(state=SessionState.PLANNED) | soon)
    found = list(mine.select_related("speaker", "script", "corpus").order_by("-pk")[:SHOWN])
    if not found:
        return None
    counts = counts_by_session(found)
    rows = [{"session": session, "counts": counts.get(session.pk)} for session in found]
    return Panel("annotation/recording/parts/panel_sessions.html", {"rows": rows})
