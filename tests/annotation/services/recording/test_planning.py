"""Planning: who, what, in which order; and that order and script stay as they were drawn."""

from __future__ import annotations

import pytest

from annotation.models import Script
from annotation.services.recording.planning import SessionRequest, plan_session
from speecheq.errors import DomainError, Forbidden
from speecheq.roles import Role
from tests import recording
from tests.factories import CorpusFactory, SpeakerFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    return CorpusFactory(slug="spoken")


@pytest.fixture
def operator(corpus):
    return member(corpus, Role.SESSION_OPERATOR, username="omar")


@pytest.fixture
def speaker(corpus):
    return SpeakerFactory(corpus=corpus)


def plan(corpus, by, who, **more):
    asked = SessionRequest(**{"speaker": who.public_id, "script": "spoken", **more})
    return plan_session(corpus=corpus, request=asked, by=by)


def keys(session) -> list[str]:
    return [place.prompt.key for place in session.places.select_related("prompt")]


def test_a_session_holds_every_prompt_once_and_begins_planned(corpus, operator, speaker):
    recording.script(6)
    session = plan(corpus, operator, speaker)
    assert session.state == "planned"
    assert sorted(keys(session)) == [f"p{n:02}" for n in range(6)]
    assert {place.state for place in session.places.all()} == {"waiting"}


def test_the_same_seed_draws_the_same_order_and_another_another(corpus, operator, speaker):
    script = recording.script(8)
    script.sections.update(order="random")
    first, second, other = (plan(corpus, operator, speaker, seed=seed) for seed in (5, 5, 6))
    assert keys(first) == keys(second) != keys(other)


def test_a_session_that_names_no_seed_draws_one(corpus, operator, speaker):
    recording.script(2)
    seeds = {plan(corpus, operator, speaker).seed for _ in range(3)}
    assert len(seeds) == 3


def test_a_session_keeps_its_version_when_a_newer_one_appears(corpus, operator, speaker):
    recording.script(2)
    session = plan(corpus, operator, speaker)
    recording.script(5, version=2)
    session.refresh_from_db()
    assert session.script.name == "spoken@1"
    assert len(keys(session)) == 2
    assert plan(corpus, operator, speaker).script.version == 2
    assert plan(corpus, operator, speaker, script="spoken@1").script.version == 1


def test_planning_is_the_first_line_of_the_audit_trail(corpus, operator, speaker):
    recording.script(2)
    event = plan(corpus, operator, speaker).events.get()
    assert (event.kind, event.actor) == ("state", operator)
    assert event.data == {"state": "planned", "script": "spoken@1"}


@pytest.mark.parametrize("role", [Role.SESSION_OPERATOR, Role.DATA_MANAGER])
def test_an_operator_needs_the_role_in_the_corpus(corpus, operator, speaker, role):
    recording.script(2)
    watching = member(corpus, role, username="olga")
    assert plan(corpus, operator, speaker, operator="olga").operator == watching


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"script": "unheard"}, "unknown_script"),
        ({"script": "spoken@7"}, "unknown_script"),
        ({"operator": "nobody"}, "not_an_operator"),
        ({"operator": "anna"}, "not_an_operator"),
        ({"operator": "oscar"}, "not_an_operator"),
        ({"speaker": "spk_none"}, "unknown_speaker"),
        ({"title": "two\nlines"}, "control_character"),
        ({"qc_rules": {"loudness": 3}}, "qc_rules"),
    ],
)
def test_what_does_not_fit_is_named(corpus, operator, speaker, wrong, code):
    recording.script(2)
    member(corpus, Role.ANNOTATOR, username="anna")
    member(CorpusFactory(), Role.SESSION_OPERATOR, username="oscar")
    with pytest.raises(DomainError) as refused:
        plan(corpus, operator, speaker, **wrong)
    assert refused.value.code == code
    assert not corpus.sessions.exists()


def test_a_speaker_of_another_corpus_is_unknown_here(corpus, operator):
    recording.script(2)
    with pytest.raises(DomainError) as refused:
        plan(corpus, operator, SpeakerFactory())
    assert refused.value.code == "unknown_speaker"


def test_nobody_records_as_the_unknown_voice(corpus, operator):
    recording.script(2)
    with pytest.raises(DomainError, match="voices nobody knows"):
        plan(corpus, operator, SpeakerFactory(corpus=corpus, is_unknown=True))


def test_a_script_without_prompts_is_refused(corpus, operator, speaker):
    Script.objects.create(code="silent", version=1, language="en")
    with pytest.raises(DomainError, match="nothing to speak"):
        plan(corpus, operator, speaker, script="silent")


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.RESEARCHER])
def test_only_operators_and_managers_plan(corpus, speaker, role):
    recording.script(2)
    with pytest.raises(Forbidden):
        plan(corpus, member(corpus, role), speaker)
