"""Labelling while processes die: nothing lost, nothing twice, nothing that should not be there."""

from __future__ import annotations

import pytest

from benchmarks.labelling.chaos import Plan
from benchmarks.labelling_chaos import CHECKS, Found, run

pytestmark = [pytest.mark.processes, pytest.mark.e2e]

PLAN = Plan(
    submits=600,
    clients=10,
    kills=2,
    lease_s=900,  # longer than any outage: what is late is so on purpose
    patience_s=900,
    late=2,
    gold=10,
    planned_share=0.05,
)


@pytest.fixture(scope="module")
def found() -> Found:
    """600 submits by ten people; web, worker and Redis are killed, then the supervisor too."""
    return run("ambient", PLAN, waits=False)


def test_everything_went_wrong_that_should(found):
    seen = found.story.seen
    assert found.kills == ["redis+web+worker", "all"]
    for what in ("no answer", "double", "refused", "reused", "late"):
        assert seen[what] > 0, f"no {what} in {dict(seen)}"


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is(found, check):
    assert found.broken[check] == []


def test_every_answer_was_acknowledged_in_the_end(found):
    assert found.submits >= PLAN.slots
    assert found.story.ledger.pending == []


def test_gold_clips_and_repeats_came_among_the_others(found):
    assert found.kinds["gold"] > 0
    assert found.kinds["repeat"] > 0
    assert sum(found.kinds.values()) >= found.submits


def test_every_answer_was_one_that_the_contract_names(found):
    assert found.story.unexpected == []


def test_late_answers_outside_the_overlap_stay_below_one_percent(found):
    assert found.extras < found.submits / 100
