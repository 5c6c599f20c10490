"""Blind until the answer is given: nothing an annotator can fetch tells what others made of a clip,
what was intended, what a model thinks, or which clips are checked.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from speecheq.authorisation import table
from speecheq.roles import Role, Scope
from tests import factories
from tests.annotation import blind

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HIDDEN_FIELDS = {
    "key", "native_emotion", "native_intensity", "intended_esc", "intended_eis", "sha256", "score",
    "probability", "arm", "why", "round_id", "kind", "ordinal", "votes", "soft_esc", "purpose",
}  # fmt: skip
# What is offered and which key chooses it: of no clip.
TABLES_OF_WORDS = {
    "api:label-mapping-list", "api:label-space-list", "api:my-shortcuts", "api:scheme-list",
}  # fmt: skip
STAFF = [role for role in Role if role != Role.ANNOTATOR]


@pytest.fixture
def scene():
    return blind.scene()


def by_session(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def by_token(person) -> APIClient:
    return factories.client(person, Scope.LABEL)


WAYS = {"session": by_session, "token": by_token}


def all_of(scene, client) -> dict[str, str]:
    """Address -> everything in the answer, for each address the annotator may fetch."""
    found = {}
    for name, path in blind.addresses(scene):
        if client is not None and name != "home":
            found[path] = blind.everything_in(client.get(path))
    return found


@pytest.mark.parametrize("way", WAYS)
def test_no_secret_is_in_anything_an_annotator_can_fetch(scene, way):
    answers = all_of(scene, WAYS[way](scene.annotator))
    assert len(answers) > 20
    leaks = [
        f"{path}: {what}"
        for path, text in answers.items()
        for what, secret in blind.SECRETS.items()
        if secret in text
    ]
    assert leaks == []


@pytest.mark.parametrize("way", WAYS)
def test_nothing_an_annotator_can_fetch_depends_on_what_they_must_not_know(scene, way):
    """The strongest form: turn every hidden fact over, and no byte of any answer moves."""
    client = WAYS[way](scene.annotator)
    before = all_of(scene, client)
    blind.turn_over(scene)
    after = all_of(scene, client)
    assert {path: text for path, text in after.items() if text != before[path]} == {}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["gold", "repeat"])
def test_an_answer_on_a_clip_that_checks_moves_every_number_as_any_other_does(scene, way, kind):
    client = WAYS[way](scene.annotator)
    before = numbers_everywhere(scene, client, kind)
    moved = {}
    for each in ("normal", kind):
        with pytest.raises(Undone), transaction.atomic():
            blind.answer_one(scene, scene.annotator, each)
            moved[each] = numbers_everywhere(scene, client, kind)
            raise Undone
    assert moved["normal"] != before
    assert {p: (n, before[p]) for p, n in moved[kind].items() if n != moved["normal"][p]} == {}


class Undone(Exception):
    """The answer is taken back, so that another can be given in the same scene."""


# A repeat is the same clip under the same id, which cannot be hidden: docs/labelling.md.
BY_CLIP = {"gold": set(), "repeat": {"api:clip-list"}}


def numbers_everywhere(scene, client, kind) -> dict[str, list[str]]:
    """Address -> the numbers in what the annotator gets there."""
    return {
        path: blind.numbers_in(client.get(path))
        for name, path in blind.addresses(scene)
        if name not in BY_CLIP[kind]
    }


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_of_another_is_seen_in_how_far_the_campaign_is_and_nowhere_else(scene, way):
    """Whoever is behind a colleague in the queue must not read their labels one by one."""
    client = WAYS[way](scene.annotator)
    seen = []
    for given in [("HAP", 2)], [("SAD", 3)]:
        with pytest.raises(Undone), transaction.atomic():
            blind.answer_one(scene, scene.other, labels=given)
            seen.append(all_of(scene, client))
            raise Undone
    one, other = seen
    assert {path for path in one if one[path] != other[path]} == set()


def test_what_was_turned_over_is_seen_by_who_may_see_it(scene):
    """Else the test before would hold of a scene in which nothing is hidden."""
    manager = by_session(factories.member(scene.campaign.corpus, Role.DATA_MANAGER))
    campaign, clip = scene.campaign.public_id, scene.clip.public_id
    paths = [
        *(f"campaigns/{campaign}/{what}/" for what in ("queue", "consensus", "agreement")),
        f"clips/{clip}/",
    ]
    before = [manager.get(f"/api/v1/{path}").content for path in paths]
    blind.turn_over(scene)
    after = [manager.get(f"/api/v1/{path}").content for path in paths]
    assert all(was != now for was, now in zip(before, after, strict=True))


@pytest.mark.parametrize("way", WAYS)
def test_no_answer_has_a_field_that_hints_at_a_label(scene, way):
    client = WAYS[way](scene.annotator)
    for name, path in blind.addresses(scene):
        if name.startswith("api:") and name not in TABLES_OF_WORDS:
            fields = set(re.findall(r'"(\w+)": ?', blind.everything_in(client.get(path))))
            assert fields & HIDDEN_FIELDS == set(), path


def test_what_is_answered_while_labelling_is_blind_too(scene):
    client = by_token(scene.annotator)
    path = f"/api/v1/campaigns/{scene.campaign.public_id}/next/"
    offered = client.post(path, {"count": 5})
    own = {"labels": [{"esc": "NEU", "eis": 0}]}
    said = [blind.everything_in(offered)]
    for at, one in enumerate(offered.json()["assignments"]):
        answered = client.post(
            f"/api/v1/assignments/{one['id']}/submit/", own, HTTP_IDEMPOTENCY_KEY=f"k{at}"
        )
        assert answered.status_code == 201
        said.append(blind.everything_in(answered))
        revise = f"/api/v1/annotations/{answered.json()['id']}/revise/"
        said.append(
            blind.everything_in(client.post(revise, own, HTTP_IDEMPOTENCY_KEY=f"again{at}"))
        )
    assert len(said) > 3
    for text in said:
        assert [secret for secret in blind.SECRETS.values() if secret in text] == []
        assert "HAP" not in text.replace(str(own), "")


def test_every_route_an_annotator_may_fetch_answers_here(scene):
    """An address that is wrong would be blind as well."""
    client = by_session(scene.annotator)
    missing = {name for name, path in blind.addresses(scene) if client.get(path).status_code == 404}
    assert missing <= {"api:job-detail", "job-detail"}


@pytest.mark.parametrize("role", STAFF)
def test_a_labelling_token_is_as_blind_as_an_annotator_whoever_holds_it(scene, role):
    person = factories.member(scene.campaign.corpus, role)
    scene.campaign.members.create(user=person)
    scene.annotator = person
    _check_token(scene, by_token(person))


def test_a_labelling_token_of_the_administrator_is_as_blind(scene):
    scene.annotator = factories.UserFactory(is_superuser=True)
    scene.campaign.members.create(user=scene.annotator)
    _check_token(scene, by_token(scene.annotator))


def _check_token(scene, client) -> None:
    offered = client.post(f"/api/v1/campaigns/{scene.campaign.public_id}/next/", {"count": 5})
    first = offered.json()["assignments"][0]["clip"]
    assert client.get(first["audio_url"]).status_code == 200
    answers = {
        path: blind.everything_in(client.get(path))
        for name, path in blind.addresses(scene)
        if name.startswith("api:")
    }
    leaks = {
        f"{path}: {what}"
        for path, text in answers.items()
        for what, secret in blind.SECRETS.items()
        if secret in text
    }
    assert leaks == set()
    assert len([path for path, text in answers.items() if '"results"' in text]) > 3


def test_with_another_scope_the_same_person_sees_all(scene):
    manager = factories.member(scene.campaign.corpus, Role.DATA_MANAGER)
    secret = factories.token(manager, Scope.LABEL, Scope.MANAGE)
    api = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    shown = api.get(f"/api/v1/clips/{scene.clip.public_id}/").json()
    assert shown["intended_esc"] == "ANG"


def test_ids_follow_neither_the_order_of_keys_nor_of_import(scene):
    """Keys often spell the label, and clips come in the order of their keys."""
    corpus = factories.CorpusFactory()
    clips = factories.clips(corpus, 60)
    by_id = [clip.key for clip in sorted(clips, key=lambda clip: clip.public_id)]
    inverted = sum(a > b for a, b in pairwise(by_id))
    assert 15 < inverted < 45


def test_the_tag_of_a_sound_is_no_hash_that_could_be_looked_up(scene):
    client = by_session(scene.annotator)
    for what in ("audio", "peaks", "spectrogram"):
        answer = client.get(f"/api/v1/clips/{scene.clip.public_id}/{what}/")
        assert answer.status_code == 200
        assert scene.clip.sha256[:16] not in answer["ETag"]
        assert scene.clip.public_id in answer["Content-Disposition"]


def test_the_table_has_no_open_route_that_tells_of_clips():
    """Whatever needs no signing in is not looked at above."""
    public = {name for name, methods in table().items() if methods.get("GET", None)}
    public = {name for name in public if table()[name]["GET"].anyone}
    assert public == {
        "health-live", "health-ready", "metrics", "api:schema", "api:docs", "login",
        "accept-invitation", "annotation:session-link-open",
    }  # fmt: skip
