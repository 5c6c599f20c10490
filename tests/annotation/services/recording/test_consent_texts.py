"""Texts to sign: numbered, never edited, offered by corpus and language."""

from __future__ import annotations

import pytest

from annotation.models import ConsentText
from annotation.services.recording.consent_texts import (
    TextRequest,
    best_text,
    create_text,
    next_code,
    offered_texts,
)
from annotation.services.recording.consents import Signature, sign_consent, text_hash
from speecheq.errors import DomainError
from speecheq.roles import Role
from tests.factories import CorpusFactory, SpeakerFactory, UserFactory, member
from tests.recording import session
from tests.visitors import visitor_of_session

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WORDS = {"record": "My voice is recorded.", "label": "People listen to it."}


@pytest.fixture
def corpus():
    return CorpusFactory()


@pytest.fixture
def manager(corpus):
    return member(corpus, Role.DATA_MANAGER)


def request(code: str = "lab-zh-1", **more) -> TextRequest:
    facts = {"language": "zh", "title": "Consent", "body": "I agree.", "purposes": WORDS}
    return TextRequest(**{"code": code, **facts, **more})


def codes(corpus) -> list[str]:
    return [text.code for text in offered_texts(corpus)]


def refused(asked: TextRequest, manager) -> DomainError:
    with pytest.raises(DomainError) as caught:
        create_text(asked, by=manager)
    return caught.value


def test_the_seeded_texts_carry_the_hash_of_what_they_say():
    for text in ConsentText.objects.filter(is_builtin=True):
        assert text.sha256 == text_hash(text)


def test_a_text_takes_its_number_from_its_code_and_its_hash_from_what_it_says(manager):
    made = create_text(request("lab-zh-3", body="One.\r\n\r\nTwo. \r\n"), by=manager)
    assert (made.version, made.body) == (3, "One.\n\nTwo.")
    assert ConsentText.objects.get(pk=made.pk).sha256 == text_hash(made)


def test_a_purpose_without_explanation_is_not_asked_for(manager):
    made = create_text(request(purposes={**WORDS, "train": "  "}), by=manager)
    assert list(made.purposes) == ["record", "label"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"code": "lab"}, "bad_text_code"),
        ({"code": "Lab-1"}, "bad_text_code"),
        ({"code": "lab-01"}, "bad_text_code"),
        ({"code": "consent-zh-2"}, "text_reserved"),
        ({"title": " "}, "empty_text"),
        ({"body": "\n"}, "empty_text"),
        ({"purposes": {"label": "x"}}, "record_needed"),
        ({"purposes": {**WORDS, "sell": "x"}}, "unknown_consent_purpose"),
    ],
)
def test_a_text_that_cannot_be_signed_is_refused(manager, wrong, code):
    assert refused(request(**wrong), manager).code == code


def test_a_text_is_never_replaced_and_the_next_number_is_named(manager):
    create_text(request("lab-zh-1"), by=manager)
    create_text(request("lab-zh-4"), by=manager)
    error = refused(request("lab-zh-1", body="Other."), manager)
    assert (error.code, error.status) == ("text_exists", 409) and "lab-zh-5" in error.detail
    assert ConsentText.objects.get(code="lab-zh-1").body == "I agree."


def test_the_next_code_counts_its_own_family_only(manager):
    create_text(request("lab-zh-9-2"), by=manager)
    assert next_code("lab-zh-1") == "lab-zh-1"
    assert next_code("consent-zh-1") == "lab-zh-1"
    assert next_code("lab-zh-9-2") == "lab-zh-9-3"


def test_the_built_in_texts_are_offered_until_there_is_a_better_one(corpus, manager):
    assert codes(corpus) == ["consent-en-1", "consent-zh-1"]
    create_text(request("lab-zh-1"), by=manager)
    create_text(request("lab-zh-2"), by=manager)
    assert codes(corpus) == ["consent-en-1", "lab-zh-2"]


def test_a_text_of_another_corpus_is_not_offered_here(manager):
    create_text(request("lab-zh-1"), by=manager)
    assert codes(CorpusFactory()) == ["consent-en-1", "consent-zh-1"]


def test_a_text_of_the_administrator_is_offered_everywhere(corpus):
    create_text(request("site-zh-1", language="zh-TW"), by=UserFactory(is_superuser=True))
    assert codes(corpus) == ["consent-en-1", "site-zh-1"]


def test_the_text_is_in_the_first_language_there_is_one_in(corpus):
    texts = offered_texts(corpus)
    for wanted, code in [(("de", "zh-CN"), "consent-zh-1"), (("en",), "consent-en-1")]:
        assert best_text(texts, *wanted).code == code
    assert best_text(texts, "de", "fr").code == "consent-en-1"
    assert best_text([], "en") is None


def test_a_speaker_by_link_signs_only_what_is_offered(corpus):
    elsewhere = SpeakerFactory()
    create_text(request("other-zh-1"), by=member(elsewhere.corpus, Role.DATA_MANAGER))
    there = session(corpus, agreed=False)
    with pytest.raises(DomainError) as caught:
        sign_consent(
            Signature("other-zh-1", ["record"], "Anna"),
            speaker=there.speaker,
            by=visitor_of_session(there),
            session=there,
        )
    assert caught.value.code == "unknown_text" and "consent-zh-1" in caught.value.detail
