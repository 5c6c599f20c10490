"""Who may see what training made, and who may start something: by the corpora behind it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from annotation.models import Campaign, Corpus, Release
from annotation.services.releases import READERS, readable_releases
from speecheq.authorisation import require_role
from speecheq.errors import NotFound
from speecheq.roles import Role
from speecheq.sentences import say
from training.models import AcquisitionRound, Checkpoint, Run

RESEARCH = Role.RESEARCHER


def readable_runs(user: Any) -> QuerySet[Run]:
    """Runs on releases that `user` may read."""
    return Run.objects.filter(release__in=readable_releases(user).values("pk"))


def readable_models(user: Any) -> QuerySet[Checkpoint]:
    return Checkpoint.objects.filter(run__release__in=readable_releases(user).values("pk"))


def readable_rounds(user: Any) -> QuerySet[AcquisitionRound]:
    corpora = Corpus.objects.where_role(user, *READERS).values("pk")
    return AcquisitionRound.objects.filter(campaign__corpus__in=corpora)


def find_run(public_id: str, *, user: Any) -> Run:
    """Raises NotFound, and Forbidden for a member in no role that reads releases."""
    visible = Run.objects.visible_to(user).select_related("release__label_space", "job")
    run = visible.filter(public_id=public_id).first()
    if run is None:
        raise NotFound(say("No run {id!r}.", id=public_id))
    _require_everywhere(user, run.release, *READERS)
    return run


def find_model(public_id: str, *, user: Any) -> Checkpoint:
    """Raises NotFound, and Forbidden for a member in no role that reads releases."""
    visible = Checkpoint.objects.visible_to(user).select_related("run__release__label_space")
    model = visible.filter(public_id=public_id).first()
    if model is None:
        raise NotFound(say("No model {id!r}.", id=public_id))
    _require_everywhere(user, model.run.release, *READERS)
    return model


def find_round(public_id: str, *, user: Any) -> AcquisitionRound:
    """Raises NotFound, and Forbidden for whoever only labels: scores would steer them."""
    visible = AcquisitionRound.objects.visible_to(user)
    found = visible.select_related("campaign__corpus", "checkpoint__run").filter(
        public_id=public_id
    )
    chosen = found.first()
    if chosen is None:
        raise NotFound(say("No round {id!r}.", id=public_id))
    require_role(user, chosen.campaign.corpus, *READERS)
    return chosen


def require_research(user: Any, release: Release) -> None:
    """Raise Forbidden unless `user` is a researcher in every corpus of the release. None is the
    operator's shell, which may do everything."""
    if user is not None:
        _require_everywhere(user, release, RESEARCH)


def campaigns_to_order(user: Any) -> QuerySet[Campaign]:
    """Campaigns whose queue `user` may let a model re-order."""
    corpora = Corpus.objects.where_role(user, RESEARCH).values("pk")
    return Campaign.objects.filter(corpus__in=corpora).exclude(state="closed")


def may_research(user: Any, release: Release) -> bool:
    """True for a researcher in every corpus of the release, and for the administrator."""
    theirs = Corpus.objects.where_role(user, RESEARCH).values("pk")
    return not release.corpora.exclude(pk__in=theirs).exists()


def _require_everywhere(user: Any, release: Release, *roles: Role) -> None:
    for corpus in release.corpora.all():
        require_role(user, corpus, *roles)
