"""How far sessions are, against what their scripts want."""

from __future__ import annotations

import pytest

from annotation.models import SessionPrompt
from annotation.services.recording.session_progress import (
    Counts,
    counts_by_session,
    places_of_corpus,
    progress_of,
)
from tests import recording
from tests.annotation.services.recording.stored import take
from tests.factories import CorpusFactory

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def prompts_of(session):
    return [place.prompt for place in session.places.select_related("prompt")]


def cells(progress) -> dict:
    return {(cell.esc, cell.eis): cell.counts for cell in progress.cells}


def test_each_cell_counts_its_prompts_takes_and_chosen_takes():
    session = recording.session(n_prompts=8)
    neutral, happy, *_ = prompts_of(session)
    take(session, neutral, accepted=True)
    take(session, happy, verdict="red")
    take(session, happy, verdict="red")
    found = progress_of(session.places.all())
    assert found.overall == Counts(target=8, recorded=2, accepted=1)
    assert cells(found)["NEU", 0] == Counts(target=2, recorded=1, accepted=1)
    assert cells(found)["HAP", 2] == Counts(target=2, recorded=1)
    assert cells(found)["ANG", 3] == Counts(target=2)


def test_prompts_of_training_are_counted_apart():
    session = recording.session(n_prompts=2)
    session.script.sections.update(kind="training")
    found = progress_of(session.places.all())
    assert (found.overall, found.training.target, found.cells) == (Counts(), 2, [])


def test_takes_of_another_session_do_not_count():
    corpus = CorpusFactory()
    one, other = recording.session(corpus), recording.session(corpus)
    take(other, prompts_of(other)[0], accepted=True)
    assert progress_of(one.places.all()).overall.accepted == 0
    assert progress_of(places_of_corpus(corpus)).overall == Counts(8, 1, 1)


def test_places_left_out_or_asked_for_again_are_told():
    session = recording.session()
    first, second = session.places.all()[:2]
    SessionPrompt.objects.filter(pk=first.pk).update(state="skipped")
    SessionPrompt.objects.filter(pk=second.pk).update(state="again")
    overall = progress_of(session.places.all()).overall
    assert (overall.skipped, overall.again, overall.left) == (1, 1, 3)


def test_a_page_of_sessions_costs_one_query(django_assert_num_queries):
    corpus = CorpusFactory()
    made = [recording.session(corpus) for _ in range(3)]
    take(made[1], prompts_of(made[1])[0], accepted=True)
    with django_assert_num_queries(1):
        counts = counts_by_session(made)
    assert [counts[session.pk].accepted for session in made] == [0, 1, 0]
