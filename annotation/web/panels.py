"""What annotation puts on the home page."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest

from annotation.models import Annotation, Campaign, Corpus
from annotation.models.campaign import CampaignState
from annotation.services import questions
from annotation.services.progress import overviews
from annotation.web.recording import panels as _recording  # noqa: F401  registers its own
from speecheq.dashboard import Panel, home_panel
from speecheq.models import Job
from speecheq.roles import Role

SHOWN = 8
KEEPERS = (Role.DATA_MANAGER, Role.ADJUDICATOR, Role.SESSION_OPERATOR)


@home_panel(order=10)
def to_label(request: HttpRequest) -> Panel | None:
    """Open campaigns the caller labels in."""
    mine = Campaign.objects.labelled_by(request.user).values_list("pk", flat=True)
    open_now = Campaign.objects.filter(pk__in=mine, state=CampaignState.OPEN)
    found = list(open_now.select_related("corpus").order_by("-pk")[:SHOWN])
    if not found:
        return None
    counts = Annotation.objects.current().filter(annotator=request.user, campaign__in=found)
    done = dict(counts.values_list("campaign").annotate(n=Count("pk")))
    told = questions.unread_answers(found, request.user)
    rows = [
        {
            "campaign": seen.campaign,
            "totals": seen.totals,
            "goes_on": seen.goes_on,
            "mine": done.get(seen.campaign.pk, 0),
            "unread": told.get(seen.campaign.pk, 0),
        }
        for seen in overviews(found, request.user)
    ]
    return Panel("annotation/parts/panel_label.html", {"rows": rows})


@home_panel(order=20)
def to_manage(request: HttpRequest) -> Panel | None:
    """Corpora the caller keeps in order: what each holds, and what goes on in it."""
    managed = Corpus.objects.where_role(request.user, *KEEPERS)
    keys = managed.values_list("pk", flat=True)
    corpora = Corpus.objects.filter(pk__in=keys).annotate(n_clips=Count("clips"))
    rows = list(corpora.order_by("slug")[:SHOWN])
    if not rows and not request.user.is_superuser:
        return None
    visible = Job.objects.all().visible_to(request.user)
    under_way = Campaign.objects.filter(corpus__in=rows).exclude(state=CampaignState.CLOSED)
    campaigns = list(under_way.select_related("corpus").order_by("-pk")[:SHOWN])
    asked = questions.unread_questions(campaigns, request.user)
    context = {
        "corpora": rows,
        "campaigns": [
            {
                "campaign": seen.campaign,
                "totals": seen.totals,
                "unread": asked.get(seen.campaign.pk, 0),
            }
            for seen in overviews(campaigns, request.user)
        ],
        "running": visible.unfinished()[:SHOWN],
        "may_create": Corpus.objects.managed_by(request.user).exists(),
    }
    return Panel("annotation/parts/panel_manage.html", context)
