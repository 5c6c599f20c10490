"""Judgements come in here: submitted once, revised as new rows, never lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from annotation.models import Annotation, AnnotationLabel, Assignment, Item, Scheme
from annotation.models.assignment import AssignmentState
from annotation.models.scheme import SchemeMode
from annotation.services import queue
from annotation.services.errors import (
    AnnotationSuperseded,
    AnnotationUnknown,
    AssignmentClosed,
    KeyReused,
    NotHeard,
    SchemeChanged,
)
from annotation.services.judgements import Judgement, check_judgement
from speecheq.errors import Malformed, field_error
from speecheq.outbox import append_to_audit_log, outbox_handler, publish

SUBMITTED = "annotation.submitted"
KEY_HEADER = "Idempotency-Key"
KEY_MAX = 100
HEARD_SLACK_MS = 150  # a player stops a little before or after the last sample


@dataclass(frozen=True)
class Answer:
    """An annotation, and whether this request made it (201) or an earlier one did (200)."""

    annotation: Annotation
    created: bool


def check_key(key: str) -> None:
    """Raise Malformed unless `key` can tell one answer from the next."""
    if not key:
        detail = f"Send the header {KEY_HEADER}: a new random text for each answer, kept on retry."
        raise field_error(KEY_HEADER, "idempotency_key_missing", detail, kind=Malformed)
    if len(key) > KEY_MAX:
        detail = f"The {KEY_HEADER} has {len(key)} characters; {KEY_MAX} are the most."
        raise field_error(KEY_HEADER, "idempotency_key_too_long", detail, kind=Malformed)


def check_scheme(asked: str, scheme: Scheme) -> None:
    """Raise SchemeChanged where the answer was given on another version; "" is not looked at."""
    if asked not in ("", scheme.name):
        raise SchemeChanged(
            f"The scheme is {scheme.name} by now, not {asked}. Answer again on that."
        )


def check_heard(judgement: Judgement, assignment: Assignment) -> None:
    """Raise NotHeard where the campaign asks for the whole clip and it was not heard."""
    needed_ms = (assignment.clip.duration_ms or 0) - HEARD_SLACK_MS
    if assignment.campaign.full_listen and judgement.listened_ms < needed_ms:
        detail = f"{judgement.listened_ms} ms of {assignment.clip.duration_ms} ms were heard."
        detail += " Listen to the whole clip first."
        raise field_error("listened_ms", "not_heard", detail, kind=NotHeard)


def submit(
    *, assignment_id: str, annotator: Any, key: str, judgement: Judgement, scheme: str = ""
) -> Answer:
    """Record a judgement and close its assignment, exactly once per idempotency key.

    `scheme`: the version that was answered, as "seqd-1@2", where the client knows it.

    Raises Malformed, AssignmentUnknown, AssignmentClosed, KeyReused, SchemeChanged, BadLabels,
    NotHeard.
    """
    check_key(key)
    assignment = queue.find_assignment(assignment_id, annotator=annotator)
    if assignment.state == AssignmentState.DONE:
        earlier = _earlier(annotator, key)
        if earlier is not None:
            return _same_answer(earlier, judgement, assignment_id=assignment_id)
    check_scheme(scheme, assignment.campaign.scheme)
    check_judgement(judgement, assignment.campaign.scheme)
    check_heard(judgement, assignment)
    try:
        with transaction.atomic():
            counted = _close_for_submit(assignment)
            annotation = _store(assignment, key, judgement, counted=counted)
    except (AssignmentClosed, IntegrityError):
        # Perhaps the same request, sent twice at once, got here first.
        earlier = _earlier(annotator, key)
        if earlier is None:
            raise
        return _same_answer(earlier, judgement, assignment_id=assignment_id)
    return Answer(annotation, created=True)


def _earlier(annotator: Any, key: str) -> Annotation | None:
    found = Annotation.objects.filter(annotator=annotator, idempotency_key=key)
    return found.select_related("assignment", "clip", "campaign", "supersedes").first()


def _same_answer(
    earlier: Annotation,
    judgement: Judgement,
    *,
    assignment_id: str | None = None,
    supersedes: str | None = None,
) -> Answer:
    """The earlier answer again, if this is the same request."""
    old = earlier.supersedes.public_id if earlier.supersedes else None
    same_target = (
        earlier.assignment.public_id == assignment_id and old is None
        if assignment_id is not None
        else old == supersedes
    )
    if not same_target or earlier.body_sha256 != judgement.sha256():
        raise KeyReused("This Idempotency-Key was used for another request. Make a new key.")
    return Answer(earlier, created=False)


def _close_for_submit(assignment: Assignment) -> bool:
    """Close the assignment and move its slot to done. False: a late answer on a full clip."""
    this = Assignment.objects.filter(pk=assignment.pk)
    # Locked: its lease may run out, or it may be offered again, this very moment.
    state = this.select_for_update().values_list("state", flat=True).get()
    if state not in (AssignmentState.OPEN, AssignmentState.EXPIRED):
        what = "submitted. Revise it to change it" if state == AssignmentState.DONE else "skipped"
        raise AssignmentClosed(f"This clip was already {what}.")
    this.update(state=AssignmentState.DONE, closed_at=timezone.now())
    item = Item.objects.filter(pk=assignment.item_id)
    if state == AssignmentState.OPEN:
        item.update(leased=F("leased") - 1, done=F("done") + 1)
        return True
    return bool(item.filter(free__gt=0).update(free=F("free") - 1, done=F("done") + 1))


def _store(
    assignment: Assignment,
    key: str,
    judgement: Judgement,
    *,
    counted: bool,
    supersedes: Annotation | None = None,
) -> Annotation:
    annotation = Annotation.objects.create(
        assignment=assignment,
        campaign=assignment.campaign,
        clip=assignment.clip,
        annotator=assignment.annotator,
        scheme=assignment.campaign.scheme,
        idempotency_key=key,
        body_sha256=judgement.sha256(),
        counted=counted,
        is_simulated=assignment.annotator.is_simulated,
        secondary=judgement.secondary,
        extras=judgement.extras,
        confidence=judgement.confidence,
        flags=judgement.flags,
        comment=judgement.comment,
        listened_ms=judgement.listened_ms,
        replays=judgement.replays,
        client_at=judgement.client_at,
        supersedes=supersedes,
    )
    is_multi = assignment.campaign.scheme.mode == SchemeMode.MULTI
    AnnotationLabel.objects.bulk_create(
        [
            AnnotationLabel(annotation=annotation, esc=esc, eis=eis, is_multi=is_multi)
            for esc, eis in judgement.labels
        ]
    )
    _tell(annotation, judgement)
    return annotation


def _tell(annotation: Annotation, judgement: Judgement) -> None:
    """One outbox row: the worker advances agreement and the audit chain from it."""
    publish(
        SUBMITTED,
        {
            "at": annotation.created_at.isoformat(),
            "annotation_id": annotation.pk,
            "public_id": annotation.public_id,
            "campaign_id": annotation.campaign_id,
            "clip_id": annotation.clip_id,
            "annotator_id": annotation.annotator_id,
            "actor": annotation.annotator.public_id,
            "counted": annotation.counted,
            "labels": [list(label) for label in judgement.labels],
            "supersedes_id": annotation.supersedes_id,
        },
    )


def revise(
    *, annotation_id: str, annotator: Any, key: str, judgement: Judgement, scheme: str = ""
) -> Answer:
    """Replace one's own judgement by a new row; the old one is kept, marked superseded.

    Raises Malformed, AnnotationUnknown, AnnotationSuperseded, KeyReused, SchemeChanged, BadLabels.
    """
    check_key(key)
    earlier = _earlier(annotator, key)
    if earlier is not None:
        return _same_answer(earlier, judgement, supersedes=annotation_id)
    mine = Annotation.objects.filter(
        public_id=annotation_id, assignment__in=Assignment.objects.held_by(annotator)
    )
    old = mine.select_related("assignment__campaign__scheme", "assignment__clip").first()
    if old is None:
        raise AnnotationUnknown(f"You have no annotation {annotation_id!r}.")
    old.assignment.annotator = annotator
    check_scheme(scheme, old.assignment.campaign.scheme)
    check_judgement(judgement, old.assignment.campaign.scheme)
    try:
        with transaction.atomic():
            current = mine.filter(superseded_at=None)
            if not current.update(superseded_at=timezone.now()):
                raise AnnotationSuperseded("This annotation was revised already. Revise the last.")
            new = _store(old.assignment, key, judgement, counted=old.counted, supersedes=old)
    except (AnnotationSuperseded, IntegrityError):
        earlier = _earlier(annotator, key)
        if earlier is None:
            raise
        return _same_answer(earlier, judgement, supersedes=annotation_id)
    return Answer(new, created=True)


@outbox_handler(SUBMITTED)
def log_submissions(events: list[dict[str, Any]]) -> None:
    """Judgements stand in the audit log without a second outbox row each."""
    append_to_audit_log(
        [
            {
                "at": event["at"],
                "actor": event["actor"],
                "action": "annotation.revised" if event["supersedes_id"] else SUBMITTED,
                "subject": event["public_id"],
                "data": {"labels": event["labels"], "counted": event["counted"]},
            }
            for event in events
        ]
    )
