"""The rules of quality in the forms of a session."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import translation

from annotation.models import Session
from annotation.recording.qc import RULES
from annotation.services.recording import sessions
from annotation.web.recording.rule_fields import FIGURES, rule_fields, rules_in_words
from speecheq.roles import Role
from tests import recording
from tests.annotation.web.recording.test_session_pages import form_of
from tests.factories import CorpusFactory, member

GIVEN = {"mode": "manual", "countdown_s": "0", "bits": "24", "wants_room_tone": "on"}


@pytest.fixture
def operator(client):
    person = member(CorpusFactory(slug="spoken"), Role.SESSION_OPERATOR, username="omar")
    client.force_login(person)
    return person


@pytest.fixture
def session(operator):
    return recording.session(operator.memberships.get().corpus)


def save(client, session, **rules):
    act = reverse("annotation:session-settings", args=[session.public_id])
    answer = client.post(act, {**GIVEN, **{f"rule_{name}": value for name, value in rules.items()}})
    session.refresh_from_db()
    return answer


def test_every_rule_has_a_field_with_its_usual_limit_and_its_range():
    fields = rule_fields()
    assert set(fields) == {f"rule_{name}" for name in RULES}
    attrs = fields["rule_snr_db_yellow"].widget.attrs
    assert (attrs["placeholder"], attrs["min"], attrs["max"]) == ("25", -20.0, 120.0)
    assert list(FIGURES) == list(dict.fromkeys(name.rpartition("_")[0] for name in RULES))


@pytest.mark.django_db
@pytest.mark.database
class TestForms:
    def test_a_session_is_planned_with_rules_of_its_own(self, client, operator):
        recording.script(3)
        corpus = operator.memberships.get().corpus
        given = form_of(corpus, new_speaker="f07", rule_snr_db_yellow="35", rule_dropouts_red="9")
        assert client.post(reverse("annotation:session-create"), given).status_code == 302
        assert Session.objects.get().qc_rules == {"snr_db_yellow": 35, "dropouts_red": 9}

    def test_rules_are_changed_and_emptied_later(self, client, operator, session):
        save(client, session, snr_db_yellow="35.5")
        assert session.qc_rules == {"snr_db_yellow": 35.5}
        detail = reverse("annotation:session-detail", args=[session.public_id])
        page = client.get(detail).content.decode()
        assert re.search(r'name="rule_snr_db_yellow" value="35.5"', page)
        assert "Voice over noise (SNR), doubtful: 35.5" in page
        save(client, session, snr_db_yellow="")
        assert session.qc_rules == {}

    def test_how_much_may_be_missing_is_set_in_milliseconds(self, client, operator, session):
        save(client, session, missing_ms_yellow="0", missing_ms_red="80")
        assert session.qc_rules == {"missing_ms_yellow": 0, "missing_ms_red": 80}
        detail = reverse("annotation:session-detail", args=[session.public_id])
        assert "Sound missing in all, bad: 80" in client.get(detail).content.decode()

    def test_saving_what_is_there_changes_nothing(self, client, operator, session):
        save(client, session, dropouts_yellow="2")
        before = session.events.count()
        save(client, session, dropouts_yellow="2")
        assert session.events.count() == before

    @pytest.mark.parametrize(
        ("rules", "field", "told"),
        [
            ({"snr_db_yellow": "900"}, "snr_db_yellow", "less than or equal to 120"),
            ({"dropouts_red": "2.5"}, "dropouts_red", "whole number"),
            ({"noise_dbfs_red": "quiet"}, "noise_dbfs_red", "Enter a number"),
            ({"snr_db_yellow": "5"}, "snr_db_yellow", "5, is worse than that for bad, 12"),
            ({"snr_db_red": "nan"}, "snr_db_red", "Enter a number"),
        ],
    )
    def test_what_cannot_be_is_told_at_its_field(
        self, client, operator, session, rules, field, told
    ):
        answer = save(client, session, **rules)
        page = answer.content.decode()
        assert answer.status_code == 422
        error = re.search(rf'id="id_rule_{field}_error">([^<]*)<', page)
        assert error, page
        assert told in error[1]
        assert '<details class="rules" open>' in page
        assert session.qc_rules == {}

    def test_all_that_is_wrong_is_told_at_once(self, client, operator, session):
        page = save(client, session, snr_db_yellow="5", rate_low_yellow="0.1").content.decode()
        assert page.count("is worse than that for bad") == 2


@pytest.mark.django_db
@pytest.mark.database
def test_the_trail_tells_settings_by_their_words(client, operator, session):
    changes = {"qc_rules": {"snr_db_red": 20}, "mode": "auto_record", "wants_room_tone": False}
    sessions.change_session(session, by=operator, operator="omar", **changes)
    detail = reverse("annotation:session-detail", args=[session.public_id])
    page = client.get(detail).content.decode()
    for told in ("SNR), bad: 20", "follow → auto-record", "room first → no", "Operator → omar"):
        assert told in page, told


def test_words_speak_the_language_of_the_page():
    with translation.override("zh-hans"):
        (told,) = rules_in_words({"snr_db_red": 20})
    assert "差" in told
