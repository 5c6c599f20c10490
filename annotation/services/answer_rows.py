"""The rows of an answer: its assignment closed, the annotation, its labels, and an event in the
outbox. In one statement where the database can do that."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.models import Annotation, Assignment
from annotation.models.assignment import AssignmentKind, AssignmentState
from annotation.models.scheme import SchemeMode
from annotation.services import labelling_sql
from annotation.services.errors import AssignmentClosed
from annotation.services.judgements import Judgement
from speecheq import sql
from speecheq.outbox import publish
from speecheq.sentences import say

SUBMITTED = "annotation.submitted"
# As the database names the columns of an annotation; each is an attribute of the same name.
STORED = [field.attname for field in Annotation._meta.concrete_fields if not field.primary_key]


def new_annotation(assignment: Assignment, key: str, judgement: Judgement) -> Annotation:
    """The answer as it is about to be stored; whether it counts is not decided yet."""
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


def submit_at_once(annotation: Annotation, judgement: Judgement) -> bool:
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


def submit_unchanged(annotation: Annotation, judgement: Judgement) -> bool:
    """As `submit_at_once`, where the database changes one table at a time."""
    values = _closing(annotation.assignment)
    annotation.counted = bool(values["slots"])
    with transaction.atomic():
        if not sql.change(labelling_sql.CLOSE_UNCHANGED, values):
            return False
        sql.change(labelling_sql.SETTLE, values)
        sql.change(labelling_sql.COUNT_DONE, values)
        store_answer(annotation, judgement)
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


def close_assignment(assignment: Assignment) -> bool:
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


def store_answer(annotation: Annotation, judgement: Judgement) -> None:
    """Write the annotation, its labels, and one outbox row."""
    [(annotation.pk,)] = sql.rows(labelling_sql.STORE, _row(annotation))
    annotation._state.adding = False
    labels = labelling_sql.label_values(judgement.labels)
    labels["annotation"] = annotation.pk
    labels["is_multi"] = annotation.campaign.scheme.mode == SchemeMode.MULTI
    sql.change(labelling_sql.store_labels(len(judgement.labels)), labels)
    publish(SUBMITTED, _event(annotation, judgement))


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
