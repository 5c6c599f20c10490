"""The statements of `submit`, written by hand, since they run once per label (`speecheq.sql`)."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from speecheq.outbox import PUBLISH


class Asked(NamedTuple):
    """An assignment to be answered, and all that decides whether it may be, as READ reads it."""

    id: int
    public_id: str
    state: str
    kind: str
    item_id: int
    clip_id: int
    clip: str
    duration_ms: int
    campaign_id: int
    campaign: str
    full_listen: bool
    scheme_id: int
    code: str
    version: int
    mode: str
    esc: str
    eis: str
    extras: str
    rules: str
    earlier_id: int | None


# Assignment, campaign, scheme, clip and an earlier answer under the same key. Those who left the
# corpus have no assignments any more. (In the ORM: two queries, and two thirds of a submit's time.)
READ = """
SELECT a.id, a.public_id, a.state, a.kind, a.item_id, k.id, k.public_id, k.duration_ms,
       c.id, c.public_id, c.full_listen,
       s.id, s.code, s.version, s.mode, s.esc, s.eis, s.extras, s.rules, earlier.id
FROM annotation_assignment a
JOIN annotation_campaign c ON c.id = a.campaign_id
JOIN annotation_scheme s ON s.id = c.scheme_id
JOIN annotation_clip k ON k.id = a.clip_id
LEFT JOIN annotation_annotation earlier
       ON earlier.annotator_id = a.annotator_id AND earlier.idempotency_key = %(key)s
WHERE a.public_id = %(assignment)s AND a.annotator_id = %(user)s AND (%(everywhere)s OR EXISTS (
    SELECT 1 FROM annotation_membership member
    WHERE member.corpus_id = c.corpus_id AND member.user_id = a.annotator_id))
"""

# One UPDATE decides between two submits at once, and between a submit and the end of its lease.
CLOSE = """
UPDATE annotation_assignment SET state = 'done', closed_at = %(now)s
WHERE id = %(assignment)s AND state = %(was)s
"""

# For what was not read just now: whoever answers is still a member, and the campaign asks for the
# same by the same scheme (whose row never changes).
UNCHANGED = """
EXISTS (
    SELECT 1 FROM annotation_campaign c
    WHERE c.id = %(campaign)s AND c.scheme_id = %(scheme)s AND c.full_listen = %(full_listen)s
      AND (%(everywhere)s OR EXISTS (
        SELECT 1 FROM annotation_membership member
        WHERE member.corpus_id = c.corpus_id AND member.user_id = %(user)s)))
"""
CLOSE_UNCHANGED = f"{CLOSE} AND {UNCHANGED}"

# `slots` is 0 for gold clips and repeats: they hold none, and take as many statements as others.
SETTLE = """
UPDATE annotation_item SET leased = leased - %(slots)s, done = done + %(slots)s WHERE id = %(item)s
"""

SETTLE_LATE = """
UPDATE annotation_item SET free = free - %(slots)s, done = done + %(slots)s
WHERE id = %(item)s AND free >= %(slots)s
"""

COUNT_DONE = """
UPDATE annotation_campaignmember SET done = done + 1
WHERE campaign_id = %(campaign)s AND user_id = %(user)s
"""

_STORED = """
INSERT INTO annotation_annotation (public_id, assignment_id, campaign_id, clip_id, annotator_id,
    idempotency_key, body_sha256, scheme_id, counted, is_simulated, secondary, extras, confidence,
    flags, comment, listened_ms, replays, client_at, created_at, supersedes_id, superseded_at)
SELECT %(public_id)s, %(assignment_id)s, %(campaign_id)s, %(clip_id)s, %(annotator_id)s,
    %(idempotency_key)s, %(body_sha256)s, %(scheme_id)s, %(counted)s, %(is_simulated)s,
    %(secondary)s, %(extras)s, %(confidence)s, %(flags)s, %(comment)s, %(listened_ms)s,
    %(replays)s, %(client_at)s, %(created_at)s, %(supersedes_id)s, NULL {source}
RETURNING id
"""
STORE = _STORED.format(source="")


# The row has no id before it is stored.
_PUBLISH_STORED = PUBLISH.format(
    payload="%(payload)s::jsonb || jsonb_build_object('annotation_id', stored.id)",
    source="FROM stored",
)


@cache
def store_labels(n: int) -> str:
    """The INSERT of `n` labels in one statement."""
    rows = ", ".join(f"(%(annotation)s, %(esc{i})s, %(eis{i})s, %(is_multi)s)" for i in range(n))
    return (
        f"INSERT INTO annotation_annotationlabel (annotation_id, esc, eis, is_multi) VALUES {rows}"
    )


def label_values(labels: list[tuple[str, int | None]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for i, (esc, eis) in enumerate(labels):
        values[f"esc{i}"], values[f"eis{i}"] = esc, eis
    return values


# All of it in one, for an assignment that is still open: a transaction by itself, and six round
# trips less. It does nothing where the campaign or the membership has changed since they were read.
# Each part that locks waits for the one before it: assignment, item, member.
SUBMIT = f"""
WITH closed AS ({CLOSE_UNCHANGED} RETURNING id),
settled AS ({SETTLE} AND EXISTS (SELECT 1 FROM closed) RETURNING id),
member AS ({COUNT_DONE} AND EXISTS (SELECT 1 FROM settled)),
stored AS ({_STORED.format(source="FROM closed")}),
labelled AS (
    INSERT INTO annotation_annotationlabel (annotation_id, esc, eis, is_multi)
    SELECT stored.id, label.esc, label.eis, %(is_multi)s
    FROM stored, unnest(%(escs)s::text[], %(levels)s::int[])
        WITH ORDINALITY AS label (esc, eis, place)
    ORDER BY place
),
published AS ({_PUBLISH_STORED})
SELECT id FROM stored
"""
