"""What must be true of a campaign's rows after anything: kills, retries, double clicks, bad input.

Run as a child in an installation's environment, `python -m tests.support.invariants CAMPAIGN` reads
a ledger (what the clients know) as JSON from standard input and prints what it found. Each check
answers with one sentence per row that is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from annotation.models import Annotation, Campaign, Scheme

SETTLE_S = 90.0
REPEAT_AFTER = 20  # offers of the same person


@dataclass
class Ledger:
    """What the clients of a run know, each from its own answers.

    `acknowledged`: answers with 200 or 201, as the server gave them. `refused`: keys of requests
    that broke a rule on purpose. `pending`: keys whose client was never told how it ended.
    """

    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)


def lost(campaign: Campaign, ledger: Ledger) -> list[str]:
    """Acknowledged answers that are not there, or say something else."""
    rows = {row.public_id: row for row in _answers(campaign)}
    wrong = []
    for told in ledger.acknowledged:
        row = rows.get(told["id"])
        if row is None:
            wrong.append(f"{told['id']} was acknowledged and is not stored.")
        elif _labels(row) != [(one["esc"], one["eis"]) for one in told["labels"]]:
            wrong.append(f"{told['id']} holds {_labels(row)}, not {told['labels']}.")
        elif row.assignment.public_id != told["assignment"]:
            wrong.append(f"{told['id']} answers {row.assignment.public_id}.")
        elif row.assignment.kind == "normal" and row.counted != told["counted"]:
            wrong.append(f"{told['id']}: counted is {row.counted}, the client was told otherwise.")
    return wrong


def doubled(campaign: Campaign, ledger: Ledger) -> list[str]:
    """Answers given once and stored more often, or stored without anybody knowing."""
    rows = [row for row in _answers(campaign) if row.superseded_at is None]
    people = Counter((r.annotator_id, r.clip_id, r.assignment.kind) for r in rows)
    wrong = [
        f"Person {who} has {n} {kind} answers on clip {clip}."
        for (who, clip, kind), n in people.items()
        if n > 1
    ]
    keys = Counter((r.annotator_id, r.idempotency_key) for r in rows)
    wrong += [f"{n} answers of {who} by key {key}." for (who, key), n in keys.items() if n > 1]
    known = {answer["id"] for answer in ledger.acknowledged}
    pending = set(ledger.pending)
    for row in rows:
        if row.public_id not in known and row.idempotency_key not in pending:
            wrong.append(f"{row.public_id} is stored and nobody was told.")
    return wrong


def over_overlap(campaign: Campaign, ledger: Ledger) -> list[str]:
    """Items with more counted answers than were asked for."""
    counted = _counted(campaign)
    return [
        f"Item {item.pk} has {counted[item.pk]} counted answers of {item.needed}."
        for item in campaign.items.all()
        if counted[item.pk] > item.needed
    ]


def invalid(campaign: Campaign, ledger: Ledger) -> list[str]:
    """Labels that the scheme does not offer, and requests that should have been refused."""
    refused = set(ledger.refused)
    wrong = []
    for row in _answers(campaign):
        if row.idempotency_key in refused:
            wrong.append(f"{row.public_id} was stored from a request that breaks a rule.")
        pairs = _labels(row)
        if len(pairs) != 1 or not _is_offered(campaign.scheme, *pairs[0]):
            wrong.append(f"{row.public_id} holds {pairs}.")
    return wrong


def _is_offered(scheme: Scheme, esc: str, eis: int | None) -> bool:
    """Whether a scheme of one label per clip offers this one; NEU if and only if 0."""
    codes = [row["code"] for row in scheme.esc]
    levels = [row["value"] for row in scheme.eis]
    if eis is None:
        return esc in codes
    return esc in codes and eis in levels and (esc == "NEU") == (eis == 0)


def counters(campaign: Campaign, ledger: Ledger) -> list[str]:
    """Numbers kept beside the rows that differ from the rows."""
    counted, leased = _counted(campaign), Counter[int]()
    done = Counter[int]()
    for item, person, state, kind in campaign.assignments.values_list(
        "item_id", "annotator_id", "state", "kind"
    ):
        leased[item] += state == "open" and kind == "normal"
        done[person] += state == "done"
    wrong = []
    for item in campaign.items.all():
        real = (counted[item.pk], leased[item.pk], item.needed - counted[item.pk] - leased[item.pk])
        if (item.done, item.leased, item.free) != real:
            kept = (item.done, item.leased, item.free)
            wrong.append(f"Item {item.pk}: done, leased, free are {kept}, the rows say {real}.")
    for member in campaign.members.all():
        if member.done != done[member.user_id]:
            rows = done[member.user_id]
            wrong.append(f"Member {member.pk}: done is {member.done}, the rows say {rows}.")
    return wrong


def unfilled(campaign: Campaign, ledger: Ledger) -> list[str]:
    """Items that nobody was asked for any more although labels are missing."""
    return [
        f"Item {item.pk} has {item.done} of {item.needed} labels."
        for item in campaign.items.all()
        if item.done < item.needed
    ]


def planned(campaign: Campaign, ledger: Ledger) -> list[str]:
    """Gold clips and repeats that count, or repeats that come too early or of nothing."""
    rows = campaign.assignments.exclude(kind="normal").prefetch_related("annotations")
    own = campaign.assignments.filter(kind="normal")
    first = {(a, c): n for a, c, n in own.values_list("annotator_id", "clip_id", "ordinal")}
    wrong = []
    for row in rows:
        if any(answer.counted for answer in row.annotations.all()):
            wrong.append(f"{row.public_id} is {row.kind} and counts.")
        if row.kind == "repeat":
            earlier = first.get((row.annotator_id, row.clip_id))
            if earlier is None or row.ordinal - earlier < REPEAT_AFTER:
                wrong.append(f"{row.public_id} repeats offer {earlier} as offer {row.ordinal}.")
    return wrong


def audited(campaign: Campaign, ledger: Ledger) -> list[str]:
    """Answers that the audit log does not hold exactly once."""
    from speecheq.models import AuditEvent

    submitted = AuditEvent.objects.filter(action="annotation.submitted")
    logged = Counter(submitted.values_list("subject", flat=True))
    stored = [row.public_id for row in _answers(campaign) if row.supersedes_id is None]
    return [f"{one} is {logged[one]} times in the audit log." for one in stored if logged[one] != 1]


# Beside these, `unfilled` holds once a campaign is over.
CHECKS: dict[str, Callable[[Campaign, Ledger], list[str]]] = {
    "lost": lost,
    "doubled": doubled,
    "over overlap": over_overlap,
    "invalid stored": invalid,
    "counters wrong": counters,
    "planned wrong": planned,
    "not logged once": audited,
}


def broken(campaign: Campaign, ledger: Ledger) -> dict[str, list[str]]:
    """Every check by name; empty lists where all is well."""
    return {name: check(campaign, ledger) for name, check in CHECKS.items()}


def extras(campaign: Campaign) -> int:
    """Late answers on full clips: kept, outside overlap and votes."""
    return sum(
        not row.counted and row.assignment.kind == "normal" and row.superseded_at is None
        for row in _answers(campaign)
    )


def _answers(campaign: Campaign) -> list[Annotation]:
    rows = campaign.annotations.select_related("assignment").prefetch_related("labels")
    return list(rows)


def _labels(row: Annotation) -> list[tuple[str, int | None]]:
    return [(label.esc, label.eis) for label in row.labels.all()]


def _counted(campaign: Campaign) -> Counter[int]:
    """Counted answers by item."""
    current = campaign.annotations.filter(superseded_at=None, counted=True)
    return Counter(current.values_list("assignment__item_id", flat=True))


def settle(*, patience_s: float = SETTLE_S) -> None:
    """Wait until the workers have handed on every event: the log follows within seconds."""
    from speecheq.models import Outbox

    deadline = time.monotonic() + patience_s
    while Outbox.objects.filter(sent_at=None).exists() and time.monotonic() < deadline:
        time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("campaign", help="public id")
    asked = parser.parse_args()
    django.setup()
    from annotation.models import Campaign

    ledger = Ledger(**json.load(sys.stdin))
    campaign = Campaign.objects.get(public_id=asked.campaign)
    settle()
    found = broken(campaign, ledger) | {"unfilled": unfilled(campaign, ledger)}
    kinds = Counter(campaign.assignments.values_list("kind", flat=True))
    print(json.dumps({"broken": found, "extras": extras(campaign), "kinds": kinds}))


if __name__ == "__main__":
    main()
