"""Asking for a release, finding one, and reading its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from annotation.exports.rows import ReleaseRow
from annotation.models import Corpus, Release, ReleaseClip
from annotation.models.release import ReleaseState
from annotation.services.release_checks import (
    CheckedRequest,
    ReleaseRequest,
    SplitRequest,
    check_request,
)
from speecheq.authorisation import require_role
from speecheq.errors import Conflict, NotFound, field_error
from speecheq.jobs import submit_job
from speecheq.models import Job
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say, word

__all__ = [
    "ReleaseRequest",
    "SplitRequest",
    "find_release",
    "readable_releases",
    "release_rows",
    "request_release",
]

BUILD = "annotation.build_release"
READERS = (Role.DATA_MANAGER, Role.RESEARCHER, Role.ADJUDICATOR)
READY = (ReleaseState.FROZEN, ReleaseState.AMENDED)
ROWS_AT_ONCE = 2000


class ReleaseNotReady(Conflict):
    code = "release_not_ready"


def request_release(request: ReleaseRequest, *, by: Any) -> tuple[Release, Job]:
    """Check the request, note the release as building and queue its making.

    Args:
        by: the user who asks; None is the operator's shell, which may do everything.

    Raises:
        Forbidden, Conflict, RuleBroken: with code and field; then nothing was stored.
    """
    checked = check_request(request, by=by)
    try:
        with transaction.atomic():
            return _note(checked, by)
    except IntegrityError as error:  # the same version, asked for twice in one moment
        detail = say("{name} {version} exists.", name=request.name, version=request.version)
        raise field_error("version", "release_exists", detail, kind=Conflict) from error


def _note(checked: CheckedRequest, by: Any) -> tuple[Release, Job]:
    release = Release.objects.create(
        name=checked.name,
        version=checked.version,
        label_space=checked.label_space,
        consensus=checked.consensus,
        config=checked.config(),
        created_by=by,
    )
    release.corpora.set(checked.corpora)
    release.campaigns.set(checked.campaigns)
    audit(by, "release.requested", release.public_id, name=str(release))
    corpus = checked.corpora[0].slug if len(checked.corpora) == 1 else ""
    job = submit_job(kind=BUILD, params={"release_id": release.pk}, requested_by=by, corpus=corpus)
    return release, job


def readable_releases(user: Any) -> QuerySet[Release]:
    """Releases of corpora in all of which `user` may read releases."""
    if user.is_superuser:
        return Release.objects.all()
    readable = Corpus.objects.where_role(user, *READERS).values("pk")
    beyond = Release.corpora.through.objects.exclude(corpus_id__in=readable)
    return Release.objects.exclude(pk__in=beyond.values("release_id"))


def find_release(public_id: str, *, user: Any) -> Release:
    """A release of corpora in all of which `user` may read releases.

    Raises:
        NotFound: there is none, or it holds a corpus `user` is not a member of.
        Forbidden: `user` is a member, but in no role that reads releases.
    """
    visible = Release.objects.visible_to(user).select_related("label_space")
    release = visible.filter(public_id=public_id).first()
    if release is None:
        raise NotFound(say("No release {id!r}.", id=public_id))
    for corpus in release.corpora.all():
        require_role(user, corpus, *READERS)
    return release


def refuse_unfinished(release: Release) -> None:
    """Raise ReleaseNotReady unless the release is frozen or amended."""
    if release.state not in READY:
        raise ReleaseNotReady(
            say(
                "{release} is {state}: it has no rows to give out.",
                release=str(release),
                state=word(release.state),
            )
        )


def release_rows(release: Release, *, split: str | None = None) -> Iterator[ReleaseRow]:
    """The frozen rows in their order, page by page: a slow reader holds no cursor open."""
    rows = release.rows.order_by("position")
    if split is not None:
        rows = rows.filter(split=split)
    last = -1
    while page := list(_after(rows, last)):
        yield from (row for _, row in page)
        last = page[-1][0]


def _after(rows: QuerySet[ReleaseClip], position: int) -> Iterable[tuple[int, ReleaseRow]]:
    page = rows.filter(position__gt=position).values_list("position", "row")
    return page[:ROWS_AT_ONCE]
