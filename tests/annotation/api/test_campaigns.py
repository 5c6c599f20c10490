"""Campaigns over REST: made by managers, labelled by members, opened and closed."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import Campaign, Scheme
from speecheq.roles import Role
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory(slug="seqd")
    speaker = factories.SpeakerFactory(corpus=corpus)
    for n in range(4):
        factories.ClipFactory(speaker=speaker, key=f"k{n}")
    return corpus


@pytest.fixture
def manager(corpus):
    return factories.member(corpus, Role.DATA_MANAGER)


@pytest.fixture
def api(manager):
    return factories.client(manager)


def known(clip, esc="HAP", eis=2):
    return {"clip": clip, "labels": [{"esc": esc, "eis": eis}]}


def request(**changes):
    return {"name": "first", "corpus": "seqd", "scheme": "seqd-1", **changes}


def test_a_manager_makes_and_opens_a_campaign(api, corpus):
    annotator = factories.member(corpus)
    made = api.post("/api/v1/campaigns/", request(members=[annotator.username], overlap=2))
    assert made.status_code == 201, made.content
    assert made.json()["state"] == "draft"
    path = f"/api/v1/campaigns/{made.json()['id']}/"
    assert api.patch(path, {"state": "open"}).json()["state"] == "open"
    assert factories.client(annotator).post(path + "next/", {}).json()["assignments"]


def test_opening_an_open_campaign_changes_nothing(api):
    path = f"/api/v1/campaigns/{api.post('/api/v1/campaigns/', request()).json()['id']}/"
    assert [api.patch(path, {"state": "open"}).status_code for _ in range(2)] == [200, 200]


def test_an_open_campaign_cannot_become_a_draft_again(api):
    path = f"/api/v1/campaigns/{api.post('/api/v1/campaigns/', request()).json()['id']}/"
    api.patch(path, {"state": "open"})
    answer = api.patch(path, {"state": "draft"})
    assert (answer.status_code, answer.json()["code"]) == (409, "state_conflict")


@pytest.mark.parametrize(
    ("change", "status", "field", "code"),
    [
        ({"scheme": "seqd-9"}, 422, "scheme", "unknown_scheme"),
        ({"corpus": "nowhere"}, 422, "corpus", "unknown_corpus"),
        ({"clips": ["nothing"]}, 422, "clips.0", "unknown_clip"),
        ({"clips": {"colour": "red"}}, 422, "clips", "unknown_filter"),
        ({"clips": {"speaker": ["nobody"]}}, 422, "clips", "no_clips"),
        ({"members": ["nobody"]}, 422, "members.0", "unknown_user"),
        ({"overlap": 0}, 400, "overlap", "min_value"),
        ({"order": "best"}, 400, "order", "invalid_choice"),
        ({"control_share": 1.5}, 400, "control_share", "max_value"),
        ({"colour": "red"}, 400, "colour", "unknown_field"),
        ({"gold_share": 0.6}, 400, "gold_share", "max_value"),
        ({"gold_share": 0.3, "repeat_share": 0.3}, 422, "repeat_share", "shares_too_large"),
        ({"cap": 0}, 400, "cap", "min_value"),
        ({"break_after_min": 601}, 400, "break_after_min", "max_value"),
        ({"full_listen": "perhaps"}, 400, "full_listen", "invalid"),
        ({"practice_share": None}, 400, "practice_share", "null"),
        ({"member_caps": {"nobody": 5}}, 422, "member_caps.nobody", "unknown_member"),
        ({"gold": [known("no-such-clip")]}, 422, "gold.0.clip", "unknown_clip"),
        ({"gold": [known("k1"), known("k1")]}, 422, "gold.1.clip", "repeated_clip"),
        ({"anchors": [known("k1")], "gold": [known("k1")]}, 422, "anchors.0.clip", "repeated_clip"),
        ({"practice": [known("k1", "JOY")]}, 422, "practice.0.labels.0.esc", "unknown_esc"),
        ({"practice": [known("k1", "HAP", 0)]}, 422, "practice.0.labels.0.eis", "zero_needs_neu"),
        ({"gold": [{"clip": "k1", "labels": []}]}, 422, "gold.0.labels", "no_labels"),
        ({"gold": [{"clip": "k1"}]}, 400, "gold.0.labels", "required"),
    ],
)
def test_a_bad_request_names_its_field_and_makes_nothing(api, change, status, field, code):
    answer = api.post("/api/v1/campaigns/", request(**change))
    assert answer.status_code == status, answer.content
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
    assert not Campaign.objects.exists()


def test_a_member_must_belong_to_the_corpus(api):
    stranger = factories.member(factories.CorpusFactory())
    answer = api.post("/api/v1/campaigns/", request(members=[stranger.username]))
    assert answer.json()["errors"][0]["code"] == "not_in_corpus"
    assert not Campaign.objects.exists()


def test_a_name_is_used_once_in_a_corpus(api):
    api.post("/api/v1/campaigns/", request())
    answer = api.post("/api/v1/campaigns/", request())
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


def test_clips_are_chosen_by_key_or_by_filter(api, corpus):
    first = corpus.clips.order_by("key").first()
    for name, clips in [("keys", [first.key]), ("filter", {"key_prefix": first.key})]:
        made = api.post("/api/v1/campaigns/", request(name=name, clips=clips))
        assert Campaign.objects.get(public_id=made.json()["id"]).items.count() == 1


def test_a_campaign_is_made_with_its_settings_and_known_clips(api):
    settings = {
        "gold_share": 0.1,
        "repeat_share": 0.05,
        "practice_share": 0.8,
        "cap": 100,
        "break_after_min": 45,
        "full_listen": True,
        "volume_check": True,
        "lease_s": 300,
    }
    lists = {
        "gold": [known("k0")],
        "practice": [known("k1", "NEU", 0)],
        "anchors": [known("k2", "SAD", None)],
    }
    made = api.post("/api/v1/campaigns/", request(**settings, **lists))
    assert made.status_code == 201, made.content
    assert {**made.json(), **settings} == made.json()
    assert (made.json()["n_gold"], made.json()["n_practice"]) == (1, 1)
    campaign = Campaign.objects.get()
    asked = campaign.items.filter(needed__gt=0).values_list("clip__key", flat=True)
    assert list(asked) == ["k3"]


def test_a_seed_that_is_not_named_is_drawn_so_that_nobody_can_guess_it(api):
    made = [api.post("/api/v1/campaigns/", request(name=name)).json() for name in "abc"]
    assert len({each["seed"] for each in made}) == 3


def test_settings_change_while_people_label(api, corpus):
    annotator = factories.member(corpus)
    campaign = factories.campaign(corpus, annotators=[annotator])
    path = f"/api/v1/campaigns/{campaign.public_id}/"
    changes = {"cap": 3, "full_listen": True, "break_after_min": 30, "repeat_share": 0.2}
    changed = api.patch(path, {**changes, "member_caps": {annotator.username: 7}}, format="json")
    assert changed.status_code == 200, changed.content
    assert {**changed.json(), **changes} == changed.json()
    assert campaign.members.get().cap == 7
    free = {"cap": None, "member_caps": {annotator.username: None}}
    assert api.patch(path, free, format="json").json()["cap"] is None
    assert campaign.members.get().cap is None


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"gold_share": 0.4}, 422, "shares_too_large"),
        ({"cap": -1}, 400, "malformed"),
        ({"lease_s": None}, 400, "malformed"),
        ({"member_caps": {"nobody": 1}}, 422, "unknown_member"),
        ({"member_caps": {"anna": 0}}, 422, "out_of_range"),
        ({"member_caps": ["anna"]}, 400, "malformed"),
        ({"overlap": 5}, 400, "malformed"),
        ({"scheme": "brighter-1"}, 409, "scheme_differs"),
        ({"scheme": "seqd-1@7"}, 422, "unknown_scheme"),
    ],
)
def test_a_change_that_cannot_be_leaves_the_campaign_as_it_was(api, corpus, change, status, code):
    anna = factories.member(corpus, username="anna")
    campaign = factories.campaign(corpus, annotators=[anna], repeat_share=0.2, cap=9)
    path = f"/api/v1/campaigns/{campaign.public_id}/"
    before = api.get(path).json()
    answer = api.patch(path, {"name": "renamed", **change}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert api.get(path).json() == before


def test_an_annotator_does_not_see_what_decides_which_clips_check_them(api, corpus):
    annotator = factories.member(corpus)
    campaign = factories.campaign(corpus, annotators=[annotator], seed=5, gold_share=0.2)
    path = f"/api/v1/campaigns/{campaign.public_id}/"
    hidden = ("seed", "gold_share", "repeat_share", "control_share", "n_gold")
    seen = [factories.client(annotator).get(path).json()]
    seen += factories.client(annotator).get("/api/v1/campaigns/").json()["results"]
    assert [[each[name] for name in hidden] for each in seen] == [[None] * 5] * 2
    assert (api.get(path).json()["seed"], api.get(path).json()["gold_share"]) == (5, 0.2)


def version_two(**changes):
    """A second version of a scheme like seqd-1, under a code of one's own."""
    one = Scheme.objects.get(code="seqd-1", version=1)
    fields = {"mode": one.mode, "label_space": one.label_space, "esc": one.esc, "eis": one.eis}
    Scheme.objects.create(code="ours", version=1, **fields)
    return Scheme.objects.create(code="ours", version=2, **{**fields, **changes})


