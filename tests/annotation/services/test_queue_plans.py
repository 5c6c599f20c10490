"""What the databases do for one label, at 50,000 items: seek in an index, and nothing grows."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from django.db import connection
from django.db.models import Model

from annotation.models import Annotation, AnnotatorGroup, Assignment, Item, ReferenceClip
from annotation.services import leases, priorities, queue
from annotation.services.judgements import Judgement
from annotation.services.labelling import submit
from annotation.services.priorities import QueuePriority, set_priorities
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MANY = 50_000
HISTORY = 8000
HAPPY = Judgement(labels=[("HAP", 2)])
# Tables of a few rows may be read whole; these may not.
LARGE = ("annotation_item", "annotation_assignment", "annotation_annotation", "annotation_clip")


def multiply(record: Model, n: int, **changes: str) -> None:
    """Copy the row of `record` n times; `changes`: SQL by column, where `i` counts from 1."""
    table = record._meta.db_table
    columns = [f.column for f in record._meta.concrete_fields if not f.primary_key]
    values = ", ".join(changes.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) "
            f"WITH RECURSIVE counter(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counter"
            f" WHERE i < {n}) SELECT {values} FROM {table}, counter WHERE {table}.id = {record.pk}"
        )


def large_campaign(n: int = MANY, *, done: int = 0, annotators=(), **more):
    """A campaign of n items; the first person has answered the first `done` of them."""
    corpus = factories.CorpusFactory()
    people = [*annotators, *(factories.member(corpus) for _ in range(2))]
    [clip] = factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=people, **more)
    text = f"'{clip.pk}-' || i"
    multiply(clip, n - 1, key=text, public_id=text, sha256=text)
    item, first = campaign.items.get(), corpus.clips.order_by("pk")[1].pk
    multiply(item, n - 1, clip_id=f"{first} - 1 + i", rank="i", base_rank="i")
    if done:
        answered(campaign, people[0], done)
    if connection.vendor == "postgresql":  # which does it by itself a minute later
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return campaign, people


def answered(campaign, person, n: int) -> None:
    """`person` labelled the n items after the first, long ago."""
    item = campaign.items.order_by("pk").first()
    one = Assignment.objects.create(
        campaign=campaign,
        item=item,
        clip=item.clip,
        annotator=person,
        state="done",
        ordinal=1,
        expires_at=item.clip.created_at,
    )
    following = campaign.items.order_by("pk").values_list("pk", "clip_id")[1]
    multiply(
        one,
        n - 1,
        public_id=f"'asg-{one.pk}-' || i",
        item_id=f"{following[0]} - 1 + i",
        clip_id=f"{following[1]} - 1 + i",
        ordinal="i + 1",
    )
    annotation = Annotation.objects.create(
        campaign=campaign, assignment=one, clip=one.clip, annotator=person, idempotency_key="first"
    )
    multiply(
        annotation,
        n - 1,
        public_id=f"'ann-{one.pk}-' || i",
        idempotency_key="'key-' || i",
        assignment_id=f"{one.pk} + i",
        clip_id=f"{following[1]} - 1 + i",
    )
    campaign.members.filter(user=person).update(offered=n, done=n, cursor_rank=n - 1)


class Plans:
    """Asks the database for the plan of each statement before it runs."""

    def __init__(self):
        self.statements = []
        self.asking = False

    def __call__(self, execute, sql, params, many, context):
        if not self.asking and re.match(r"\s*(SELECT|UPDATE|WITH|INSERT)", sql):
            self.asking = True
            self.statements.append((sql, list(whole_reads(sql, params))))
            self.asking = False
        return execute(sql, params, many, context)


def whole_reads(sql, params):
    """The large tables that the plan of a statement reads from end to end, or sorts."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            for *_, detail in cursor.fetchall():
                read = re.match(r"SCAN (?!stretch|picked|CONSTANT|\(|\d)(\w+)", detail)
                if read and "USING" not in detail:
                    yield detail
        else:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            yield from _whole_reads(plan_of(cursor))
            if isinstance(params, dict):
                yield from _whole_reads(prepared_plan(cursor, sql, params))


def prepared_plan(cursor, sql, params):
    """The plan that PostgreSQL keeps for a prepared statement, whatever its values."""
    used = [name for name in params if f"%({name})s" in sql]
    text = re.sub(r"%\((\w+)\)s", lambda found: f"${used.index(found[1]) + 1}", sql)
    cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    cursor.execute(f"PREPARE looked_at AS {text}")
    try:
        values = ", ".join(f"%({name})s" for name in used)
        cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE looked_at({values})", params)
        return plan_of(cursor)
    finally:
        cursor.execute("DEALLOCATE looked_at")
        cursor.execute("SET LOCAL plan_cache_mode = auto")


