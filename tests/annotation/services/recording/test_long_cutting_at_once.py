"""Regions that are changed while they are cut: take and region are decided together, or not at all.

With real threads and connections, and a worker that is really killed.
"""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from annotation.models import LongRecording, Take
from annotation.recording.silence import Search
from annotation.services.recording import long_files, long_regions, long_work, takes
from speecheq.jobs import run_job
from tests.annotation.services.test_queue_locks import in_thread, until_somebody_waits
from tests.long_files import cut, finished, rows_of, save
from tests.support.processes import PATIENCE_S

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.database,
]
HIT = "p01"  # the prompt whose region is changed while it is cut


def changed(long, how):
    """The regions as an editor sends them who did something to the second one."""
    rows = rows_of(long)
    if how == "removed":
        return [rows[0], *rows[2:]]
    changes = {"moved": {"start_frame": 45_000}, "given away": {"prompt": rows[0]["prompt"]}}
    rows[1] |= changes[how]
    return rows


@pytest.fixture(params=["removed", "moved", "given away"])
def editor(request, long, operator):
    """Saves such a change, in a thread and by a connection of its own."""
    rows = changed(long, request.param)
    return in_thread(lambda: save(LongRecording.objects.get(pk=long.pk), rows, operator))


def stored() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).glob("takes/*/*") if path.is_file()]


def assert_nothing_is_left_over(long):
    """A take that is chosen is that of a region for the same prompt; each file has its row."""
    regions = [r for r in long_regions.regions_of(long) if r.take]
    of_regions = {r.take_id for r in regions if r.take.prompt_id == r.prompt_id}
    assert set(Take.objects.filter(accepted=True).values_list("pk", flat=True)) <= of_regions
    assert len(stored()) == Take.objects.count()


def before(monkeypatch, where, name, do):
    """Do something once, just before a function is called for the region that is hit."""
    real, done = getattr(where, name), []

    def patched(*args, **more):
        prompt = more["prompt"] if "prompt" in more else args[0].prompt
        if prompt.key == HIT and not done:
            done.append(do())
        return real(*args, **more)

    monkeypatch.setattr(where, name, patched)
    return done


def test_a_region_changed_while_its_sound_is_judged_gets_no_take(
    long, operator, editor, monkeypatch
):
    """No transaction is open meanwhile: SQLite would keep the editor waiting until it is over."""
    with ThreadPoolExecutor(1) as pool:
        hit = before(
            monkeypatch, takes, "examine", lambda: pool.submit(editor).result(timeout=PATIENCE_S)
        )
        told = cut(long, operator)
    assert hit
    assert (told["added"], [row["code"] for row in told["refused"]]) == (3, ["region_changed"])
    assert (told["refused"][0]["line"], told["refused"][0]["key"]) == (2, HIT)
    assert not Take.objects.filter(prompt__key=HIT).exists()
    assert_nothing_is_left_over(long)
    wanted = [r for r in long_regions.regions_of(long) if r.prompt and not r.take]
    assert cut(long, operator)["added"] == len(wanted)
    assert_nothing_is_left_over(long)


def test_an_editor_waits_while_take_and_region_are_decided(long, operator, editor, monkeypatch):
    """The editor comes first to nothing that the job wants next: neither waits for ever."""
    with ThreadPoolExecutor(1) as pool:

        def ask():
            asked = pool.submit(editor)
            until_somebody_waits()
            assert not asked.done()
            return asked

        asked = before(monkeypatch, long_regions, "give_take", ask)
        told = cut(long, operator)
        asked[0].result(timeout=PATIENCE_S)
    assert (told["added"], told["refused"]) == (4, [])
    assert_nothing_is_left_over(long)


def test_a_search_that_replaces_all_regions_meanwhile_leaves_no_take_chosen(
    long, operator, monkeypatch
):
    def search_again():
        asked = long_files.request_search(
            long, Search(keep_ms=50), preview=False, revision=1, by=operator
        )
        assert finished(asked).state == "succeeded"

    with ThreadPoolExecutor(1) as pool:
        job = in_thread(search_again)
        before(monkeypatch, takes, "examine", lambda: pool.submit(job).result(timeout=PATIENCE_S))
        told = cut(long, operator)
    assert (told["added"], len(told["refused"])) == (1, 3)
    assert not Take.objects.filter(accepted=True).exists()
    assert_nothing_is_left_over(long)


@pytest.mark.parametrize("editor", ["removed"], indirect=True)
def test_bytes_that_are_a_take_already_are_no_choice_of_a_region_that_is_gone(
    long, operator, editor, monkeypatch
):
    """Cut, moved, cut, moved back: what is cut then is known, and nothing is judged anew."""
    first = rows_of(long)
    cut(long, operator)
    save(long, rows_of(long, n1={"start_frame": 44_000}), operator)
    cut(long, operator)
    save(long, first, operator)
    with ThreadPoolExecutor(1) as pool:
        real = takes._known

        def known(attempt):
            found = real(attempt)
            if attempt.prompt.key == HIT:
                pool.submit(editor).result(timeout=PATIENCE_S)
                monkeypatch.setattr(takes, "_known", real)
            return found

        monkeypatch.setattr(takes, "_known", known)
        told = cut(long, operator)
    assert [row["code"] for row in told["refused"]] == ["region_changed"]
    assert not Take.objects.get(prompt__key=HIT, version=1).accepted


# --- killed -----------------------------------------------------------------------------------


def killed_at(job, patch) -> None:
    """Run a job in a process of its own that `patch` has end by SIGKILL."""
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            patch()
            run_job(job.pk)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run_again(job):
    type(job).objects.filter(pk=job.pk).update(state="queued", attempts=0, lease_expires_at=None)
    return finished(job).result


def regions_with_takes(long):
    return [r.prompt.key for r in long_regions.regions_of(long) if r.take]


def test_killed_before_both_are_decided_neither_is_there(long, operator, monkeypatch):
    real = long_regions.give_take

    def give_and_die(region, *args, **more):
        real(region, *args, **more)
        if region.prompt.key == HIT:
            kill()

    job = long_files.request_cut(long, by=operator)
    killed_at(job, lambda: monkeypatch.setattr(long_regions, "give_take", give_and_die))
    assert regions_with_takes(long) == ["p00"]
    assert Take.objects.count() == 1
    assert len(stored()) == 2, "its file is there, for `leftovers` to remove"
    assert run_again(job)["added"] == 3
    assert regions_with_takes(long) == ["p00", "p01", "p02", "p03"]
    assert Take.objects.filter(accepted=True).count() == Take.objects.count() == 4


def test_killed_after_both_are_decided_both_are_there(long, operator, monkeypatch):
    real = long_work.store_take

    def store_and_die(**given):
        stored = real(**given)
        return kill() if given["prompt"].key == HIT else stored

    job = long_files.request_cut(long, by=operator)
    killed_at(job, lambda: monkeypatch.setattr(long_work, "store_take", store_and_die))
    assert regions_with_takes(long) == ["p00", "p01"]
    assert Take.objects.filter(accepted=True).count() == Take.objects.count() == 2
    assert run_again(job)["added"] == 2
    assert_nothing_is_left_over(long)
