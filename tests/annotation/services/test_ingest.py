"""An import takes what is sound, says what is not, and adds nothing when it runs again."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotation.models import Clip, ClipAlias, Corpus, Speaker
from annotation.recipes import read
from annotation.services import imports, ingest
from annotation.services.decoding import decoders
from speecheq.jobs import JobHandle, LeaseLost, run_job
from speecheq.models import AuditEvent, Job
from speecheq.outbox import drain
from tests.annotation.audio.sounds import speechlike, tone, wav_header, write
from tests.data import ROOT, data_dir
from tests.factories import ClipFactory, CorpusFactory, SpeakerFactory
from tests.support import migrated
from tests.support.processes import wait_until
from tests.support.servers import platform_env

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def _few_children(settings):
    settings.SPEECHEQ_DECODERS = 2


def corpus_folder(folder: Path, rows: list[dict], **sounds: np.ndarray) -> Path:
    """A folder with a manifest and one WAV for each sound, named as it is."""
    folder.mkdir(exist_ok=True)
    for name, samples in sounds.items():
        write(folder / f"{name}.wav", samples)
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def row(key: str, audio: str | None = None, speaker: str = "s1", **more) -> dict:
    return {"key": key, "audio": audio or f"{key}.wav", "speaker": speaker, **more}


def take_in(corpus: Corpus, folder: Path, **how) -> dict:
    return imports.ingest(corpus, read("manifest", folder), **how).as_result()


def counts(result: dict) -> tuple[int, int, int, int]:
    return (
        result["imported"],
        result["duplicates"],
        result["already"],
        len(result["refused"]),
    )


def stored_files() -> set[str]:
    found = set()
    root = Path(default_storage.location)
    for folder, _, names in os.walk(root):
        found |= {str(Path(folder, name).relative_to(root)) for name in names}
    return found


def files_of_clips() -> set[str]:
    fields = ("original", "audio16k", "peaks", "spectrogram")
    names = Clip.objects.filter(label_only=False).values_list(*fields)
    return {name for clip in names for name in clip}


def test_a_clip_keeps_its_facts_its_original_and_its_derivatives(tmp_path):
    corpus = CorpusFactory(language="zh")
    sound = np.stack([tone(1.5, rate=48_000)] * 2, axis=1)
    soundfile.write(tmp_path / "a.wav", sound, 48_000)
    more = {"sex": "female", "transcript": "你好", "native_emotion": "joy"}
    more |= {"intended_esc": "HAP", "intended_eis": 2}
    assert counts(take_in(corpus, corpus_folder(tmp_path, [row("a", **more)]))) == (1, 0, 0, 0)
    clip = Clip.objects.get()
    assert (clip.duration_ms, clip.sample_rate_hz, clip.channels) == (1500, 48_000, 2)
    assert clip.level_dbfs == pytest.approx(-9.03, abs=0.01)
    assert (clip.speaker.code, clip.speaker.sex, clip.language) == ("s1", "female", "zh")
    assert (clip.transcript, clip.native_emotion) == ("你好", "joy")
    assert (clip.intended_esc, clip.intended_eis) == ("HAP", 2)
    assert clip.original.read() == (tmp_path / "a.wav").read_bytes()
    assert (clip.media_type, clip.original_name) == ("audio/wav", "a.wav")
    samples, rate = soundfile.read(io.BytesIO(clip.audio16k.read()))
    assert (len(samples), rate) == (24_000, 16_000)
    assert json.loads(clip.peaks.read())["duration_ms"] == 1500
    assert clip.spectrogram.read().startswith(b"\x89PNG")


def test_the_same_sound_under_two_keys_is_one_clip_and_an_alias_with_its_own_speaker(tmp_path):
    corpus, sound = CorpusFactory(), speechlike()
    rows = [row("a"), row("b", "b.flac", "s2", native_emotion="sad")]
    folder = corpus_folder(tmp_path, rows, a=sound)
    write(folder / "b.flac", sound)
    result = take_in(corpus, folder)
    assert counts(result) == (1, 1, 0, 0)
    assert result["duplicate_rows"] == [{"line": 2, "key": "b", "same_as": "a"}]
    alias = ClipAlias.objects.get()
    assert (alias.clip.key, alias.key, alias.speaker.code) == ("a", "b", "s2")
    assert (alias.native_emotion, alias.original_name) == ("sad", "b.flac")


def test_the_same_sound_in_another_corpus_is_a_clip_of_its_own(tmp_path):
    folder = corpus_folder(tmp_path, [row("a")], a=speechlike())
    first, second = take_in(CorpusFactory(), folder), take_in(CorpusFactory(), folder)
    assert counts(first) == counts(second) == (1, 0, 0, 0)
    assert Clip.objects.values("sha256").distinct().count() == 1


def test_running_again_adds_nothing(tmp_path):
    corpus, sound = CorpusFactory(), speechlike()
    folder = corpus_folder(tmp_path, [row("a"), row("b")], a=sound, b=sound)
    take_in(corpus, folder)
    before, files = list(Clip.objects.values()), stored_files()
    assert counts(take_in(corpus, folder)) == (0, 0, 2, 0)
    assert list(Clip.objects.values()) == before
    assert (ClipAlias.objects.count(), stored_files()) == (1, files)


def test_each_broken_file_is_one_reported_row_and_the_rest_goes_on(tmp_path):
    bad = {
        "empty": b"",
        "truncated": wav_header(9000) + b"\1\2" * 1000,
        "not_audio": b"not sound at all, only words",
        "silent": wav_header(32_000) + bytes(32_000),
        "not_finite": wav_header(6400, bits=32, tag=3) + np.full(1600, np.nan, "<f4").tobytes(),
    }
    for code, content in bad.items():
        (tmp_path / f"{code}.wav").write_bytes(content)
    rows = [row(code) for code in bad] + [row("missing"), row("good")]
    folder = corpus_folder(tmp_path, rows, good=speechlike())
    result = take_in(CorpusFactory(), folder)
    found = {each["key"]: each["code"] for each in result["refused"]}
    assert found == {code: code for code in bad} | {"missing": "audio_not_found"}
    assert {each["line"] for each in result["refused"]} == set(range(1, 7))
    assert {each["field"] for each in result["refused"]} == {"audio"}
    assert [clip.key for clip in Clip.objects.all()] == ["good"]
    assert len(stored_files()) == 4


def test_nothing_is_stored_for_a_speaker_whose_rows_are_all_refused(tmp_path):
    take_in(CorpusFactory(), corpus_folder(tmp_path, [row("missing", speaker="nobody")]))
    assert not Speaker.objects.exists()


@pytest.mark.parametrize("audio", ["../secret.wav", "/etc/passwd", "link.wav", "folder"])
def test_a_path_that_leads_outside_or_to_no_file_is_refused(tmp_path, audio):
    write(tmp_path / "secret.wav", speechlike())
    folder = corpus_folder(tmp_path / "corpus", [row("a", audio)])
    (folder / "link.wav").symlink_to(tmp_path / "secret.wav")
    (folder / "folder").mkdir()
    result = take_in(CorpusFactory(), folder)
    outside = audio != "folder"
    assert result["refused"][0]["code"] == ("unsafe_name" if outside else "audio_not_found")
    assert not Clip.objects.exists()


def test_a_known_key_with_another_sound_is_a_conflict_and_changes_nothing(tmp_path):
    corpus = CorpusFactory()
    take_in(corpus, corpus_folder(tmp_path, [row("a")], a=speechlike(seed=1)))
    before = list(Clip.objects.values())
    result = take_in(corpus, corpus_folder(tmp_path, [row("a")], a=speechlike(seed=2)))
    assert result["refused"][0]["code"] == "key_conflict"
    assert list(Clip.objects.values()) == before
    assert stored_files() == files_of_clips()


def test_a_known_key_by_another_speaker_is_a_conflict_and_changes_nothing(tmp_path):
    corpus, sound = CorpusFactory(), speechlike()
    rows = [row("a"), row("b", "a.wav", "s2")]
    folder = corpus_folder(tmp_path, rows, a=sound)
    take_in(corpus, folder)
    again = take_in(corpus, corpus_folder(tmp_path, [row("a", speaker="s2"), rows[1]]))
    assert counts(again) == (0, 0, 1, 1)
    refused = again["refused"][0]
    assert (refused["code"], refused["field"]) == ("key_conflict", "speaker")
    assert Clip.objects.get().speaker.code == "s1"


def test_a_row_that_contradicts_its_speakers_sex_is_refused(tmp_path):
    corpus = CorpusFactory()
    SpeakerFactory(corpus=corpus, code="s1", sex="male")
    rows = [row("a", sex="female"), row("b")]
    folder = corpus_folder(tmp_path, rows, a=speechlike(seed=1), b=speechlike(seed=2))
    result = take_in(corpus, folder)
    assert [(e["key"], e["code"]) for e in result["refused"]] == [("a", "speaker_conflict")]
    assert result["imported"] == 1


def test_a_speaker_whose_sex_nobody_gave_learns_it_from_a_row(tmp_path):
    corpus = CorpusFactory()
    SpeakerFactory(corpus=corpus, code="s1", sex="")
    take_in(corpus, corpus_folder(tmp_path, [row("a", sex="female")], a=speechlike()))
    assert Speaker.objects.get().sex == "female"


def test_the_speaker_called_unknown_is_marked_as_such(tmp_path):
    folder = corpus_folder(tmp_path, [row("a", speaker="unknown")], a=speechlike())
    take_in(CorpusFactory(), folder)
    assert Speaker.objects.get().is_unknown


def test_rows_of_ratings_alone_become_clips_without_audio(tmp_path):
    rows = [{"key": key, "speaker": "s1", "label_only": True} for key in "abc"]
    assert counts(take_in(CorpusFactory(), corpus_folder(tmp_path, rows))) == (3, 0, 0, 0)
    assert set(Clip.objects.values_list("label_only", "sha256")) == {(True, "")}
    assert not Clip.objects.with_audio().exists()


def test_a_dry_run_reports_the_same_and_writes_nothing(tmp_path):
    sound = speechlike()
    rows = [row("a"), row("b"), row("missing"), row("c", sex="female"), row("d", sex="male")]
    sounds = {"a": sound, "b": sound, "c": speechlike(seed=3), "d": speechlike(seed=4)}
    folder, corpus = corpus_folder(tmp_path, rows, **sounds), CorpusFactory()
    dry = take_in(corpus, folder, dry_run=True)
    assert not (Clip.objects.exists() or Speaker.objects.exists() or stored_files())
    assert dry == take_in(corpus, folder)
    assert counts(dry) == (2, 1, 0, 2)


def test_progress_counts_every_row_and_ends_at_the_total(tmp_path, monkeypatch):
    monkeypatch.setattr(ingest, "BATCH", 2)
    sounds = {f"k{n}": speechlike(0.2, seed=n) for n in range(5)}
    rows = [*(row(key) for key in sounds), {"key": ""}]
    told = []
    folder = corpus_folder(tmp_path, rows, **sounds)
    take_in(CorpusFactory(), folder, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 6), (3, 6), (5, 6), (6, 6)]


def test_an_import_stopped_between_batches_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(ingest, "BATCH", 2)
    sounds = {f"k{n}": speechlike(0.2, seed=n) for n in range(9)}
    folder, corpus = corpus_folder(tmp_path, [row(k) for k in sounds], **sounds), CorpusFactory()

    def stop(done, total):
        if done >= 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        take_in(corpus, folder, progress=stop)
    kept = Clip.objects.count()
    assert kept == 4
    assert counts(take_in(corpus, folder)) == (9 - kept, 0, kept, 0)
    assert stored_files() == files_of_clips()


def test_a_job_that_goes_on_reports_what_its_first_attempt_made(tmp_path, monkeypatch):
    monkeypatch.setattr(ingest, "BATCH", 2)
    sounds = {f"k{n}": speechlike(0.2, seed=n) for n in range(5)}
    rows = [row("k0"), row("copy", "k0.wav", "s2"), *(row(k) for k in list(sounds)[1:])]
    folder, corpus = corpus_folder(tmp_path, rows, **sounds), CorpusFactory()
    take_in(corpus, corpus_folder(tmp_path / "old", [row("k4")], k4=sounds["k4"]))
    params = {"corpus": corpus.slug, "recipe": "manifest", "path": str(folder)}
    job = Job.objects.create(kind=imports.IMPORT, params=params)

    def die(handle, *, done=None, **_):
        if handle.attempts == 1 and done == 4:
            Job.objects.filter(pk=job.pk).update(lease_expires_at=job.created_at)
            raise LeaseLost

    monkeypatch.setattr(JobHandle, "progress", die)
    run_job(job.pk)
    assert Clip.objects.count() + ClipAlias.objects.count() == 1 + 4
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("succeeded", 2)
    assert counts(job.result) == (4, 1, 1, 0)
    assert job.result["duplicate_rows"] == [{"line": 2, "key": "copy", "same_as": "k0"}]


def test_a_half_written_file_of_a_killed_import_is_replaced(tmp_path):
    corpus, folder = CorpusFactory(), corpus_folder(tmp_path, [row("a")], a=speechlike())
    take_in(corpus, folder)
    clip = Clip.objects.get()
    whole, names = clip.audio16k.read(), stored_files()
    Path(clip.audio16k.path).write_bytes(whole[:100])
    Clip.objects.all().delete()
    take_in(corpus, folder)
    assert Clip.objects.get().audio16k.read() == whole
    assert stored_files() == names


def test_a_clip_that_another_import_writes_meanwhile_is_found_there(tmp_path, monkeypatch):
    corpus, folder = CorpusFactory(), corpus_folder(tmp_path, [row("a")], a=speechlike())
    reading = read("manifest", folder)
    with decoders(children=1) as children:
        first = ingest.Ingest(corpus, reading, children)
        original = first._clip

        def late(*args):
            if not Clip.objects.exists():
                ingest.Ingest(corpus, reading, children).run()
            return original(*args)

        monkeypatch.setattr(first, "_clip", late)
        assert counts(first.run().as_result()) == (0, 0, 1, 0)
    assert (Clip.objects.count(), Speaker.objects.count()) == (1, 1)


def test_a_clip_that_another_import_writes_meanwhile_is_no_duplicate_of_itself(
    tmp_path, monkeypatch
):
    corpus = CorpusFactory()
    folder = corpus_folder(tmp_path / "c", [row("a")], a=speechlike(seed=1))
    look = ingest.Ingest._made_since

    def look_after_the_other(self, rows):
        monkeypatch.setattr(ingest.Ingest, "_made_since", look)
        take_in(corpus, folder)
        return look(self, rows)

    monkeypatch.setattr(ingest.Ingest, "_made_since", look_after_the_other)
    assert counts(take_in(corpus, folder)) == (0, 0, 1, 0)
    assert not ClipAlias.objects.exists()


def test_a_very_long_list_of_refusals_is_cut_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(ingest, "MAX_LISTED", 3)
    result = take_in(CorpusFactory(), corpus_folder(tmp_path, [row(f"k{n}") for n in range(5)]))
    assert (len(result["refused"]), result["refused_total"]) == (3, 5)


# --- RAVDESS and the command --------------------------------------------------------------------


def command(*arguments: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_corpus", *arguments, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def test_ravdess_gives_1439_clips_and_one_duplicate_and_again_nothing():
    folder = str(data_dir("ravdess"))
    said = command("ravdess", folder, "--corpus", "ravdess")
    assert "1439 imported, 1 duplicates, 0 already there, 0 refused" in said
    assert "duplicate 03-01-03-01-02-02-07 is 03-01-03-01-02-01-07" in said
    corpus = Corpus.objects.get(slug="ravdess")
    assert (corpus.clips.count(), corpus.aliases.count(), corpus.speakers.count()) == (1439, 1, 24)
    assert corpus.clips.filter(intended_esc="HAP", intended_eis=3).count() == 96
    assert corpus.clips.filter(intended_esc="NEU", intended_eis=0).count() == 96
    assert stored_files() == files_of_clips()
    job = Job.objects.get()
    assert (job.state, job.result["imported"], job.done, job.total) == (
        "succeeded",
        1439,
        1440,
        1440,
    )
    again = command("ravdess", folder, "--corpus", "ravdess")
    assert "0 imported, 0 duplicates, 1440 already there, 0 refused" in again


def test_a_dry_run_of_the_command_makes_not_even_the_corpus(tmp_path):
    folder = corpus_folder(tmp_path, [row("a"), row("b")], a=speechlike())
    arguments = ["manifest", str(folder), "--corpus", "new", "--name", "New", "--language", "en"]
    said = command(*arguments, "--licence", "CC0", "--dry-run")
    assert "Would be: 1 imported" in said and "There is no file 'b.wav'" in said
    assert not (Corpus.objects.exists() or Job.objects.exists() or stored_files())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["manifest", "{folder}", "--corpus", "new"], "give --name, --language and --licence"),
        (["manifest", "{folder}/nowhere", "--corpus", "new"], "There is nothing at 'nowhere'"),
        (["ravdess", "{folder}", "--corpus", "Bad Slug"], "No file below|is no slug"),
        (["crema", "{folder}", "--corpus", "x"], "invalid choice"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, arguments, words):
    folder = corpus_folder(tmp_path, [row("a")])
    with pytest.raises(CommandError, match=words):
        command(*(each.format(folder=folder) for each in arguments))
    assert not Corpus.objects.exists()


def test_the_command_takes_over_from_one_that_was_killed(tmp_path, monkeypatch):
    corpus = CorpusFactory(slug="c")
    folder = corpus_folder(tmp_path / "c", [row("a")], a=speechlike(seed=1))
    key = f"import:{corpus.slug}:manifest:{folder}"
    params = {"corpus": corpus.slug, "recipe": "manifest", "path": str(folder)}
    job = Job.objects.create(kind=imports.IMPORT, params=params, dedupe_key=key)
    Job.objects.claim(job.pk, lease_s=60)

    def lease_runs_out(_):
        past = timezone.now() - timedelta(seconds=1)
        assert Job.objects.filter(pk=job.pk, lease_expires_at__gt=past).update(
            lease_expires_at=past
        ), "it only waits"

    monkeypatch.setattr("annotation.management.commands.import_corpus.time.sleep", lease_runs_out)
    assert "1 imported" in command("manifest", str(folder), "--corpus", "c")


def test_a_manifest_that_is_wrong_as_a_whole_fails_the_job_with_its_code(tmp_path):
    folder = corpus_folder(tmp_path, [row("a")], a=speechlike())
    corpus = CorpusFactory()
    params = {"corpus": corpus.slug, "recipe": "manifest", "path": str(folder)}
    job = Job.objects.create(kind=imports.IMPORT, params=params)
    (folder / "manifest.jsonl").rename(folder / "manifest.csv")
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error["code"]) == ("failed", "unknown_column")


# An import that is held up for good at its 300th clip, and cannot end before it is killed.
HELD = """
import os, sys, threading
sys.path.insert(0, "platform")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "speecheq.settings")
import django, manage
django.setup()
from annotation.services import ingest
add_sound, added = ingest._add_sound, []
def add_until_held(*given):
    if len(added) == 300:
        threading.Event().wait()
    added.append(1)
    return add_sound(*given)
