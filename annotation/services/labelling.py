"""Judgements come in here: submitted once, revised as new rows, never lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Annotation, Assignment, Campaign, Clip, Scheme
from annotation.models.assignment import AssignmentKind
from annotation.services import labelling_sql, offered
from annotation.services.answer_rows import (
    SUBMITTED,
    close_assignment,
    new_annotation,
    store_answer,
    submit_at_once,
    submit_unchanged,
)
from annotation.services.errors import (
    AnnotationSuperseded,
    AnnotationUnknown,
    AssignmentClosed,
    AssignmentUnknown,
    KeyReused,
    NotHeard,
    SchemeChanged,
)
from annotation.services.judgements import Judgement, check_judgement
from annotation.services.labelling_sql import Asked
from speecheq import sql
from speecheq.errors import DomainError, Malformed, field_error
from speecheq.outbox import append_to_audit_log, outbox_handler
from speecheq.sentences import say

KEY_HEADER = "Idempotency-Key"
KEY_MAX = 100
HEARD_SLACK_MS = 150  # a player stops a little before or after the last sample


@dataclass(frozen=True)
class Answer:
    """An annotation, and whether this request made it (201) or an earlier one did (200)."""

    annotation: Annotation
    labels: list[tuple[str, int | None]]
    created: bool

    @property
    def counted(self) -> bool:
        """What its author is told. Gold clips and repeats never count, and nothing may tell."""
        planned = self.annotation.assignment.kind != AssignmentKind.NORMAL
        return planned or self.annotation.counted


def check_key(key: str) -> None:
    """Raise Malformed unless `key` can tell one answer from the next."""
    if not key:
        detail = say(
            "Send the header {key_header}: a new random text for each answer, kept on retry.",
            key_header=KEY_HEADER,
        )
        raise field_error(KEY_HEADER, "idempotency_key_missing", detail, kind=Malformed)
    if len(key) > KEY_MAX:
        detail = say(
            "The {key_header} has {n_key} characters; {most} are the most.",
            key_header=KEY_HEADER,
            n_key=len(key),
            most=KEY_MAX,
        )
        raise field_error(KEY_HEADER, "idempotency_key_too_long", detail, kind=Malformed)


def check_scheme(asked: str, scheme: Scheme) -> None:
    """Raise SchemeChanged where the answer was given on another version; "" is not looked at."""
    if asked not in ("", scheme.name):
        raise SchemeChanged(
            say(
                "The scheme is {name} by now, not {asked}. Answer again on that.",
                name=scheme.name,
                asked=asked,
            )
        )


def check_heard(judgement: Judgement, assignment: Assignment) -> None:
    """Raise NotHeard where the campaign asks for the whole clip and it was not heard."""
    needed_ms = (assignment.clip.duration_ms or 0) - HEARD_SLACK_MS
    if assignment.campaign.full_listen and judgement.listened_ms < needed_ms:
        detail = say(
            "{listened_ms} ms of {duration_ms} ms were heard. Listen to the whole clip first.",
            listened_ms=judgement.listened_ms,
            duration_ms=assignment.clip.duration_ms or 0,
        )
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
    known = offered.recall(assignment_id, annotator)
    if known and (stored := _submit_offered(known, key, judgement, scheme)):
        return stored
    assignment, answered = _read(assignment_id, annotator, key)
    if answered:
        return _same_answer(_earlier(annotator, key), judgement, assignment_id=assignment_id)
    _check(assignment, judgement, scheme)
    annotation = new_annotation(assignment, key, judgement)
    try:
        if not submit_at_once(annotation, judgement):
            with transaction.atomic():
                annotation.counted = close_assignment(assignment)
                store_answer(annotation, judgement)
    except (AssignmentClosed, IntegrityError):
        # Perhaps the same request, sent twice at once, got here first.
        earlier = _earlier(annotator, key)
        if earlier is None:
            raise
        return _same_answer(earlier, judgement, assignment_id=assignment_id)
    return Answer(annotation, judgement.labels, created=True)


def _check(assignment: Assignment, judgement: Judgement, scheme: str) -> None:
    """Raise SchemeChanged, BadLabels or NotHeard unless this may be its answer."""
    check_scheme(scheme, assignment.campaign.scheme)
    check_judgement(judgement, assignment.campaign.scheme)
    check_heard(judgement, assignment)


def _submit_offered(
    assignment: Assignment, key: str, judgement: Judgement, scheme: str
) -> Answer | None:
    """Store an answer to what this process has offered and not read again. None where anything is
    in the way: what that is, is found out by reading."""
    annotation = new_annotation(assignment, key, judgement)
    try:
        _check(assignment, judgement, scheme)
        if sql.changes_at_once():
            stored = submit_at_once(annotation, judgement)
        else:
            stored = submit_unchanged(annotation, judgement)
    except (DomainError, IntegrityError):
        return None
    return Answer(annotation, judgement.labels, created=True) if stored else None


def _read(assignment_id: str, annotator: Any, key: str) -> tuple[Assignment, bool]:
    """The annotator's own assignment with campaign, scheme and clip; whether `key` was used."""
    values = {
        "assignment": assignment_id,
        "user": annotator.pk,
        "key": key,
        "everywhere": annotator.is_superuser,
    }
    found = sql.row(labelling_sql.READ, values)
    if found is None:
        raise AssignmentUnknown(
            say("You have no assignment {assignment_id!r}.", assignment_id=assignment_id)
        )
    asked = Asked(*found)
    campaign = sql.part_of(
        Campaign,
        id=asked.campaign_id,
        public_id=asked.campaign,
        full_listen=asked.full_listen,
        scheme_id=asked.scheme_id,
    )
    campaign.scheme = _scheme(asked.scheme_id, asked.code, asked.version, asked.mode, asked[-5:-1])
    offered.learn(campaign)
    assignment = Assignment(
        id=asked.id,
        public_id=asked.public_id,
        state=asked.state,
        kind=asked.kind,
        item_id=asked.item_id,
        annotator=annotator,
        campaign=campaign,
        clip=sql.part_of(
            Clip, id=asked.clip_id, public_id=asked.clip, duration_ms=asked.duration_ms
        ),
    )
    return assignment, asked.earlier_id is not None


