"""Signing, taking back, and what is in force then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from annotation.models import Consent, ConsentText, ConsentWithdrawal, SessionEvent
from annotation.recording.consent_forms import PURPOSES
from annotation.services.recording import consents
from annotation.services.recording.consents import Signature, sign_consent, withdraw
from annotation.services.recording.errors import ConsentMissing
from speecheq.errors import DomainError
from speecheq.models import Outbox
from speecheq.roles import Role
from tests.factories import SpeakerFactory, member
from tests.recording import session

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def speaker():
    return SpeakerFactory()


@pytest.fixture
def operator(speaker):
    return member(speaker.corpus, Role.SESSION_OPERATOR)


def signature(*purposes: str, **more) -> Signature:
    facts = {"text": "consent-en-1", "signed_name": "Anna Example", **more}
    return Signature(purposes=list(purposes or ("record",)), **facts)


@pytest.fixture
def sign(speaker, operator):
    def sign(*purposes: str, in_session=None, **more) -> Consent:
        given = signature(*purposes, **more)
        return sign_consent(given, speaker=speaker, by=operator, session=in_session)

    return sign


def refusal(act, *given, **more) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act(*given, **more)
    return caught.value


def test_a_signature_holds_who_signed_what_and_when(sign, operator):
    before = timezone.now()
    made = Consent.objects.get(pk=sign("train", "record", signed_name=" Anna \n Example ").pk)
    assert (made.signed_name, made.purposes) == ("Anna Example", ["record", "train"])
    assert made.text.code == "consent-en-1" and made.text_sha256 == made.text.sha256
    assert before <= made.signed_at <= timezone.now() and made.recorded_by == operator


def test_the_recordings_of_who_signed_rest_on_their_consent(sign, speaker):
    assert speaker.basis == "licence"
    sign()
    speaker.refresh_from_db()
    assert speaker.basis == "consent"


def test_a_signature_can_be_proved_from_what_is_stored(sign):
    made = Consent.objects.get(pk=sign("record", "label").pk)
    assert consents.is_genuine(made)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("purposes", ["record", "publish"]),
        ("signed_name", "Somebody Else"),
        ("signed_at", datetime(2020, 1, 1, tzinfo=UTC)),
        ("guardian_name", "Nobody"),
        ("text_sha256", "0" * 64),
    ],
)
def test_a_signature_that_was_altered_past_the_triggers_is_no_proof(sign, field, value):
    made = sign("record", "label")
    setattr(made, field, value)
    assert not consents.is_genuine(made)


def test_a_signature_whose_text_reads_otherwise_is_no_proof(sign):
    made = sign()
    made.text.body += " And more."
    assert not consents.is_genuine(made)


def test_the_audit_log_names_the_signature_and_nobody_by_name(sign, speaker):
    made = sign(signed_name="Anna Secret")
    logged = str(list(Outbox.objects.filter(topic="audit").values_list("payload", flat=True)))
    assert "consent.signed" in logged and made.public_id in logged and speaker.public_id in logged
    assert "Secret" not in logged


def test_a_signature_within_a_session_is_noted_there(sign, speaker):
    there = session(speaker=speaker, agreed=False)
    made = sign("record", "label", in_session=there)
    assert made.session_public_id == there.public_id
    event = SessionEvent.objects.get(session=there, kind="consent")
    assert event.data["what"] == "signed" and event.data["consent"] == made.public_id
    revision = there.revision
    there.refresh_from_db()
    assert there.revision > revision


def test_what_was_shown_must_be_the_text_that_is_signed(sign):
    shown = ConsentText.objects.get(code="consent-en-1").sha256
    assert sign(text_sha256=shown)
    error = refusal(sign, text_sha256="f" * 64)
    assert (error.code, error.status) == ("text_changed", 409)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"text": "consent-xx-1"}, "unknown_text", "text"),
        ({"signed_name": " \n"}, "no_signature", "signed_name"),
        ({"signed_name": "\u200b\u3164"}, "no_signature", "signed_name"),
        ({"is_minor": True}, "guardian_missing", "guardian_name"),
        ({"is_minor": True, "guardian_name": "B"}, "guardian_missing", "guardian_relation"),
        (
            {"is_minor": True, "guardian_name": "\u2060", "guardian_relation": "aunt"},
            "guardian_missing",
            "guardian_name",
        ),
    ],
)
def test_what_cannot_be_signed_is_refused_at_its_field(sign, wrong, code, field):
    error = refusal(sign, **wrong)
    assert error.code == code and error.errors[0].field == field
    assert not Consent.objects.exists()


def test_nothing_is_signed_for_no_purpose_or_an_unknown_one(speaker, operator, sign):
    empty = Signature(text="consent-en-1", purposes=[], signed_name="Anna")
    assert refusal(sign_consent, empty, speaker=speaker, by=operator).code == "no_purpose"
    assert refusal(sign, "sell").code == "unknown_consent_purpose"


def test_in_a_session_being_recorded_is_needed_and_elsewhere_not(sign, speaker):
    there = session(speaker=speaker, agreed=False)
    assert refusal(sign, "label", in_session=there).code == "record_needed"
    assert sign("label")


def test_a_minor_by_year_of_birth_is_refused_whatever_they_say(sign, speaker):
    speaker.birth_year = timezone.now().year - 12
    assert refusal(sign, is_minor=False).code == "guardian_missing"


def test_a_minor_is_signed_for_by_a_guardian(sign, speaker):
    speaker.birth_year = timezone.now().year - 12
    made = sign(guardian_name="Berta Example", guardian_relation="mother")
    assert made.is_minor and made.guardian_name == "Berta Example" and consents.is_genuine(made)


def test_nothing_is_in_force_before_anything_is_signed(speaker):
    assert consents.standing(speaker) == {}
    assert refusal(consents.require, speaker).code == ConsentMissing.code


def test_a_purpose_rests_on_the_latest_signature_that_covers_it(sign, speaker):
    first, second = sign("record", "label"), sign("record")
    assert consents.standing(speaker) == {"record": second, "label": first}


def test_a_purpose_taken_back_is_in_force_no_more_and_others_stay(sign, speaker, operator):
    sign("record", "label", "train")
    withdraw(speaker=speaker, purposes=["record", "train"], by=operator)
    assert set(consents.standing(speaker)) == {"label"}
    assert refusal(consents.require, speaker).status == 403


def test_signing_again_puts_a_purpose_in_force_again(sign, speaker, operator):
    sign()
    withdraw(speaker=speaker, purposes=["record"], by=operator)
    made = sign()
    assert consents.require(speaker) == made


def test_a_withdrawal_counts_though_the_clock_was_set_back(sign, speaker, operator):
    sign()
    with patch.object(timezone, "now", return_value=timezone.now() - timedelta(hours=2)):
        withdraw(speaker=speaker, purposes=["record"], by=operator)
    assert consents.standing(speaker) == {}


def test_a_withdrawal_is_noted_in_every_session_that_is_not_closed(sign, speaker, operator):
    sign()
    still = session(speaker=speaker, agreed=False)
    over = session(speaker=speaker, agreed=False, state="closed")
    withdraw(speaker=speaker, purposes=["record"], reason="too long", by=operator)
    assert [event.data["what"] for event in still.events.all()] == ["withdrawn"]
    assert not over.events.exists()


def test_what_was_never_agreed_to_can_be_taken_back(speaker, operator):
    row = withdraw(speaker=speaker, purposes=["publish", "label"], by=operator)
    assert row.purposes == ["label", "publish"]


def test_a_withdrawal_names_known_purposes(speaker, operator):
    error = refusal(withdraw, speaker=speaker, purposes=["sell"], by=operator)
    assert error.code == "unknown_consent_purpose"
    assert refusal(withdraw, speaker=speaker, purposes=[], by=operator).code == "no_purpose"


def test_the_standing_of_many_speakers_takes_two_queries(django_assert_num_queries):
    speakers = [SpeakerFactory() for _ in range(4)]
    for one in speakers:
        sign_consent(signature(), speaker=one, by=member(one.corpus, Role.DATA_MANAGER))
    with django_assert_num_queries(2):
        found = consents.standing_of(speakers)
    assert all(set(found[one.pk]) == {"record"} for one in speakers)


ACTS = st.lists(
    st.tuples(st.booleans(), st.sets(st.sampled_from(PURPOSES), min_size=1)), max_size=8
)


class TestAnyHistory(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(ACTS)
    def test_a_purpose_is_in_force_when_its_last_act_was_signing(self, acts):
        speaker = SpeakerFactory()
        by = member(speaker.corpus, Role.DATA_MANAGER)
        expected = dict.fromkeys(PURPOSES, False)
        for signs, purposes in acts:
            if signs:
                sign_consent(signature(*purposes), speaker=speaker, by=by)
            else:
                withdraw(speaker=speaker, purposes=list(purposes), by=by)
            expected |= dict.fromkeys(purposes, signs)
        assert set(consents.standing(speaker)) == {p for p, held in expected.items() if held}
        assert ConsentWithdrawal.objects.filter(speaker=speaker).count() == sum(
            not signs for signs, _ in acts
        )
