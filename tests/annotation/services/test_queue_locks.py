"""What a claim locks while it waits: two that each hold a clip and want the other never end."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from django.db import connection, transaction

from annotation.models import Assignment, CampaignMember, Item
from annotation.services import groups, queue
from annotation.services.members import set_members
from speecheq.databases.sqlite3.turns import Turn
from speecheq.roles import Role
from tests import factories
from tests.support.processes import PATIENCE_S, wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.database,
]

# In this database: beside it, others may be tested on the same server.
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def in_thread(function: Callable):
    """`function`, with a connection that is closed after it."""

    def run():
        try:
            return function()
        finally:
            connection.close()

    return run


@contextmanager
def rival(pool: ThreadPoolExecutor, item: Item) -> Iterator[None]:
    """Somebody who takes the item's slots and commits at the end of the block."""
    taken, done = threading.Event(), threading.Event()

    def take() -> None:
        with transaction.atomic():
            Item.objects.filter(pk=item.pk).update(free=0, leased=item.needed)
            taken.set()
            done.wait(timeout=PATIENCE_S)

    taking = pool.submit(in_thread(take))
    try:
        assert taken.wait(timeout=PATIENCE_S)
        yield
    finally:
        done.set()
        taking.result()


def until_somebody_waits() -> None:
    """Until a statement of another thread stands before a lock; on SQLite, until the thread waits
    for its turn to write, which is ours or a third one's."""

    def somebody() -> bool:
        if connection.vendor == "sqlite":
            return any(
                frame.f_code is Turn.take.__code__ for frame in sys._current_frames().values()
            )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees one for good
            cursor.execute(WAITING)
            return bool(cursor.fetchone()[0])

    wait_until(somebody, "somebody waits for a lock")


def test_who_waits_for_a_clip_holds_no_other():
    corpus = factories.CorpusFactory()
    person = factories.member(corpus)
    factories.clips(corpus, 2)
    campaign = factories.campaign(corpus, annotators=[person], overlap=1)
    first, second = campaign.items.order_by("rank")
    two_write_at_once = connection.features.has_select_for_update_skip_locked

    with ThreadPoolExecutor(3) as pool, ExitStack() as others:
        with rival(pool, first):
            if two_write_at_once:
                others.enter_context(rival(pool, second))
            asked = pool.submit(
                in_thread(lambda: queue.claim_next(campaign=campaign, annotator=person))
            )
            until_somebody_waits()
        if two_write_at_once:
            until_somebody_waits()  # for the second: the first was full by the time it was free
            with transaction.atomic():  # fails at once where the person still holds it
                assert Item.objects.select_for_update(nowait=True).get(pk=first.pk).free == 0
        others.close()
        offered = asked.result()

    assert [a.item_id for a in offered] == ([] if two_write_at_once else [second.pk])


def test_a_manager_at_work_on_the_campaign_holds_no_claim_up():
    """Each would wait for the other: the manager for the item, the claim for the campaign."""
    corpus = factories.CorpusFactory()
    person, manager = factories.member(corpus), factories.member(corpus, Role.DATA_MANAGER)
    factories.clips(corpus, 1)
    campaign = factories.campaign(corpus, annotators=[person])
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            groups.set_groups(campaign, [], by=manager)
            asked = pool.submit(
                in_thread(lambda: queue.claim_next(campaign=campaign, annotator=person))
            )
            if connection.vendor != "sqlite":  # there nobody writes beside another
                assert len(asked.result(timeout=PATIENCE_S)) == 1
        assert len(asked.result(timeout=PATIENCE_S)) == 1


def test_who_is_removed_while_their_answer_is_stored_holds_nobody_up():
    """An answer locks its assignment first and its member last."""
    corpus = factories.CorpusFactory()
    person, boss = factories.member(corpus), factories.member(corpus, Role.DATA_MANAGER)
    factories.clips(corpus, 2)
    campaign = factories.campaign(corpus, annotators=[person])
    answered, other = queue.claim_next(campaign=campaign, annotator=person, count=2)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Assignment.objects.filter(pk=answered.pk).update(state="done")
            Item.objects.filter(pk=answered.item_id).update(done=1, leased=0)
            removing = pool.submit(in_thread(lambda: set_members(campaign, [], by=boss)))
            until_somebody_waits()
            CampaignMember.ever.filter(user=person).update(done=1)
        removing.result(PATIENCE_S)
    states = dict(Assignment.objects.values_list("pk", "state"))
    assert states == {answered.pk: "done", other.pk: "expired"}
    assert CampaignMember.ever.get(user=person).left_at is not None
