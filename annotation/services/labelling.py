"""Judgements come in here: submitted once, revised as new rows, never lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Annotation, Assignment, Campaign, Clip, Scheme
from annotation.models.assignment import AssignmentKind, AssignmentState
from annotation.models.scheme import SchemeMode
from annotation.services import labelling_sql, offered
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
from speecheq.outbox import append_to_audit_log, outbox_handler, publish
from speecheq.sentences import say

SUBMITTED = "annotation.submitted"
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
    annotation = _new(assignment, key, judgement)
    try:
        if not _submit_at_once(annotation, judgement):
            with transaction.atomic():
                annotation.counted = _close(assignment)
                _store(annotation, judgement)
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
    annotation = _new(assignment, key, judgement)
    try:
        _check(assignment, judgement, scheme)
        if sql.changes_at_once():
            stored = _submit_at_once(annotation, judgement)
        else:
            stored = _submit_unchanged(annotation, judgement)
    except (DomainError, IntegrityError):
        return None
    return Answer(annotation, judgement.labels, created=True) if stored else None


def _submit_unchanged(annotation: Annotation, judgement: Judgement) -> bool:
    """As `_submit_at_once`, where the database changes one table at a time."""
    values = _closing(annotation.assignment)
    annotation.counted = bool(values["slots"])
    with transaction.atomic():
        if not sql.change(labelling_sql.CLOSE_UNCHANGED, values):
            return False
        sql.change(labelling_sql.SETTLE, values)
        sql.change(labelling_sql.COUNT_DONE, values)
        _store(annotation, judgement)
    return True


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


def _submit_at_once(annotation: Annotation, judgement: Judgement) -> bool:
    """Close an open assignment and store its answer, in one statement. False where that cannot be:
    the assignment is not open any more, its campaign has changed, or the database changes one table
    at a time."""
    if not sql.changes_at_once():
        return False
    annotation.counted = annotation.assignment.kind == AssignmentKind.NORMAL
    values = {
        **_closing(annotation.assignment),
        **_row(annotation),
        "is_multi": annotation.campaign.scheme.mode == SchemeMode.MULTI,
        "escs": [esc for esc, _ in judgement.labels],
        "levels": [eis for _, eis in judgement.labels],
        "topic": SUBMITTED,
        "payload": json.dumps(_event(annotation, judgement)),
    }
    with sql.one_statement():
        found = sql.row(labelling_sql.SUBMIT, values)
    if found is None:
        return False
    [annotation.pk] = found
    annotation._state.adding = False
    return True


def _closing(assignment: Assignment) -> dict[str, Any]:
    """The values by which an open assignment is closed."""
    return {
        "assignment": assignment.pk,
        "was": AssignmentState.OPEN.value,
        "now": sql.moment(timezone.now()),
        "item": assignment.item_id,
        "slots": int(assignment.kind == AssignmentKind.NORMAL),
        "campaign": assignment.campaign_id,
        "scheme": assignment.campaign.scheme_id,
        "full_listen": bool(assignment.campaign.full_listen),
        "user": assignment.annotator_id,
        "everywhere": assignment.annotator.is_superuser,
    }


def _close(assignment: Assignment) -> bool:
    """Close the assignment and move its slot to done. Returns whether the answer counts: not a
    late one on a full clip, nor one on a gold clip or a repeat."""
    values = _closing(assignment)
    if not sql.change(labelling_sql.CLOSE, values):
        values["was"] = _lock_late(assignment)
        sql.change(labelling_sql.CLOSE, values)
    in_time = values["was"] == AssignmentState.OPEN
    taken = sql.change(labelling_sql.SETTLE if in_time else labelling_sql.SETTLE_LATE, values)
    sql.change(labelling_sql.COUNT_DONE, values)
    return assignment.kind == AssignmentKind.NORMAL and bool(taken)


def _lock_late(assignment: Assignment) -> str:
    """The state of an assignment that was not open, held so that it cannot be offered again or
    answered this very moment. Raises AssignmentClosed."""
    this = Assignment.objects.select_for_update().filter(pk=assignment.pk)
    state = this.values_list("state", flat=True).get()
    if state in (AssignmentState.OPEN, AssignmentState.EXPIRED):
        return state
    if state == AssignmentState.DONE:
        raise AssignmentClosed(say("This clip was already submitted. Revise it to change it."))
    raise AssignmentClosed(say("This clip was already skipped."))


def _new(assignment: Assignment, key: str, judgement: Judgement) -> Annotation:
    return Annotation(
        assignment=assignment,
        campaign=assignment.campaign,
        clip=assignment.clip,
        annotator=assignment.annotator,
        scheme=assignment.campaign.scheme,
        idempotency_key=key,
        body_sha256=judgement.sha256(),
        is_simulated=assignment.annotator.is_simulated,
        secondary=judgement.secondary,
        extras=judgement.extras,
        confidence=judgement.confidence,
        flags=judgement.flags,
        comment=judgement.comment,
        listened_ms=judgement.listened_ms,
        replays=judgement.replays,
        client_at=judgement.client_at,
        created_at=timezone.now(),
    )


def _store(annotation: Annotation, judgement: Judgement) -> None:
    """Write the annotation, its labels, and one outbox row."""
    [(annotation.pk,)] = sql.rows(labelling_sql.STORE, _row(annotation))
    annotation._state.adding = False
    labels = labelling_sql.label_values(judgement.labels)
    labels["annotation"] = annotation.pk
    labels["is_multi"] = annotation.campaign.scheme.mode == SchemeMode.MULTI
    sql.change(labelling_sql.store_labels(len(judgement.labels)), labels)
    publish(SUBMITTED, _event(annotation, judgement))


# As the database names the columns of an annotation; each is an attribute of the same name.
STORED = [field.attname for field in Annotation._meta.concrete_fields if not field.primary_key]


def _row(annotation: Annotation) -> dict[str, Any]:
    values = {name: annotation.__dict__.get(name) for name in STORED}
    for name in ("secondary", "extras", "flags"):
        values[name] = json.dumps(values[name])
    for name in ("client_at", "created_at"):
        values[name] = sql.moment(values[name])
    return values


def _event(annotation: Annotation, judgement: Judgement) -> dict[str, Any]:
    """What the worker advances agreement, hours and the audit chain from."""
    return {
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
    }


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
    new = _new(old.assignment, key, judgement)
    try:
        with transaction.atomic():
            current = mine.filter(superseded_at=None)
            if not current.update(superseded_at=timezone.now()):
                raise AnnotationSuperseded(
                    say("This annotation was revised already. Revise the last.")
                )
            new.counted, new.supersedes = old.counted, old
            _store(new, judgement)
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
