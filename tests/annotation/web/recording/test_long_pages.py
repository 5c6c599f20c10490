"""Pages of long recordings: all of it works as a form."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.models import LongRecording
from annotation.services.recording import long_regions
from speecheq.jobs import run_job
from speecheq.models import Job
from speecheq.roles import Role
from tests import factories, recording

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def page(client, operator):
    client.force_login(operator)
    return client


def address(long):
    return reverse("annotation:long-recording", args=[long.public_id])


def form_of(long, **more):
    regions = list(long_regions.regions_of(long))
    return {
        "action": "save",
        "revision": long.revision,
        "id": [r.public_id for r in regions] + [""],
        "start_s": [f"{r.start_frame / 16000:.6f}" for r in regions] + [""],
        "end_s": [f"{r.end_frame / 16000:.6f}" for r in regions] + [""],
        "prompt": [r.prompt.key if r.prompt else "" for r in regions] + [""],
        **more,
    }


def test_a_file_on_the_server_becomes_a_long_recording(page, session, day):
    address = reverse("annotation:session-long", args=[session.public_id])
    assert page.get(address).status_code == 200
    answer = page.post(address, {"path": day, "channel": "1"})
    made = LongRecording.objects.get()
    assert answer.url == reverse("annotation:long-recording", args=[made.public_id])
    assert made.channel == 1
    assert page.get(answer.url).status_code == 200


def test_without_consent_no_form_is_offered(page, operator, session):
    silent = recording.session(session.corpus, agreed=False)
    told = page.get(reverse("annotation:session-long", args=[silent.public_id]))
    assert b'name="path"' not in told.content
    assert b"has not agreed" in told.content


def test_a_file_that_is_not_there_is_told_in_words(page, session, settings, tmp_path):
    settings.IMPORT_ROOT = tmp_path
    address = reverse("annotation:session-long", args=[session.public_id])
    told = page.post(address, {"path": "nowhere.wav", "channel": "0"})
    assert told.status_code == 422
    assert b"nowhere.wav" in told.content


def test_the_table_saves_what_it_shows(page, long):
    before = list(long.regions.values_list("public_id", "start_frame", "end_frame", "prompt"))
    answer = page.post(address(long), form_of(long))
    assert answer.status_code == 302
    assert (
        list(long.regions.values_list("public_id", "start_frame", "end_frame", "prompt")) == before
    )


def test_the_table_changes_removes_and_adds(page, long):
    form = form_of(long, remove=["0"])
    form["start_s"][-1], form["end_s"][-1], form["prompt"][-1] = "9.5", "9,75", "p00"
    form["prompt"][1] = ""
    page.post(address(long), form)
    now = list(long_regions.regions_of(long))
    assert len(now) == 4
    assert now[0].prompt is None
    assert (now[-1].start_frame, now[-1].end_frame, now[-1].prompt.key) == (152_000, 156_000, "p00")


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [("prompt", "p99", b"p99"), ("start_s", "soon", b"soon"), ("end_s", "99", b"no region")],
)
def test_a_wrong_cell_is_told_and_nothing_is_stored(page, long, column, text, said):
    form = form_of(long)
    form[column][0] = text
    told = page.post(address(long), form)
    assert told.status_code == 422
    assert said in told.content
    assert LongRecording.objects.get(pk=long.pk).revision == long.revision


def test_the_table_of_a_whole_day_is_saved(page, long):
    form = form_of(long)
    for column in ("id", "start_s", "end_s", "prompt"):
        form[column] += [""] * 5000
    assert page.post(address(long), form).status_code == 302


def test_an_old_page_does_not_overwrite_a_newer_one(page, long):
    form = form_of(long)
    page.post(address(long), form)
    assert page.post(address(long), form).status_code == 409


def test_what_was_typed_into_the_table_stays_when_it_is_refused(page, long):
    form = form_of(long, remove=["2"])
    form["start_s"][0], form["prompt"][1] = "0.123", "p99"
    form["start_s"][-1], form["end_s"][-1] = "9.5", "9.75"
    told = page.post(address(long), form).content.decode()
    for text in ('value="0.123"', 'value="p99"', 'value="9.5"', 'value="2" checked'):
        assert text in told


def test_after_a_conflict_ones_own_table_can_be_saved_over_the_other(page, long, operator):
    form = form_of(long)
    form["start_s"][0] = "0.5"
    theirs = [{"start_ms": 0, "end_ms": 100}]
    long_regions.save_regions(long, theirs, revision=long.revision, by=operator)
    long.refresh_from_db()
    told = page.post(address(long), form)
    assert told.status_code == 409
    assert f'name="revision" value="{long.revision}"' in told.content.decode()
    again = {
        **form,
        "revision": long.revision,
        "id": [row["id"] for row in told.context["regions"]],
    }
    again["id"] += [""] * (len(form["start_s"]) - len(again["id"]))
    assert page.post(address(long), again).status_code == 302
    assert long_regions.regions_of(long)[0].start_frame == 8000
    assert long.regions.count() == 4


def test_a_count_and_a_cut_are_jobs(page, long):
    page.post(address(long), {"action": "preview", "min_silence_ms": "2000", "keep_ms": "200"})
    job = Job.objects.latest("pk")
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["regions"]) == ("succeeded", 1)
    page.post(address(long), {"action": "cut"})
    run_job(Job.objects.latest("pk").pk)
    assert long.session.takes.count() == 4


def test_a_search_that_makes_no_sense_is_told(page, long):
    told = page.post(address(long), {"action": "preview", "min_silence_ms": "1", "keep_ms": "0"})
    assert told.status_code == 422


def test_a_file_that_is_no_sound_is_told_at_once(page, session, settings, tmp_path):
    settings.IMPORT_ROOT = tmp_path
    (tmp_path / "lie.wav").write_bytes(b"nothing of the kind")
    there = reverse("annotation:session-long", args=[session.public_id])
    told = page.post(there, {"path": "lie.wav", "channel": "0"})
    assert told.status_code == 422
    assert b"no WAV we know" in told.content
    assert not LongRecording.objects.exists()


def test_a_file_that_could_not_be_read_says_why(page, session, settings, tmp_path):
    settings.IMPORT_ROOT = tmp_path
    (tmp_path / "lie.flac").write_bytes(b"fLaC nothing of the kind")
    there = reverse("annotation:session-long", args=[session.public_id])
    answer = page.post(there, {"path": "lie.flac", "channel": "0"})
    run_job(Job.objects.latest("pk").pk)
    told = page.get(answer.url)
    assert b'role="alert"' in told.content


def test_a_file_whose_search_failed_opens_with_the_reason_and_is_searched_again(
    page, session, day, monkeypatch
):
    monkeypatch.setattr(long_regions, "MOST_REGIONS", 3)
    there = reverse("annotation:session-long", args=[session.public_id])
    answer = page.post(there, {"path": day, "channel": "0"})
    run_job(Job.objects.latest("pk").pk)
    told = page.get(answer.url)
    assert told.context["ready"]
    assert b"4 regions were found; 3 are the most" in told.content
    assert b'name="min_silence_ms"' in told.content
    assert b"regions are missing" in page.get(there).content
    other = {"action": "search", "revision": "0", "min_silence_ms": "2000", "keep_ms": "200"}
    assert page.post(answer.url, other).status_code == 302
    run_job(Job.objects.latest("pk").pk)
    told = page.get(answer.url)
    assert len(told.context["regions"]) == 1
    assert b"are the most" not in told.content


def test_the_table_adds_regions_where_none_was_found(page, session, day, monkeypatch):
    monkeypatch.setattr(long_regions, "MOST_REGIONS", 3)
    there = reverse("annotation:session-long", args=[session.public_id])
    answer = page.post(there, {"path": day, "channel": "0"})
    run_job(Job.objects.latest("pk").pk)
    form = {"action": "save", "revision": "0", "id": "", "start_s": "0.5", "end_s": "2"}
    assert page.post(answer.url, {**form, "prompt": "p00"}).status_code == 302
    assert LongRecording.objects.get().regions.count() == 1


def test_where_there_is_no_region_the_page_says_what_to_do(page, long, operator):
    said = b"There is no region. Search"
    assert said not in page.get(address(long)).content
    long_regions.save_regions(long, [], revision=long.revision, by=operator)
    assert said in page.get(address(long)).content


def test_each_tool_has_a_key_of_its_own(page, long):
    tools = [tool for _name, group in page.get(address(long)).context["tools"] for tool in group]
    assert len({tool.code for tool in tools}) == len({tool.act for tool in tools}) == len(tools)


def test_people_who_label_find_no_page(client, long):
    client.force_login(factories.member(long.session.corpus, Role.ANNOTATOR))
    assert client.get(address(long)).status_code in (403, 404)
