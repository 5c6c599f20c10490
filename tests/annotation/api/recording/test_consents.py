"""Consents through REST: who may, what is answered, what is refused."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from annotation.models import Consent, ConsentText, ConsentWithdrawal
from speecheq.roles import Role
from tests.factories import SpeakerFactory, client, member
from tests.recording import session
from tests.visitors import comes_by_link

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TEXTS = "/api/v1/consent-texts/"
SIGNED = {"text": "consent-zh-1", "purposes": ["record", "label"], "signed_name": "安娜"}
LAB = {
    "code": "lab-en-1",
    "language": "en",
    "title": "Consent",
    "body": "I agree.",
    "purposes": {"record": "I am recorded."},
}


@pytest.fixture
def there():
    return session(agreed=False)


@pytest.fixture
def speaker(there):
    return there.speaker


@pytest.fixture
def operator(there):
    return client(member(there.corpus, Role.SESSION_OPERATOR))


@pytest.fixture
def manager(there):
    return client(member(there.corpus, Role.DATA_MANAGER))


@pytest.fixture
def visitor(there):
    return comes_by_link(APIClient(), there)


def of(speaker, what: str = "consents") -> str:
    return f"/api/v1/speakers/{speaker.public_id}/{what}/"


def within(session) -> str:
    return f"/api/v1/sessions/{session.public_id}/consent/"


def test_the_texts_are_listed_with_all_that_is_hashed(operator):
    rows = operator.get(TEXTS, {"language": "zh"}).json()["results"]
    assert [row["code"] for row in rows] == ["consent-zh-1"]
    assert set(rows[0]["purposes"]) == {"record", "label", "train", "publish"}
    assert len(rows[0]["sha256"]) == 64 and rows[0]["version"] == 1 and rows[0]["body"]


def test_a_manager_writes_a_text_and_an_operator_does_not(manager, operator):
    made = manager.post(TEXTS, LAB, format="json")
    assert made.status_code == 201 and made.json()["version"] == 1
    assert operator.post(TEXTS, {**LAB, "code": "lab-en-2"}, format="json").status_code == 403


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"sha256": "0" * 64}, 400, "malformed"),
        ({"purposes": {"record": "x", "sell": "y"}}, 422, "unknown_consent_purpose"),
        ({"language": "no language"}, 400, "malformed"),
        ({"code": "lab"}, 422, "bad_text_code"),
        ({"code": "consent-en-9"}, 403, "text_reserved"),
    ],
)
def test_a_wrong_text_is_refused(manager, wrong, status, code):
    answer = manager.post(TEXTS, {**LAB, **wrong}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_signing_answers_with_the_receipt(operator, speaker):
    answer = operator.post(of(speaker), SIGNED, format="json")
    assert answer.status_code == 201
    made = answer.json()
    assert made["id"].startswith("cns_") and made["speaker"] == speaker.public_id
    assert made["text"] == "consent-zh-1" and made["signed_name"] == "安娜"
    assert made["in_force"] == ["record", "label"] and made["is_genuine"] is True
    assert made["recorded_by"] and made["session"] == "" and made["is_minor"] is False


def test_the_consents_of_a_speaker_tell_what_still_rests_on_them(operator, speaker):
    operator.post(of(speaker), SIGNED, format="json")
    operator.post(of(speaker), {**SIGNED, "purposes": ["record"]}, format="json")
    operator.post(of(speaker, "withdraw"), {"purposes": ["label"]}, format="json")
    rows = operator.get(of(speaker)).json()["results"]
    assert [row["in_force"] for row in rows] == [[], ["record"]]


def test_taking_back_is_accepted_and_tells_what_is_left(operator, speaker):
    operator.post(of(speaker), SIGNED, format="json")
    asked = {"purposes": ["record"], "reason": "I moved away."}
    answer = operator.post(of(speaker, "withdraw"), asked, format="json")
    assert answer.status_code == 202 and answer.json()["in_force"] == ["label"]
    row = ConsentWithdrawal.objects.get()
    assert row.reason == "I moved away." and row.recorded_by is not None


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"text": "consent-xx-1"}, 422, "unknown_text"),
        ({"text_sha256": "0" * 64}, 409, "text_changed"),
        ({"text_sha256": "short"}, 400, "malformed"),
        ({"purposes": []}, 422, "no_purpose"),
        ({"purposes": ["sell"]}, 400, "malformed"),
        ({"signed_name": ""}, 422, "no_signature"),
        ({"is_minor": True}, 422, "guardian_missing"),
        ({"signed_at": "2020-01-01T00:00:00Z"}, 400, "malformed"),
    ],
)
def test_a_wrong_signature_is_refused(operator, speaker, wrong, status, code):
    answer = operator.post(of(speaker), {**SIGNED, **wrong}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Consent.objects.exists()


def test_the_speaker_signs_by_link_with_the_hash_of_what_was_shown(visitor, there):
    shown = ConsentText.objects.get(code="consent-zh-1").sha256
    answer = visitor.post(
        within(there), {**SIGNED, "text_sha256": shown, "is_minor": False}, format="json"
    )
    assert answer.status_code == 201
    assert answer.json()["session"] == there.public_id and answer.json()["recorded_by"] is None


def test_the_operator_has_the_speaker_sign_in_the_session(operator, there):
    assert operator.post(within(there), SIGNED, format="json").status_code == 201
    label_only = {**SIGNED, "purposes": ["label"]}
    answer = operator.post(within(there), label_only, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "record_needed")


def test_the_speaker_by_link_takes_back_their_own_and_reaches_nothing_else(visitor, there):
    other = SpeakerFactory(corpus=there.corpus)
    asked = {"purposes": ["record"]}
    assert visitor.post(of(there.speaker, "withdraw"), asked, format="json").status_code == 202
    assert visitor.post(of(other, "withdraw"), asked, format="json").status_code == 404
    assert visitor.post(within(session(agreed=False)), SIGNED, format="json").status_code == 404
    assert visitor.get(of(there.speaker)).status_code == 403
    assert visitor.get(TEXTS).status_code == 403


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.ADJUDICATOR, Role.ANNOTATOR])
def test_names_are_not_for_those_who_neither_record_nor_manage(there, speaker, role):
    person = client(member(there.corpus, role))
    assert person.get(of(speaker)).status_code == 403
    assert person.post(of(speaker), SIGNED, format="json").status_code == 403


def test_speakers_of_other_corpora_do_not_exist(operator):
    assert operator.get(of(SpeakerFactory())).status_code == 404
    assert operator.post(of(SpeakerFactory()), SIGNED, format="json").status_code == 404
