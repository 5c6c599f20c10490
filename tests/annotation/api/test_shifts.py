"""Beginning a shift over REST."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from annotation.models import CampaignMember
from speecheq.roles import Role
from tests.factories import CorpusFactory, campaign, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def asked():
    """Posts to the campaign of one annotator: the answer, and the membership then."""
    corpus = CorpusFactory()
    annotator = member(corpus, Role.ANNOTATOR)
    made = campaign(corpus, annotators=[annotator], volume_check=True)

    def post(body, user=annotator):
        client = APIClient()
        client.force_authenticate(user)
        answer = client.post(f"/api/v1/campaigns/{made.public_id}/shift/", body, format="json")
        return answer, CampaignMember.objects.get(campaign=made)

    return post


def test_hearing_all_tones_begins_a_shift(asked):
    answer, now = asked({"heard": [3, 2], "played": [3, 2]})
    assert answer.status_code == 200
    assert now.volume_checked_at is not None
    assert answer.json()["next_check_in_s"] == pytest.approx(8 * 3600, abs=60)


def test_missing_a_tone_begins_none(asked):
    answer, now = asked({"heard": [3, 1], "played": [3, 2]})
    assert (answer.status_code, answer.json()["code"]) == (422, "tones_not_heard")
    assert now.volume_checked_at is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"heard": [3], "played": [3]},
        {"heard": [3, "x"], "played": [3, 2]},
        {"heard": [3, 2], "played": [3, 2], "ears": 2},
        {"heard": [3, 99], "played": [3, 99]},
    ],
)
def test_a_body_of_another_shape_is_refused(asked, body):
    answer, now = asked(body)
    assert answer.status_code == 400
    assert now.volume_checked_at is None


def test_only_a_member_of_the_campaign_begins_a_shift(asked):
    stranger = member(CorpusFactory(), Role.ANNOTATOR)
    assert asked({"heard": [3, 2], "played": [3, 2]}, user=stranger)[0].status_code == 404


def test_staff_who_does_not_label_has_no_shift_to_begin(asked):
    corpus = CampaignMember.objects.get().campaign.corpus
    manager = member(corpus, Role.DATA_MANAGER)
    answer, _ = asked({"heard": [3, 2], "played": [3, 2]}, user=manager)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_in_campaign")