def test_a_campaign_goes_on_with_a_newer_version_of_its_scheme(api):
    version_two()
    made = api.post("/api/v1/campaigns/", request(scheme="ours@1")).json()
    path = f"/api/v1/campaigns/{made['id']}/"
    assert api.patch(path, {"scheme": "ours"}).json()["scheme_version"] == 2
    back = api.patch(path, {"scheme": "ours@1"})
    assert (back.status_code, back.json()["code"]) == (409, "scheme_older")


def test_a_version_without_a_label_that_was_given_is_refused(api, corpus):
    esc = [row for row in Scheme.objects.get(code="seqd-1").esc if row["code"] != "HAP"]
    version_two(esc=esc)
    annotator = factories.member(corpus)
    made = request(scheme="ours@1", members=[annotator.username], state="open")
    path = f"/api/v1/campaigns/{api.post('/api/v1/campaigns/', made).json()['id']}/"
    [held] = factories.client(annotator).post(path + "next/", {}).json()["assignments"]
    submit = f"/api/v1/assignments/{held['id']}/submit/"
    body = {"labels": [{"esc": "HAP", "eis": 1}]}
    sent = factories.client(annotator).post(submit, body, HTTP_IDEMPOTENCY_KEY="k")
    assert sent.status_code == 201
    answer = api.patch(path, {"scheme": "ours@2"})
    assert (answer.status_code, answer.json()["code"]) == (409, "labels_lost")
    assert "HAP" in answer.json()["detail"]


