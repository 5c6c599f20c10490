"""The volume check at the start of a shift."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import CampaignMember
from annotation.services import shifts
from annotation.services.errors import TonesNotHeard
from speecheq.roles import Role
from tests.factories import ClipFactory, CorpusFactory, campaign, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def checked() -> CampaignMember:
    """A member of a campaign that wants the volume checked."""
    corpus = CorpusFactory()
    annotator = member(corpus, Role.ANNOTATOR)
    made = campaign(corpus, annotators=[annotator], volume_check=True)
    return CampaignMember.objects.select_related("campaign").get(campaign=made)


def test_the_check_is_due_at_first_and_again_after_eight_hours(checked):
    assert shifts.seconds_until_check(checked) == 0
    shifts.pass_volume_check(member=checked, heard=[2, 4], played=[2, 4])
    checked.refresh_from_db()
    assert 8 * 3600 - 60 < shifts.seconds_until_check(checked) <= 8 * 3600
    checked.volume_checked_at = timezone.now() - timedelta(hours=8, seconds=1)
    assert shifts.seconds_until_check(checked) == 0


def test_a_campaign_without_the_check_asks_for_none(checked):
    checked.campaign.volume_check = False
    assert shifts.seconds_until_check(checked) is None


def test_tones_that_were_not_heard_start_no_shift(checked):
    with pytest.raises(TonesNotHeard, match=r"Heard \[2, 3\] of \[2, 4\]"):
        shifts.pass_volume_check(member=checked, heard=[2, 3], played=[2, 4])
    checked.refresh_from_db()
    assert checked.volume_checked_at is None


def test_the_sample_is_as_loud_as_the_clips_of_the_campaign(checked):
    assert shifts.speech_level_dbfs(checked.campaign) == shifts.USUAL_LEVEL_DBFS
    corpus = CorpusFactory()
    for level in (-40.0, -31.26, -20.0):
        ClipFactory(corpus=corpus, level_dbfs=level)
    assert shifts.speech_level_dbfs(campaign(corpus, annotators=[])) == -31.3