def plan_of(cursor):
    """PostgreSQL's plan: text from Django's cursor, read already from psycopg's own."""
    [found] = cursor.fetchone()
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def _whole_reads(node):
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE:
        yield f"Seq Scan on {node['Relation Name']}"
    if node["Node Type"] == "Sort" and node["Plan Rows"] > 1000:
        yield f"Sort of {node['Plan Rows']} rows"
    for child in node.get("Plans", []):
        yield from _whole_reads(child)


def test_a_whole_read_is_noticed():
    large_campaign(2000)
    assert list(whole_reads("SELECT * FROM annotation_item WHERE score = 1", None))
    assert not list(whole_reads("SELECT * FROM annotation_item WHERE id = 1", None))


def answer(assignment, person):
    return submit(
        assignment_id=assignment.public_id,
        annotator=person,
        key=assignment.public_id,
        judgement=HAPPY,
    )


def everything_that_next_can_meet(campaign, person, api):
    """Ordinary clips, gold, repeats, what is held, what came back, and an answer sent twice."""
    path = f"/api/v1/campaigns/{campaign.public_id}/next/"
    body = {"labels": [{"esc": "HAP", "eis": 2}], "listened_ms": 1500, "replays": 0}
    for count in (1, 2, 3, 3, 3, 3):
        for one in api.post(path, {"count": count}).json()["assignments"][:2]:
            key = {"HTTP_IDEMPOTENCY_KEY": uuid.uuid4().hex}
            submit_path = f"/api/v1/assignments/{one['id']}/submit/"
            assert api.post(submit_path, body, **key).status_code == 201
            assert api.post(submit_path, body, **key).status_code == 200
    held = queue.claim_next(campaign=campaign, annotator=person, count=3)
    Assignment.objects.filter(pk__in=[a.pk for a in held]).update(
        expires_at=held[0].clip.created_at
    )
    assert leases.reap_expired(campaign_id=campaign.pk) == 3
    assert queue.claim_next(campaign=campaign, annotator=person, count=3)


def test_no_statement_of_next_and_submit_reads_a_large_table_whole():
    campaign, [person, _] = large_campaign(
        done=HISTORY, gold_share=0.2, repeat_share=0.3, n_gold=50
    )
    group = AnnotatorGroup.objects.create(campaign=campaign, name="natives")
    for place, item in enumerate(campaign.items.order_by("-pk")[:50]):
        ReferenceClip.objects.create(
            campaign=campaign, clip_id=item.clip_id, purpose="gold", labels=[], place=place
        )
        Item.objects.filter(pk=item.pk).update(needed=0, free=0)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    api = factories.client(person)
    plans = Plans()
    with connection.execute_wrapper(plans):
        everything_that_next_can_meet(campaign, person, api)
        campaign.members.update(group=group)
        everything_that_next_can_meet(campaign, person, api)
    kinds = set(Assignment.objects.filter(ordinal__gt=HISTORY).values_list("kind", flat=True))
    assert kinds == {"normal", "gold", "repeat"}
    assert len(plans.statements) > 100
    assert [found for found in plans.statements if found[1]] == []


def steps_of_one_label(campaign, person) -> int:
    """How many steps SQLite's machine takes for a next and its submit."""
    steps = 0

    def count():
        nonlocal steps
        steps += 1

    connection.ensure_connection()
    connection.connection.set_progress_handler(count, 1)
    try:
        for _ in range(3):
            [held] = queue.claim_next(campaign=campaign, annotator=person)
            answer(held, person)
    finally:
        connection.connection.set_progress_handler(None, 0)
    return steps


@pytest.fixture
def counted():
    """Steps of a label in a campaign; on PostgreSQL, which counts none, rows visited."""
    return steps_of_one_label if connection.vendor == "sqlite" else rows_read


def rows_read(campaign, person) -> float:
    """How many rows PostgreSQL visits for what a next and its submit read."""
    visited = 0

    def measure(execute, sql, params, many, context):
        nonlocal visited
        if re.match(r"\s*SELECT", sql):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                visited += _visited(plan_of(cursor))
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with connection.execute_wrapper(measure):
        for _ in range(3):
            [held] = queue.claim_next(campaign=campaign, annotator=person)
            answer(held, person)
    return visited


def _visited(node) -> float:
    """Rows that the scans of a plan came upon, whether they were wanted or not."""
    below = sum(_visited(child) for child in node.get("Plans", []))
    if "Scan" not in node["Node Type"] or node["Node Type"] == "Subquery Scan":
        return below
    removed = node.get("Rows Removed by Filter", 0)
    return below + (node["Actual Rows"] + removed) * node["Actual Loops"]


def test_a_label_takes_as_many_steps_in_a_large_campaign_as_in_a_small_one(counted):
    small, [_, someone] = large_campaign(1000, done=500)
    few = counted(small, someone)
    large, [_, person] = large_campaign(MANY, done=500)
    assert counted(large, person) <= 1.25 * few


