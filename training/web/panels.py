"""What training puts on the home page."""

from __future__ import annotations

from django.http import HttpRequest

from annotation.models import Corpus
from speecheq.dashboard import Panel, home_panel
from speecheq.roles import Role
from training.services.access import readable_runs
from training.web.forms import offered_releases

SHOWN = 5


@home_panel(order=30)
def to_train(request: HttpRequest) -> Panel | None:
    """The newest runs, for whoever researches."""
    if not Corpus.objects.where_role(request.user, Role.RESEARCHER).exists():
        return None
    runs = readable_runs(request.user).select_related("release").order_by("-pk")[:SHOWN]
    context = {"runs": list(runs), "may_start": bool(offered_releases(request.user))}
    return Panel("training/parts/panel_runs.html", context)
