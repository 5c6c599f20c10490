"""The labelling loop over REST."""

from __future__ import annotations

import pytest

from annotation.api.labelling import AnnotationSerializer, AssignmentSerializer
from annotation.models import Annotation, Assignment
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]

HAPPY = {"labels": [{"esc": "HAP", "eis": 2}], "listened_ms": 1400, "replays": 1}


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory()
    factories.clips(corpus, 3)
    return corpus


@pytest.fixture
def campaign(corpus, annotator):
    return factories.campaign(corpus, annotators=[annotator])


@pytest.fixture
def api(annotator):
    return factories.client(annotator)


def offered(api, campaign, count=1):
    answer = api.post(f"/api/v1/campaigns/{campaign.public_id}/next/", {"count": count})
    assert answer.status_code == 200, answer.content
    return answer.json()["assignments"]


def submit(api, assignment_id, body, key="k1"):
    path = f"/api/v1/assignments/{assignment_id}/submit/"
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return api.post(path, body, **headers)


def refusal(answer):
    """Status, and each field with the code of what is wrong with it."""
    return answer.status_code, [(e["field"], e["code"]) for e in answer.json()["errors"]]


def test_an_assignment_names_clip_scheme_and_end_of_lease(api, campaign):
    [one] = offered(api, campaign)
    assert set(one) == {"id", "clip", "scheme", "expires_at"}
    assert set(one["clip"]) == {"id", "duration_ms", "audio_url", "peaks_url", "spectrogram_url"}
    assert one["scheme"]["code"] == "seqd-1"


def test_nothing_in_an_assignment_hints_at_an_answer(api, campaign, corpus):
    corpus.clips.update(native_emotion="happy", intended_esc="HAP", intended_eis=2)
    text = str(offered(api, campaign, count=3))
    assert not any(clip.key in text for clip in corpus.clips.all())
    assert "HAP" not in text and "happy" not in text


def test_where_the_scheme_shows_it_every_clip_comes_with_what_was_asked_of_the_speaker(
    api, campaign, corpus
):
    corpus.clips.update(intended_esc="ANG", intended_eis=3)
    silent = corpus.clips.order_by("key").first()
    corpus.clips.filter(pk=silent.pk).update(intended_esc="", intended_eis=None)
    campaign.scheme.rules["shows_intended"] = True
    campaign.scheme.save()
    found = offered(api, campaign, count=3)
    for one in found:
        assert one == AssignmentSerializer(Assignment.objects.get(public_id=one["id"])).data
    told = {one["clip"]["id"]: one["clip"].get("intended") for one in found}
    assert told.pop(silent.public_id) is None
    assert list(told.values()) == [{"esc": "ANG", "eis": 3}] * 2


def test_an_empty_answer_says_why(api, campaign):
    path = f"/api/v1/campaigns/{campaign.public_id}/next/"
    assert api.post(path, {"count": 3}).json()["reason"] is None
    campaign.assignments.update(state="skipped")
    assert api.post(path, {}).json() == {"assignments": [], "reason": "nothing_left"}


def test_an_answer_on_an_older_scheme_is_409_and_can_be_given_again(api, campaign):
    [one] = offered(api, campaign)
    old = submit(api, one["id"], {**HAPPY, "scheme": "seqd-1@0"})
    assert (old.status_code, old.json()["code"]) == (409, "scheme_changed")
    name = "{code}@{version}".format(**one["scheme"])
    assert submit(api, one["id"], {**HAPPY, "scheme": name}).status_code == 201


def test_a_submit_is_answered_201_and_its_repeat_200_alike(api, campaign):
    [one] = offered(api, campaign)
    first, again = (submit(api, one["id"], HAPPY) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["labels"] == [{"esc": "HAP", "eis": 2}]
    assert first.json()["counted"] is True


def test_the_answers_are_what_the_serializers_of_the_schema_would_write(api, campaign):
    [one] = offered(api, campaign)
    assignment = Assignment.objects.get(public_id=one["id"])
    assert one == AssignmentSerializer(assignment).data
    body = {**HAPPY, "confidence": 0.5, "flags": ["noise"], "comment": "hum"}
    made = submit(api, one["id"], body).json()
    assert made == AnnotationSerializer(Annotation.objects.get()).data
    path = f"/api/v1/annotations/{made['id']}/revise/"
    revised = api.post(path, HAPPY, HTTP_IDEMPOTENCY_KEY="k2").json()
    assert revised == AnnotationSerializer(Annotation.objects.get(superseded_at=None)).data


def test_the_same_key_with_another_body_is_409(api, campaign):
    [one] = offered(api, campaign)
    submit(api, one["id"], HAPPY)
    answer = submit(api, one["id"], {**HAPPY, "replays": 9})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


def test_a_missing_key_is_400_and_nothing_is_stored(api, campaign):
    [one] = offered(api, campaign)
    answer = submit(api, one["id"], HAPPY, key="")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "field", "code"),
    [
        ({"labels": [{"esc": "JOY", "eis": 2}]}, 422, "labels.0.esc", "unknown_esc"),
        ({"labels": [{"esc": "HAP", "eis": 7}]}, 422, "labels.0.eis", "out_of_scale"),
        ({"labels": [{"esc": "NEU", "eis": 1}]}, 422, "labels.0.eis", "neu_needs_zero"),
        ({"labels": [{"esc": "HAP", "eis": "2"}]}, 400, "labels.0.eis", "not_an_integer"),
        ({"labels": [{"esc": "HAP", "eis": True}]}, 400, "labels.0.eis", "not_an_integer"),
        ({"labels": [{"esc": "HAP", "eis": 2, "x": 1}]}, 400, "labels.0.x", "unknown_field"),
        ({**HAPPY, "mood": "good"}, 400, "mood", "unknown_field"),
        ({**HAPPY, "confidence": 2}, 400, "confidence", "max_value"),
        ({**HAPPY, "flags": ["boring"]}, 400, "flags.0", "invalid_choice"),
        ({"labels": []}, 422, "labels", "no_labels"),
        ({}, 400, "labels", "required"),
    ],
)
def test_bad_input_names_the_field_and_stores_nothing(api, campaign, body, status, field, code):
    [one] = offered(api, campaign)
    assert refusal(submit(api, one["id"], body)) == (status, [(field, code)])
    assert not Annotation.objects.exists()