def test_a_version_without_the_label_of_a_gold_clip_is_refused(api):
    esc = [row for row in Scheme.objects.get(code="seqd-1").esc if row["code"] != "HAP"]
    version_two(esc=esc)
    made = api.post("/api/v1/campaigns/", request(scheme="ours@1", gold=[known("k1")])).json()
    answer = api.patch(f"/api/v1/campaigns/{made['id']}/", {"scheme": "ours"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "references.0.labels.0.esc"


def test_a_filter_takes_a_speaker_by_id_or_by_code(api, corpus):
    speaker = corpus.clips.order_by("key").first().speaker
    for name in (speaker.code, speaker.public_id):
        made = api.post("/api/v1/campaigns/", request(name=name, clips={"speaker": name}))
        campaign = Campaign.objects.get(public_id=made.json()["id"])
        assert campaign.items.count() == speaker.clips.count() > 0


def test_the_random_order_comes_from_the_seed(api, corpus):
    factories.clips(corpus, 16)  # so many that two seeds do not agree by chance
    orders = []
    for name, seed in [("a", 1), ("b", 1), ("c", 2)]:
        made = api.post("/api/v1/campaigns/", request(name=name, seed=seed)).json()
        items = Campaign.objects.get(public_id=made["id"]).items.order_by("rank")
        orders.append(list(items.values_list("clip__key", flat=True)))
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.DATA_MANAGER, 201), (Role.ANNOTATOR, 403), (Role.RESEARCHER, 403)],
)
def test_only_a_manager_of_the_corpus_makes_campaigns(corpus, role, status):
    person = factories.member(corpus, role)
    assert factories.client(person).post("/api/v1/campaigns/", request()).status_code == status


def test_a_manager_of_another_corpus_sees_neither_corpus_nor_campaign(api):
    made = api.post("/api/v1/campaigns/", request()).json()
    other = factories.client(factories.member(factories.CorpusFactory(), Role.DATA_MANAGER))
    assert other.get(f"/api/v1/campaigns/{made['id']}/").status_code == 404
    assert other.post("/api/v1/campaigns/", request(name="x")).status_code == 422
    assert other.get("/api/v1/campaigns/").json()["results"] == []


def test_progress_counts_slots_and_people(api, corpus):
    annotator = factories.member(corpus)
    campaign = factories.campaign(corpus, annotators=[annotator], overlap=2)
    labeller = factories.client(annotator)
    path = f"/api/v1/campaigns/{campaign.public_id}/"
    [one] = labeller.post(path + "next/", {}).json()["assignments"]
    body = {"labels": [{"esc": "HAP", "eis": 1}]}
    submit = f"/api/v1/assignments/{one['id']}/submit/"
    labeller.post(submit, body, HTTP_IDEMPOTENCY_KEY="k")
    progress = api.get(path + "progress/").json()
    assert (progress["items"], progress["needed"], progress["done"]) == (4, 8, 1)
    assert progress["by_annotator"] == [
        {"username": annotator.username, "simulated": False, "done": 1}
    ]
    assert progress["eta"] is not None


