"""Regions of a long recording cut into takes, and which take is whose choice then."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from django.core.files.storage import default_storage
from django.utils import timezone

from annotation.models import SessionPrompt, Take
from annotation.recording.silence import Search
from annotation.services.recording import long_files, long_regions
from annotation.services.recording.takes import choose_take
from tests.long_files import cut, finished, rows_of, save
from tests.long_sounds import RATE_HZ

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_takes_have_the_samples_of_the_file_and_say_where_they_are_from(long, operator, tmp_path):
    assert cut(long, operator) | {"long_recording": ""} == {
        "long_recording": "",
        "added": 4,
        "known": 0,
        "refused": [],
    }
    whole = soundfile.read(tmp_path / "day.wav", dtype="int16")[0][:, 0]
    for region in long_regions.regions_of(long):
        take = region.take
        with default_storage.open(take.file.name) as stored:
            samples, rate = soundfile.read(io.BytesIO(stored.read()), dtype="int16")
        assert np.array_equal(samples, whole[region.start_frame : region.end_frame])
        assert (take.source, take.bits, rate) == ("long", 16, RATE_HZ)
        assert take.prompt == region.prompt
        assert take.reported["cut_from"]["start_frame"] == region.start_frame
    states = SessionPrompt.objects.filter(session=long.session).values_list("state", flat=True)
    assert set(states) == {"recorded"}


def test_cutting_again_adds_only_what_was_changed(long, operator):
    cut(long, operator)
    assert cut(long, operator)["added"] == 0
    save(long, rows_of(long, n1={"start_frame": 45_000}), operator)
    assert cut(long, operator)["added"] == 1
    versions = Take.objects.filter(prompt__key="p01").values_list("version", flat=True)
    assert list(versions) == [1, 2]


def test_a_change_taken_back_finds_its_first_take(long, operator):
    cut(long, operator)
    before = rows_of(long)
    save(long, rows_of(long, n1={"start_frame": 45_000}), operator)
    cut(long, operator)
    save(long, before, operator)
    assert cut(long, operator) | {"long_recording": ""} == {
        "long_recording": "",
        "added": 0,
        "known": 1,
        "refused": [],
    }


def test_a_region_given_to_another_prompt_leaves_the_first_without_that_take(long, operator):
    cut(long, operator)
    rows = rows_of(long)
    rows[0]["prompt"], rows[1]["prompt"] = rows[1]["prompt"], None
    first = long_regions.regions_of(long)[0].take
    Take.objects.filter(session=long.session).update(accepted=False)
    Take.objects.filter(pk=first.pk).update(accepted=True)
    save(long, rows, operator)
    assert cut(long, operator)["added"] == 1
    first.refresh_from_db()
    assert not first.accepted
    assert long_regions.regions_of(long)[0].take.prompt.key == "p01"


def test_of_a_prompt_said_twice_the_last_region_is_the_newest_take(long, operator):
    rows = rows_of(long)
    rows[1]["prompt"] = rows[0]["prompt"]
    save(long, rows, operator)
    cut(long, operator)
    regions = long_regions.regions_of(long)
    assert [r.take.version for r in regions[:2]] == [1, 2]


def test_consent_taken_back_meanwhile_stops_the_cut(long, operator):
    job = long_files.request_cut(long, by=operator)
    long.session.speaker.withdrawals.create(purposes=["record"], withdrawn_at=timezone.now())
    result = finished(job).result
    assert result["added"] == 0
    assert {row["code"] for row in result["refused"]} == {"consent_missing"}
    assert (result["refused"][0]["line"], result["refused"][0]["key"]) == (1, "p00")
    assert not Take.objects.exists()


def test_a_region_that_is_removed_takes_the_choice_of_its_take_along(long, operator):
    cut(long, operator)
    gone = long_regions.regions_of(long)[0].take
    save(long, rows_of(long)[1:], operator)
    gone.refresh_from_db()
    assert not gone.accepted
    assert Take.objects.filter(accepted=True).count() == 3


def test_a_region_that_is_removed_leaves_the_choice_of_another_take(long, operator):
    cut(long, operator)
    save(long, rows_of(long, n1={"start_frame": 45_000}), operator)
    cut(long, operator)
    first = Take.objects.get(prompt__key="p01", version=1)
    choose_take(first, accepted=True, by=operator)
    save(long, [row for n, row in enumerate(rows_of(long)) if n != 1], operator)
    first.refresh_from_db()
    assert first.accepted


def test_a_prompt_given_away_and_back_is_the_choice_again(long, operator):
    cut(long, operator)
    before = rows_of(long)
    save(long, rows_of(long, n1={"prompt": before[0]["prompt"]}), operator)
    cut(long, operator)
    save(long, before, operator)
    cut(long, operator)
    chosen = Take.objects.filter(accepted=True).values_list("prompt__key", "version")
    assert ("p01", 1) in chosen


def test_a_region_without_a_prompt_takes_the_choice_of_its_take_along(long, operator):
    cut(long, operator)
    before = rows_of(long)
    save(long, rows_of(long, n1={"prompt": None}), operator)
    assert not Take.objects.filter(prompt__key="p01", accepted=True).exists()
    save(long, before, operator)
    assert Take.objects.get(prompt__key="p01").accepted
    assert cut(long, operator)["added"] == 0


def test_a_prompt_given_back_leaves_the_choice_of_another_take(long, operator):
    cut(long, operator)
    save(long, rows_of(long, n1={"start_frame": 45_000}), operator)
    cut(long, operator)
    before = rows_of(long)
    save(long, rows_of(long, n1={"prompt": None}), operator)
    first = Take.objects.get(prompt__key="p01", version=1)
    choose_take(first, accepted=True, by=operator)
    save(long, before, operator)
    assert Take.objects.get(prompt__key="p01", accepted=True) == first


def test_a_change_taken_back_is_the_choice_again(long, operator):
    cut(long, operator)
    before = rows_of(long)
    save(long, rows_of(long, n1={"start_frame": 45_000}), operator)
    cut(long, operator)
    save(long, before, operator)
    cut(long, operator)
    assert Take.objects.get(prompt__key="p01", accepted=True).version == 1


def test_a_prompt_whose_last_region_goes_has_the_one_before(long, operator):
    save(long, rows_of(long, n1={"prompt": rows_of(long)[0]["prompt"]}), operator)
    cut(long, operator)
    save(long, [row for n, row in enumerate(rows_of(long)) if n != 1], operator)
    assert Take.objects.get(prompt__key="p00", accepted=True).version == 1


# --- after another search ---------------------------------------------------------------------


def search_again(long, operator, **how):
    search = Search(**how)
    job = long_files.request_search(
        long, search, preview=False, revision=long.revision, by=operator
    )
    result = finished(job).result
    long.refresh_from_db()
    return result


def test_takes_of_regions_that_a_search_does_away_with_are_no_longer_chosen(long, operator):
    cut(long, operator)
    assert search_again(long, operator, keep_ms=50)["unchosen"] == 4
    assert Take.objects.count() == 4
    assert not Take.objects.filter(accepted=True).exists()
    assert not any(r.take for r in long_regions.regions_of(long))


def test_regions_that_a_search_finds_as_they_were_keep_their_takes(long, operator):
    cut(long, operator)
    save(long, rows_of(long, n3={"prompt": None}), operator)  # its take is unchosen then
    assert search_again(long, operator)["unchosen"] == 0
    regions = list(long_regions.regions_of(long))
    assert [long_regions.is_cut(r) for r in regions] == [True, True, True, False]
    assert Take.objects.filter(accepted=True).count() == 3
    assert cut(long, operator)["known"] == 1
    assert Take.objects.filter(accepted=True).count() == 4


def test_a_search_that_was_taken_back_finds_its_takes_again(long, operator):
    cut(long, operator)
    search_again(long, operator, keep_ms=50)
    search_again(long, operator)
    assert cut(long, operator)["known"] == 4
    assert Take.objects.filter(accepted=True).count() == 4


def test_a_take_that_somebody_chose_since_stays_chosen(long, operator):
    cut(long, operator)
    search_again(long, operator, keep_ms=50)
    cut(long, operator)
    search_again(long, operator)
    newer = Take.objects.get(prompt__key="p01", version=2)
    choose_take(newer, accepted=True, by=operator)
    cut(long, operator)
    assert Take.objects.get(prompt__key="p01", accepted=True) == newer
