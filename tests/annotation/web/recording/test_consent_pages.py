"""The consent pages: reading, signing, the receipt, taking back, and who may."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from annotation.models import Consent, ConsentText, ConsentWithdrawal
from annotation.services.recording import consents
from speecheq.roles import Role
from tests.factories import SpeakerFactory, member
from tests.recording import consent, session
from tests.visitors import comes_by_link, visitor_of_session

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def address(name: str, *args: str) -> str:
    return reverse(f"annotation:{name}", args=args)


@pytest.fixture
def there():
    return session(agreed=False)


@pytest.fixture
def speaker(there):
    return there.speaker


@pytest.fixture
def operator(there, client):
    client.force_login(member(there.corpus, Role.SESSION_OPERATOR))
    return client


@pytest.fixture
def manager(there):
    browser = Client()
    browser.force_login(member(there.corpus, Role.DATA_MANAGER))
    return browser


@pytest.fixture
def visitor(there):
    return comes_by_link(Client(), there)


def filled(**other) -> dict:
    text = ConsentText.objects.get(code="consent-en-1")
    form = {"text": text.code, "text_sha256": text.sha256, "purposes": ["record", "label"]}
    return {**form, "signed_name": "Anna Example", "age": "adult", **other}


def test_a_speaker_by_link_reads_the_text_in_the_language_of_the_script(visitor, there):
    html = visitor.get(address("session-consent", there.public_id)).content.decode()
    assert "Consent to being recorded and to the use of your voice" in html
    assert "<h3>Taking it back</h3>" in html and "?text=consent-zh-1" in html
    assert 'autocomplete="name"' in html and "/corpora/" not in html


def test_another_language_is_a_link_away(visitor, there):
    html = visitor.get(address("session-consent", there.public_id) + "?text=consent-zh-1")
    assert '<div class="consent-text" lang="zh">' in html.content.decode()
    assert ">English</a>" in html.content.decode() and ">中文</a>" in html.content.decode()


def test_no_purpose_is_chosen_beforehand(visitor, there):
    html = visitor.get(address("session-consent", there.public_id)).content.decode()
    boxes = re.findall(r'<input[^>]*name="purposes"[^>]*>', html)
    assert len(boxes) == 4 and not any("checked" in box for box in boxes)


def test_signing_by_link_leads_on_to_recording(visitor, there, speaker):
    answer = visitor.post(address("session-consent", there.public_id), filled())
    assert answer.status_code == 302
    made = Consent.objects.get()
    assert made.speaker == speaker and made.session_public_id == there.public_id
    assert made.recorded_by is None and not made.is_minor
    try:
        assert answer.url == address("session-record", there.public_id)
    except NoReverseMatch:
        assert there.public_id in answer.url or made.public_id in answer.url


def test_a_signed_page_offers_to_go_on_and_to_take_back(visitor, there, speaker):
    consent(speaker)
    html = visitor.get(address("session-consent", there.public_id)).content.decode()
    assert "A consent is in force" in html
    assert address("speaker-withdraw", speaker.public_id) in html


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"purposes": []}, 422, "This field is required"),
        ({"purposes": ["label"]}, 422, "Nothing is recorded without agreeing to it"),
        ({"signed_name": ""}, 422, "This field is required"),
        ({"age": ""}, 422, "This field is required"),
        ({"age": "minor"}, 422, "A minor agrees together with a guardian"),
        ({"text_sha256": "0" * 64}, 409, "Load the text again"),
    ],
)
def test_a_form_that_cannot_be_signed_comes_back_with_the_reason(
    visitor, there, wrong, status, said
):
    answer = visitor.post(address("session-consent", there.public_id), filled(**wrong))
    assert answer.status_code == status and said in answer.content.decode()
    assert not Consent.objects.exists()


def test_a_guardian_signs_for_a_minor(visitor, there):
    guardian = {"guardian_name": "Berta", "guardian_relation": "mother"}
    visitor.post(address("session-consent", there.public_id), filled(age="minor", **guardian))
    made = Consent.objects.get()
    assert made.is_minor and (made.guardian_name, made.guardian_relation) == ("Berta", "mother")


def test_a_guardian_typed_before_saying_18_or_older_is_not_stored(visitor, there):
    visitor.post(address("session-consent", there.public_id), filled(guardian_name="Berta"))
    assert Consent.objects.get().guardian_name == ""


def test_who_is_known_to_be_a_minor_is_not_asked_for_their_age(visitor, there, speaker):
    speaker.birth_year = timezone.now().year - 12
    speaker.save()
    page = address("session-consent", there.public_id)
    assert 'name="age"' not in visitor.get(page).content.decode()
    assert visitor.post(page, filled()).status_code == 422


def test_a_speaker_by_link_reaches_no_other_speaker(visitor):
    other = session(agreed=False)
    signed = consent(other.speaker)
    assert visitor.get(address("session-consent", other.public_id)).status_code == 404
    assert visitor.get(address("consent-receipt", signed.public_id)).status_code == 404
    assert visitor.get(address("speaker-withdraw", other.speaker.public_id)).status_code == 404
    assert visitor.get(address("speaker-consents", other.speaker.public_id)).status_code == 403


def test_who_signs_in_a_session_finds_the_way_back_to_it(operator, there):
    page = operator.get(address("session-consent", there.public_id)).content.decode()
    assert f'href="/sessions/{there.public_id}/">' in page


def test_outside_a_session_signing_leads_to_the_receipt(operator, speaker):
    page = address("speaker-sign", speaker.public_id)
    assert 'autocomplete="off"' in operator.get(page).content.decode()
    answer = operator.post(page, filled(purposes=["label"]))
    made = Consent.objects.get()
    assert answer.url == address("consent-receipt", made.public_id)
    assert made.recorded_by is not None and made.session_public_id == ""


def test_staff_may_have_an_earlier_text_signed(operator, manager, speaker, there):
    text = ConsentText.objects.get(code="consent-en-1")
    facts = {"language": "en", "title": "T", "body": "B", "record": "R"}
    manager.post(address("consent-text-create"), {"code": "lab-en-1", **facts})
    page = address("speaker-sign", speaker.public_id)
    assert text.title not in operator.get(page).content.decode()
    assert text.title in operator.get(f"{page}?text=consent-en-1").content.decode()
    assert operator.get(f"{page}?text=none-1").status_code == 422


def test_the_receipt_shows_text_purposes_names_and_proof(operator, speaker):
    operator.post(address("speaker-sign", speaker.public_id), filled())
    made = Consent.objects.get()
    html = operator.get(address("consent-receipt", made.public_id)).content.decode()
    assert "Anna Example" in html and "Taking it back" in html and "hashes fit" in html
    assert made.text_sha256 in html and made.evidence_sha256 in html
    assert html.count("not agreed") == 2


def test_the_receipt_tells_what_was_taken_back_since(operator, speaker):
    operator.post(address("speaker-sign", speaker.public_id), filled())
    receipt = address("consent-receipt", Consent.objects.get().public_id)
    assert "taken back since" not in operator.get(receipt).content.decode()
    operator.post(address("speaker-withdraw", speaker.public_id), {"purposes": ["label"]})
    assert operator.get(receipt).content.decode().count("taken back since") == 1


def test_a_receipt_that_does_not_fit_its_hash_says_so(operator, speaker):
    forged = consent(speaker)  # its hashes are made up
    html = operator.get(address("consent-receipt", forged.public_id)).content.decode()
    assert "was altered" in html and "hashes fit" not in html


def test_the_page_of_a_speaker_lists_what_was_signed_and_taken_back(operator, speaker):
    operator.post(address("speaker-sign", speaker.public_id), filled())
    form = {"purposes": ["label"], "reason": "Not for listeners."}
    answer = operator.post(address("speaker-withdraw", speaker.public_id), form)
    assert answer.url == address("speaker-consents", speaker.public_id)
    html = operator.get(answer.url).content.decode()
    assert "Anna Example" in html and "Not for listeners." in html
    assert "label: not agreed" in html and "record: agreed" in html


def test_a_speaker_by_link_takes_back_and_may_sign_again(visitor, there, speaker):
    consent(speaker)
    page = address("speaker-withdraw", speaker.public_id)
    assert visitor.post(page, {}).status_code == 422
    answer = visitor.post(page, {"purposes": ["record"]})
    assert answer.url == address("session-consent", there.public_id)
    assert consents.in_force(speaker, "record") is None
    assert ConsentWithdrawal.objects.get().recorded_by is None


def config_of(html: str) -> dict:
    """What the module is told that looks for takes in this browser."""
    found = re.search(r'<script id="withheld-config" type="application/json">(.*?)</script>', html)
    assert found
    return json.loads(found[1])


def test_after_taking_back_the_page_shows_one_state(visitor, there, speaker):
    page = address("session-consent", there.public_id)
    visitor.post(page, filled())  # whose "Thank you" was not shown yet
    taken = address("speaker-withdraw", speaker.public_id)
    html = visitor.post(taken, {"purposes": ["record"]}, follow=True).content.decode()
    assert "<h1>The consent was taken back</h1>" in html
    for other in ("Thank you", "Before anything is recorded", 'id="already"'):
        assert other not in html
    assert '<details class="again"><summary>Agree again, and sign</summary>' in html
    for answer in (visitor.get(f"{page}?text=consent-zh-1"), visitor.post(page, {})):
        assert '<details class="again" open>' in answer.content.decode()


def test_taking_something_else_back_leaves_the_consent_in_force(visitor, there, speaker):
    consent(speaker)
    taken = address("speaker-withdraw", speaker.public_id)
    html = visitor.post(taken, {"purposes": ["label"]}, follow=True).content.decode()
    assert "Taken back from this moment: label." in html and 'id="already"' in html
    assert "The consent was taken back" not in html


def test_signing_again_ends_that_state(visitor, there, speaker):
    consent(speaker)
    consents.withdraw(speaker=speaker, purposes=["record"], by=visitor_of_session(there))
    page = address("session-consent", there.public_id)
    assert config_of(visitor.get(page).content.decode())["in_force"] is False
    visitor.post(page, filled())
    html = visitor.get(page).content.decode()
    assert "The consent was taken back" not in html and 'id="already"' in html
    assert config_of(html)["in_force"] is True


def test_takes_in_the_browser_are_looked_for_of_the_own_session_only(visitor, there, speaker):
    session(there.corpus, speaker=speaker, of=there.script, agreed=False)
    config = config_of(visitor.get(address("session-consent", there.public_id)).content.decode())
    assert config["sessions"] == [there.public_id]
    assert "is in this browser only" in config["texts"]["withheld.one"]
    assert "Your link has run out" in config["texts"]["unsaid_signed_out"]


def test_the_page_of_a_speaker_looks_for_takes_of_all_their_sessions(operator, there, speaker):
    other = session(there.corpus, speaker=speaker, of=there.script, agreed=False)
    html = operator.get(address("speaker-consents", speaker.public_id)).content.decode()
    assert set(config_of(html)["sessions"]) == {there.public_id, other.public_id}


def test_the_session_says_that_its_consent_was_taken_back(operator, there, speaker):
    page = address("session-detail", there.public_id)
    assert "has not agreed to being recorded" in operator.get(page).content.decode()
    consent(speaker)
    consents.withdraw(speaker=speaker, purposes=["record"], by=visitor_of_session(there))
    html = operator.get(page).content.decode()
    assert "took the consent to being recorded back on" in html
    assert "has not agreed" not in html and "Sign the consent" not in html


def test_a_manager_writes_the_next_version_from_the_one_before(manager):
    page = address("consent-text-create")
    html = manager.get(f"{page}?from=consent-zh-1").content.decode()
    assert 'value="lab-zh-1"' in html and "撤回同意" in html
    form = {"code": "lab-zh-1", "language": "zh", "title": "同意", "body": "文", "record": "录"}
    assert manager.post(page, form).url == address("consent-text-detail", "lab-zh-1")
    again = manager.post(page, form)
    assert again.status_code == 409 and "lab-zh-2" in again.content.decode()


def test_a_text_without_explanation_of_recording_comes_back(manager):
    answer = manager.post(address("consent-text-create"), {"code": "lab-zh-1"})
    assert answer.status_code == 422 and not ConsentText.objects.filter(code="lab-zh-1").exists()


def test_the_list_says_what_speakers_are_asked_to_sign(manager, operator):
    form = {"code": "lab-zh-1", "language": "zh", "title": "T", "body": "B", "record": "R"}
    manager.post(address("consent-text-create"), form)
    html = operator.get(address("consent-text-list")).content.decode()
    assert "built in" in html and html.count("/consent-texts/lab-zh-1/") == 2
    assert address("consent-text-create") not in html
    assert operator.get(address("consent-text-detail", "lab-zh-1")).status_code == 200
    assert operator.get(address("consent-text-detail", "none-1")).status_code == 404


def test_the_speakers_of_a_corpus_show_what_they_agreed_to(operator, there, speaker):
    consent(speaker)
    SpeakerFactory(corpus=there.corpus)
    html = operator.get(address("corpus-speakers", there.corpus.slug)).content.decode()
    assert "record, label" in html and "nothing yet" in html


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.RESEARCHER])
def test_names_of_speakers_are_for_those_who_record_and_manage(client, there, speaker, role):
    signed = consent(speaker)
    client.force_login(member(there.corpus, role))
    assert client.get(address("speaker-consents", speaker.public_id)).status_code == 403
    assert client.get(address("consent-receipt", signed.public_id)).status_code == 403
    assert client.get(address("session-consent", there.public_id)).status_code == 403