def test_a_body_that_is_no_json_is_400(api, campaign):
    [one] = offered(api, campaign)
    answer = api.generic(
        "POST",
        f"/api/v1/assignments/{one['id']}/submit/",
        "{labels",
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="k",
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_a_revision_supersedes(api, campaign):
    [one] = offered(api, campaign)
    made = submit(api, one["id"], HAPPY).json()
    answer = api.post(
        f"/api/v1/annotations/{made['id']}/revise/",
        {"labels": [{"esc": "SAD", "eis": 1}]},
        HTTP_IDEMPOTENCY_KEY="k2",
    )
    assert answer.status_code == 201
    assert answer.json()["supersedes"] == made["id"]


def test_renewing_tells_what_was_kept_and_what_was_lost(api, campaign):
    [one] = offered(api, campaign)
    answer = api.post("/api/v1/assignments/renew/", {"ids": [one["id"], "asg_unknown"]})
    assert [r["id"] for r in answer.json()["renewed"]] == [one["id"]]
    assert answer.json()["lost"] == ["asg_unknown"]
    assert answer.json()["closed"] == []


def test_renewing_tells_what_was_answered_or_given_back_on_another_device(api, campaign):
    first, second, third = [one["id"] for one in offered(api, campaign, count=3)]
    submit(api, first, HAPPY)
    api.post(f"/api/v1/assignments/{second}/skip/", {"reason": "too noisy"})
    Assignment.objects.filter(public_id=third).update(state="expired")
    answer = api.post("/api/v1/assignments/renew/", {"ids": [first, second, third, "asg_x"]})
    assert answer.json()["lost"] == [first, second, third, "asg_x"]
    assert answer.json()["closed"] == [first, second]


def test_skipping_gives_the_clip_back(api, campaign):
    [one] = offered(api, campaign)
    answer = api.post(f"/api/v1/assignments/{one['id']}/skip/", {"reason": "too noisy"})
    assert (answer.status_code, answer.json()["state"]) == (200, "skipped")
    assert offered(api, campaign)[0]["id"] != one["id"]


def test_another_persons_assignment_is_404(api, campaign, corpus):
    [one] = offered(api, campaign)
    other = factories.member(corpus)
    stranger = factories.client(other)
    assert submit(stranger, one["id"], HAPPY).status_code == 404


def test_a_campaign_of_another_corpus_is_404(campaign):
    stranger = factories.member(factories.CorpusFactory())
    api = factories.client(stranger)
    assert api.post(f"/api/v1/campaigns/{campaign.public_id}/next/", {}).status_code == 404


@pytest.mark.parametrize("what", ["submit", "skip", "revise", "renew", "next"])
def test_who_left_the_corpus_labels_no_more(api, campaign, corpus, annotator, what):
    [one, two] = offered(api, campaign, count=2)
    done = submit(api, two["id"], HAPPY).json()
    rest = [{"username": factories.member(corpus, "data_manager").username, "role": "data_manager"}]
    manager = corpus.memberships.get(role="data_manager").user
    boss = factories.client(manager)
    assert boss.put(f"/api/v1/corpora/{corpus.slug}/members/", rest).status_code == 200
    if what == "submit":
        answer = submit(api, one["id"], HAPPY, "k2")
    elif what == "skip":
        answer = api.post(f"/api/v1/assignments/{one['id']}/skip/", {"reason": "x"})
    elif what == "revise":
        path = f"/api/v1/annotations/{done['id']}/revise/"
        answer = api.post(path, HAPPY, HTTP_IDEMPOTENCY_KEY="k3")
    elif what == "renew":
        answer = api.post("/api/v1/assignments/renew/", {"ids": [one["id"]]})
        assert answer.json() == {"renewed": [], "lost": [one["id"]], "closed": []}
        return
    else:
        answer = api.post(f"/api/v1/campaigns/{campaign.public_id}/next/", {"count": 1})
    assert answer.status_code == 404
    assert Annotation.objects.count() == 1


FULL = HAPPY | {
    "secondary": ["SUR", "EXC"],
    "extras": {"valence": 8, "arousal": 7},
    "scheme": "seqd-vad-1@1",
}


@pytest.fixture
def rich(corpus, annotator):
    """A campaign whose scheme takes further emotions and scales."""
    return factories.campaign(corpus, annotators=[annotator], scheme="seqd-vad-1", name="rich")


def test_further_emotions_and_scales_are_stored_and_answered_with_their_scheme(api, rich):
    [one] = offered(api, rich)
    made = submit(api, one["id"], FULL)
    assert made.status_code == 201, made.content
    told = made.json()
    assert {name: told[name] for name in ("secondary", "extras", "scheme")} == {
        "secondary": ["SUR", "EXC"],
        "extras": {"valence": 8, "arousal": 7},
        "scheme": "seqd-vad-1@1",
    }
    stored = Annotation.objects.get()
    assert (stored.secondary, stored.extras["valence"]) == (["SUR", "EXC"], 8)
    assert stored.scheme == rich.scheme


def test_a_whole_rating_written_with_a_point_is_the_same_answer(api, rich):
    [one] = offered(api, rich)
    submit(api, one["id"], FULL)
    again = submit(api, one["id"], FULL | {"extras": {"arousal": 7.0, "valence": 8.0}})
    assert again.status_code == 200


@pytest.mark.parametrize("changed", [{"secondary": ["SUR"]}, {"extras": {"valence": 8}}])
def test_the_same_key_with_other_further_answers_is_409(api, rich, changed):
    [one] = offered(api, rich)
    submit(api, one["id"], FULL)
    answer = submit(api, one["id"], FULL | changed)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("changed", "status", "field", "code"),
    [
        ({"secondary": ["JOY"]}, 422, "secondary.0", "unknown_esc"),
        ({"secondary": ["SUR", "SUR"]}, 422, "secondary.1", "duplicate_esc"),
        ({"secondary": ["HAP"]}, 422, "secondary.0", "secondary_is_primary"),
        ({"secondary": ["NEU"]}, 422, "secondary.0", "not_an_emotion"),
        ({"secondary": ["SUR", "SAD", "FEA"]}, 422, "secondary", "too_many_secondary"),
        ({"secondary": "SUR"}, 400, "secondary", "not_a_list"),
        ({"secondary": [["SUR"]]}, 400, "secondary.0", "invalid"),
        ({"extras": {"valence": 0}}, 422, "extras.valence", "out_of_range"),
        ({"extras": {"valence": 2.5}}, 422, "extras.valence", "off_step"),
        ({"extras": {"mood": 2}}, 422, "extras.mood", "unknown_extra"),
        ({"extras": {"valence": "5"}}, 400, "extras.valence", "not_a_number"),
        ({"extras": {"valence": True}}, 400, "extras.valence", "not_a_number"),
        ({"extras": {"valence": None}}, 400, "extras.valence", "null"),
        ({"extras": [5]}, 400, "extras", "not_a_dict"),
        ({"extras": {f"mood{n}": 2 for n in range(101)}}, 400, "extras", "max_length"),
        ({"labels": [{"esc": "HAP", "eis": 2}] * 101}, 400, "labels", "max_length"),
        ({"confidence": True}, 400, "confidence", "invalid"),
        ({"confidence": "1"}, 400, "confidence", "invalid"),
        ({"comment": 5}, 400, "comment", "invalid"),
        ({"listened_ms": "900"}, 400, "listened_ms", "invalid"),
        ({"replays": 1.0}, 400, "replays", "invalid"),
        ({"scheme": ["seqd-vad-1"]}, 400, "scheme", "invalid"),
    ],
)
def test_wrong_further_answers_name_the_field_and_store_nothing(
    api, rich, changed, status, field, code
):
    [one] = offered(api, rich)
    assert refusal(submit(api, one["id"], FULL | changed)) == (status, [(field, code)])
    assert not Annotation.objects.exists()


def test_an_answer_to_another_version_of_the_scheme_is_409_and_the_clip_stays_open(api, rich):
    [one] = offered(api, rich)
    answer = submit(api, one["id"], FULL | {"scheme": "seqd-vad-1@7"})
    assert (answer.status_code, answer.json()["code"]) == (409, "scheme_changed")
    assert not Annotation.objects.exists()
    assert [each["id"] for each in offered(api, rich)] == [one["id"]]
    assert submit(api, one["id"], FULL).status_code == 201


def test_a_revision_to_another_version_of_the_scheme_is_409(api, rich):
    [one] = offered(api, rich)
    made = submit(api, one["id"], FULL).json()
    path = f"/api/v1/annotations/{made['id']}/revise/"
    answer = api.post(path, FULL | {"scheme": "seqd-1@1"}, HTTP_IDEMPOTENCY_KEY="k2")
    assert (answer.status_code, answer.json()["code"]) == (409, "scheme_changed")
    assert Annotation.objects.current().get().public_id == made["id"]