def test_a_label_takes_as_many_steps_after_eight_thousand_as_after_none(counted):
    campaign, [veteran, newcomer] = large_campaign(MANY, done=HISTORY)
    fresh = counted(campaign, newcomer)
    assert counted(campaign, veteran) <= 1.25 * fresh


def gold_campaign(n_gold: int):
    """A campaign that offers nothing but gold while it has any, and one of its people.

    They answered much before: PostgreSQL seeks in a table of few rows by whichever index.
    """
    campaign, [person, _] = large_campaign(6000, done=4000, gold_share=1.0, n_gold=n_gold)
    clips = list(campaign.items.order_by("-pk").values_list("clip_id", flat=True)[:n_gold])
    campaign.items.filter(clip__in=clips).update(needed=0, free=0)
    ReferenceClip.objects.bulk_create(
        ReferenceClip(campaign=campaign, clip_id=clip, purpose="gold", labels=[], place=i)
        for i, clip in enumerate(clips)
    )
    return campaign, person


def test_a_gold_clip_takes_as_many_steps_from_a_long_list_as_from_a_short_one(counted):
    """Else it would be told from other clips by its time."""
    steps = []
    for n_gold in (44, 900):
        campaign, person = gold_campaign(n_gold)
        for _ in range(40):
            [held] = queue.claim_next(campaign=campaign, annotator=person)
            assert held.kind == "gold"
            answer(held, person)
        steps.append(counted(campaign, person))
    assert steps[1] <= 1.25 * steps[0]


def put_first(campaign, clips, round_id="rnd_1"):
    rows = [
        QueuePriority(clip, priority=1.0, score=1.0, probability=0.5, arm="chosen", why="entropy")
        for clip in clips
    ]
    set_priorities(campaign_id=campaign.pk, rows=rows, round_id=round_id)


def test_a_new_order_costs_nobody_a_step_for_what_they_have_done(counted):
    campaign, [veteran, newcomer] = large_campaign(MANY, done=HISTORY)
    clips = list(campaign.items.order_by("-pk").values_list("clip_id", flat=True)[:30])
    for round_id in ("rnd_1", "rnd_2"):
        put_first(campaign, clips, round_id)
        fresh = counted(campaign, newcomer)
        assert counted(campaign, veteran) <= 1.25 * fresh


def test_who_has_had_all_that_is_put_first_passes_a_part_of_it_with_each_label(
    counted, monkeypatch
):
    monkeypatch.setattr(priorities, "LEFT_TO_OTHERS", 0)
    campaign, [veteran, _] = large_campaign(MANY, done=HISTORY)
    clips = list(campaign.items.order_by("pk").values_list("clip_id", flat=True)[:HISTORY])
    put_first(campaign, clips[: HISTORY // 2])
    some = counted(campaign, veteran)
    put_first(campaign, clips, "rnd_2")
    assert counted(campaign, veteran) <= 1.25 * some


def test_between_the_batches_of_a_new_order_most_of_the_time_is_left_to_others(monkeypatch):
    campaign, _ = large_campaign(3 * priorities.BATCH - 1)
    rows = [
        QueuePriority(clip, priority=1.0, score=None, probability=0.5, arm="chosen", why="x")
        for clip in campaign.items.values_list("clip_id", flat=True)
    ]
    now, pauses = [0.0], []
    monkeypatch.setattr(priorities, "monotonic", lambda: now[0])
    monkeypatch.setattr(priorities, "sleep", pauses.append)
    place = priorities._place

    def take_a_second(*given):
        now[0] += 1
        return place(*given)

    monkeypatch.setattr(priorities, "_place", take_a_second)
    set_priorities(campaign_id=campaign.pk, rows=rows, round_id="rnd_1")
    assert pauses == [8, 8]  # and none after the last


def test_a_new_order_is_written_in_short_transactions_and_told_once():
    campaign, _ = large_campaign(3000)
    rows = [
        QueuePriority(clip, priority=place, score=None, probability=0.5, arm="chosen", why="x")
        for place, clip in enumerate(campaign.items.values_list("clip_id", flat=True))
    ]
    version = campaign.order_version
    for round_id in ("rnd_1", "rnd_2"):
        version += 1
        assert set_priorities(campaign_id=campaign.pk, rows=rows, round_id=round_id) == 3000
        campaign.refresh_from_db()
        assert campaign.order_version == version
        assert campaign.items.filter(rank__lt=0, round_id=round_id).count() == 3000
    set_priorities(campaign_id=campaign.pk, rows=rows[:1], round_id="rnd_3")
    assert campaign.items.filter(rank__lt=0).count() == 1
    assert campaign.items.filter(rank__gte=0, round_id="", probability=None).count() == 2999