@lru_cache(maxsize=64)
def _scheme(pk: int, code: str, version: int, mode: str, texts: tuple[str, ...]) -> Scheme:
    """A scheme from its row. Kept by the row's own content, so it can never be an outdated one."""
    esc, eis, extras, rules = (json.loads(text) for text in texts)
    return Scheme(
        id=pk, code=code, version=version, mode=mode, esc=esc, eis=eis, extras=extras, rules=rules
    )


def _earlier(annotator: Any, key: str) -> Annotation | None:
    found = Annotation.objects.filter(annotator=annotator, idempotency_key=key)
    return found.select_related("assignment", "clip", "campaign", "scheme", "supersedes").first()


def _same_answer(
    earlier: Annotation | None,
    judgement: Judgement,
    *,
    assignment_id: str | None = None,
    supersedes: str | None = None,
) -> Answer:
    """The earlier answer again, if this is the same request."""
    assert earlier is not None, "annotations are never deleted"
    old = earlier.supersedes.public_id if earlier.supersedes else None
    same_target = (
        earlier.assignment.public_id == assignment_id and old is None
        if assignment_id is not None
        else old == supersedes
    )
    if not same_target or earlier.body_sha256 != judgement.sha256():
        raise KeyReused(say("This Idempotency-Key was used for another request. Make a new key."))
    labels = list(earlier.labels.values_list("esc", "eis"))
    return Answer(earlier, labels, created=False)


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
        raise AnnotationUnknown(
            say("You have no annotation {annotation_id!r}.", annotation_id=annotation_id)
        )
    old.assignment.annotator = annotator
    check_scheme(scheme, old.assignment.campaign.scheme)
    check_judgement(judgement, old.assignment.campaign.scheme)
    new = new_annotation(old.assignment, key, judgement)
    try:
        with transaction.atomic():
            current = mine.filter(superseded_at=None)
            if not current.update(superseded_at=timezone.now()):
                raise AnnotationSuperseded(
                    say("This annotation was revised already. Revise the last.")
                )
            new.counted, new.supersedes = old.counted, old
            store_answer(new, judgement)
    except (AnnotationSuperseded, IntegrityError):
        earlier = _earlier(annotator, key)
        if earlier is None:
            raise
        return _same_answer(earlier, judgement, supersedes=annotation_id)
    return Answer(new, judgement.labels, created=True)


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