def test_an_annotator_does_not_see_how_much_others_did(api, corpus):
    one, other = factories.member(corpus), factories.member(corpus)
    campaign = factories.campaign(corpus, annotators=[one, other])
    path = f"/api/v1/campaigns/{campaign.public_id}/"
    [held] = factories.client(one).post(path + "next/", {}).json()["assignments"]
    submit = f"/api/v1/assignments/{held['id']}/submit/"
    factories.client(one).post(
        submit, {"labels": [{"esc": "NEU", "eis": 0}]}, HTTP_IDEMPOTENCY_KEY="k"
    )
    assert factories.client(other).get(path + "progress/").json()["by_annotator"] == []


def test_the_queue_says_why_and_is_closed_to_annotators(api, corpus):
    annotator = factories.member(corpus)
    campaign = factories.campaign(corpus, annotators=[annotator])
    path = f"/api/v1/campaigns/{campaign.public_id}/queue/"
    rows = api.get(path).json()["results"]
    assert [row["why"] for row in rows] == ["fixed"] * 4
    assert {"clip", "key", "priority", "why", "score", "probability", "arm"} <= set(rows[0])
    assert factories.client(annotator).get(path).status_code == 403


def test_a_manager_invites_and_the_invited_sets_a_password(api):
    body = {"username": "mei", "memberships": [{"corpus": "seqd", "role": "annotator"}]}
    made = api.post("/api/v1/users/", body)
    assert made.status_code == 201, made.content
    assert "token" not in made.json()
    browser = Client()
    page = browser.get(made.json()["invite_url"].replace("http://testserver", ""), follow=True)
    assert page.status_code == 200
    form = page.redirect_chain[-1][0]
    password = "a long enough pass phrase"
    answer = browser.post(form, {"new_password1": password, "new_password2": password})
    assert answer.status_code == 302
    assert browser.get("/api/v1/me/").json()["username"] == "mei"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"username": "a b"}, 422, "bad_username"),
        ({"memberships": []}, 422, "no_membership"),
        ({"memberships": [{"corpus": "other", "role": "annotator"}]}, 422, "unknown_corpus"),
        ({"memberships": [{"corpus": "seqd", "role": "king"}]}, 400, "malformed"),
        ({"issue_token": True}, 403, "forbidden"),
    ],
)
def test_an_invitation_that_goes_too_far_is_refused(api, change, status, code):
    body = {
        "username": "mei",
        "memberships": [{"corpus": "seqd", "role": "annotator"}],
        **change,
    }
    answer = api.post("/api/v1/users/", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_administrator_gets_a_token_for_the_invited(corpus):
    admin = factories.UserFactory(is_superuser=True)
    body = {
        "username": "mei",
        "memberships": [{"corpus": "seqd", "role": "annotator"}],
        "issue_token": True,
    }
    made = factories.client(admin).post("/api/v1/users/", body)
    api = APIClient(HTTP_AUTHORIZATION=f"Bearer {made.json()['token']}")
    assert api.get("/api/v1/me/").json()["username"] == "mei"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "Da\nwn"}, 400, "control_character"),
        ({"name": "Da\u2028wn"}, 400, "control_character"),
        ({"scheme": "seqd-1@"}, 422, "unknown_scheme"),
        ({"scheme": "seqd-1@²"}, 422, "unknown_scheme"),
        ({"scheme": "seqd-1@" + "9" * 50}, 422, "unknown_scheme"),
        ({"clips": {"speaker": {"a": 1}}}, 422, "bad_filter"),
        ({"clips": {"speaker": ["a"] * 5001}}, 422, "bad_filter"),
        ({"clips": {"key_prefix": []}}, 422, "bad_filter"),
        ({"clips": {"key_prefix": "x" * 60_000}}, 422, "bad_filter"),
        ({"clips": {"speaker": []}}, 422, "no_clips"),
        ({"clips": []}, 422, "no_clips"),
        ({"members": [str(i) for i in range(5001)]}, 422, "too_many_members"),
    ],
)
def test_an_odd_request_is_refused_and_makes_nothing(api, change, status, code):
    answer = api.post("/api/v1/campaigns/", request(**change))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Campaign.objects.exists()


def test_more_keys_than_a_query_holds_are_looked_up_in_parts(api, corpus):
    keys = [f"no-such-{i}" for i in range(40_000)]
    answer = api.post("/api/v1/campaigns/", request(clips=keys))
    assert answer.json()["code"] == "unknown_clip"
    assert "40000 of the 40000" in answer.json()["detail"]


def test_clips_named_twice_are_one_item_each(api, corpus):
    keys = [clip.key for clip in corpus.clips.all()[:2]]
    assert api.post("/api/v1/campaigns/", request(clips=keys * 2)).status_code == 201
    assert Campaign.objects.get().items.count() == 2