ingest._add_sound = add_until_held
manage.main()
"""


@pytest.mark.processes
def test_an_import_killed_in_the_middle_is_complete_after_running_again(tmp_path):
    """A real process is killed; the row count and the files are right afterwards."""
    home = tmp_path / "home"
    sounds = {f"k{n:03d}": speechlike(1.0, seed=n) for n in range(400)}
    folder = corpus_folder(tmp_path / "corpus", [row(key) for key in sounds], **sounds)
    environment = platform_env(home, SPEECHEQ_JOB_LEASE_S="1", SPEECHEQ_MEDIA=str(home / "media"))
    home.mkdir()
    migrated.copy_file(home / "db.sqlite3")
    what = ["import_corpus", "manifest", str(folder), "--corpus", "killed"]
    what += ["--name", "Killed", "--language", "en", "--licence", "CC0"]
    process = subprocess.Popen([sys.executable, "-c", HELD, *what], env=environment, cwd=ROOT)
    stored = home / "media" / "clip-original"
    wait_until(
        lambda: process.poll() is not None or len(list(stored.glob("*/*"))) >= 130,
        "a good part of it is stored",
    )
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    with closing(sqlite3.connect(home / "db.sqlite3")) as database:
        [(kept,)] = database.execute("SELECT count(*) FROM annotation_clip")
    assert 0 < kept < 400
    # It waits until the lease of the job that died has run out.
    import_it = [sys.executable, str(ROOT / "manage.py"), *what]
    again = subprocess.run(import_it, env=environment, check=True, capture_output=True, text=True)
    imported, already = (
        int(again.stdout.split(word)[0].split()[-1]) for word in (" imported", " already")
    )
    assert (imported, already) == (400, 0)  # the same job went on: all of it is its own
    kinds = ("clip-original", "clip-audio", "clip-peaks", "clip-spectrogram")
    for kind in kinds:
        assert len(list((home / "media" / kind).glob("*/*"))) == 400


def test_an_import_leaves_its_trace_in_the_audit_log(tmp_path):
    folder = corpus_folder(tmp_path, [row("a")], a=speechlike())
    command("manifest", str(folder), "--corpus", CorpusFactory(slug="traced").slug)
    drain()
    event = AuditEvent.objects.get(action="corpus.imported")
    assert (event.subject, event.data["imported"]) == ("traced", 1)


def test_clips_made_by_hand_do_not_get_in_the_way(tmp_path):
    clip = ClipFactory()
    folder = corpus_folder(tmp_path, [row("fresh")], fresh=speechlike())
    assert counts(take_in(clip.corpus, folder)) == (1, 0, 0, 0)
