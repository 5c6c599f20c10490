"""`release` and `export` from the shell."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Release, ReleaseClip, SplitLedger
from speecheq.models import Job
from tests.annotation.releasing import corpus_of, release_of, rows_of

pytestmark = pytest.mark.django_db


def run(capsys, *words, **options):
    call_command(*words, **options)
    return capsys.readouterr().out


def release(capsys, *more):
    wanted = ("--corpus", "demo", "--label-space", "core-7")
    return run(capsys, "release", "demo", "1.0.0", *wanted, *more)


def test_a_release_is_made_and_its_hash_printed(capsys):
    corpus_of(6)
    said = release(capsys)
    made = Release.objects.get()
    assert "demo 1.0.0 is frozen:" in said
    assert made.sha256 in said


def test_the_same_command_again_adds_nothing(capsys):
    corpus_of(6)
    assert release(capsys) == release(capsys)
    assert Release.objects.count() == 1


def test_the_same_version_made_in_another_way_is_an_error(capsys):
    corpus_of(6)
    release(capsys)
    with pytest.raises(CommandError, match="another way"):
        release(capsys, "--seed", "9")


def test_a_dry_run_says_the_splits_and_writes_nothing(capsys):
    corpus_of(6)
    said = release(capsys, "--dry-run")
    assert "would be:" in said
    for model in (Release, ReleaseClip, SplitLedger, Job):
        assert not model.objects.exists()


def test_a_dry_run_gives_the_splits_of_the_real_one(capsys):
    corpus_of(7)
    would = release(capsys, "--dry-run").partition(": ")[2]
    did = release(capsys).splitlines()[0].partition(": ")[2]
    assert would.strip() == did.strip()


def test_folds_are_read_from_a_file(capsys, tmp_path):
    corpus = corpus_of(6)
    folds = tmp_path / "folds.json"
    folds.write_text(json.dumps({"speaker": {"s00": "test", "s01": "dev"}}))
    release(capsys, "--assign", str(folds))
    speaker = corpus.speakers.get(code="s00").public_id
    assert {r["split"] for r in rows_of(Release.objects.get()) if r["speaker"] == speaker} == {
        "test"
    }


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--label-space", "core-9"], "No label space 'core-9'"),
        (["--train", "1.5"], "outside 0 to 1"),
        (["--assign", "/nowhere.json"], "cannot be read"),
        (["--disjoint", "text"], "cannot be parted"),
    ],
)
def test_what_is_wrong_is_one_sentence(capsys, more, words):
    corpus_of(5)
    with pytest.raises(CommandError, match=words):
        release(capsys, *more)


def test_an_export_is_written_with_its_hash(capsys, tmp_path):
    made = release_of(corpus_of(5))
    path = tmp_path / "demo.jsonl"
    said = run(capsys, "export", "demo@1.0.0", "jsonl", output=path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made.sha256
    assert made.sha256 in said
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_by_id_again_gives_the_same_bytes(capsys, tmp_path):
    made = release_of(corpus_of(5))
    paths = [tmp_path / name for name in ("a.csv", "b.csv")]
    for path in paths:
        run(capsys, "export", made.public_id, "csv", output=path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_dry_run_of_an_export_writes_no_file(capsys, tmp_path):
    release_of(corpus_of(5))
    said = run(capsys, "export", "demo@1.0.0", "csv", "--dry-run", output=tmp_path / "x.csv")
    assert "would hold 20 clips" in said
    assert not list(tmp_path.iterdir())


def test_an_unknown_release_names_the_known_ones(capsys):
    release_of(corpus_of(5))
    with pytest.raises(CommandError, match=r"Known: demo@1\.0\.0"):
        run(capsys, "export", "other@1.0.0", "csv")
