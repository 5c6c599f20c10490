"""RAVDESS is read from its file names, packed or as it came."""

import collections

import pytest

from annotation.labelspaces.schemes import MAPPINGS
from annotation.recipes import RecipeError, read
from annotation.recipes.mapping import intended_label, native_label
from annotation.recipes.rows import ManifestRow
from tests.data import data_dir

MAPPING = {r["native_label"]: (r["esc"], r["eis"]) for r in MAPPINGS[0]["rows"]}


def original(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return read("ravdess", folder)


def test_the_packed_corpus_has_its_1440_rows():
    reading = read("ravdess", data_dir("ravdess"))
    assert (len(reading.rows), reading.errors) == (1440, [])
    emotions = collections.Counter(row.native_emotion for row in reading.rows)
    assert emotions["neutral"] == 96 and emotions["happy"] == 192 and len(emotions) == 8
    assert collections.Counter(r.native_intensity for r in reading.rows) == {
        "normal": 768,
        "strong": 672,
    }
    assert len({row.speaker for row in reading.rows}) == 24
    assert {row.sex for row in reading.rows} == {"female", "male"}
    assert reading.facts.native_is_intended and "NC" in reading.facts.licence


def test_the_original_folders_are_read_by_name(tmp_path):
    first = "Actor_01/03-01-01-01-01-01-01.wav"
    reading = original(tmp_path, "Actor_12/03-01-06-02-02-01-12.wav", first)
    assert reading.rows[1:] == [
        ManifestRow(
            key="03-01-06-02-02-01-12",
            audio="Actor_12/03-01-06-02-02-01-12.wav",
            speaker="ravdess-12",
            sex="female",
            language="en",
            transcript="Dogs are sitting by the door",
            native_emotion="fearful",
            native_intensity="strong",
        )
    ]


def test_a_folder_around_everything_is_looked_into(tmp_path):
    (tmp_path / "__MACOSX").mkdir()
    original(tmp_path / "archive", "Actor_01/03-01-01-01-01-01-01.wav")
    assert len(read("ravdess", tmp_path).rows) == 1


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Actor_01/03-02-01-01-01-01-01.wav", "not_speech_audio"),
        ("Actor_01/03-01-09-01-01-01-01.wav", "bad_name"),
        ("Actor_01/03-01-01-01-01-01-25.wav", "bad_name"),
        ("Actor_01/hello.wav", "bad_name"),
    ],
)
def test_a_file_that_is_not_of_the_corpus_is_one_error(tmp_path, name, code):
    reading = original(tmp_path, name, "Actor_02/03-01-01-01-01-01-02.wav")
    assert ([e.code for e in reading.errors], len(reading.rows)) == ([code], 1)


def test_a_folder_with_nothing_of_the_corpus_is_refused(tmp_path):
    with pytest.raises(RecipeError, match="No file below"):
        original(tmp_path, "notes.txt")


def test_every_native_label_has_its_place_in_our_scales():
    rows = read("ravdess", data_dir("ravdess")).rows
    labels = collections.Counter(intended_label(row, MAPPING) for row in rows)
    assert labels[("NEU", 0)] == 96
    assert labels[("HAP", 2)] == labels[("SUR", 3)] == 96
    assert ("", None) not in labels


def test_a_label_of_the_row_itself_goes_before_the_mapping():
    row = ManifestRow("a", "a", "s", native_emotion="happy", intended_esc="SAD", intended_eis=1)
    assert intended_label(row, {"happy": ("HAP", 2)}) == ("SAD", 1)


def test_an_intensity_that_is_not_mapped_leaves_the_emotion():
    row = ManifestRow("a", "a", "s", native_emotion="happy", native_intensity="odd")
    assert native_label(row) == "happy/odd"
    assert intended_label(row, {"happy": ("HAP", None)}) == ("HAP", None)
    assert intended_label(row, {}) == ("", None)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "bad_encoding"),
        (b"a,b\n1,2\n", "missing_column"),
        (b"", "missing_column"),
        (b'file\n"a"b\n', "bad_csv"),
        (b"file\n", "no_rows"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_in_words(tmp_path, content, code):
    (tmp_path / "metadata.csv").write_bytes(content)
    with pytest.raises(RecipeError) as caught:
        read("ravdess", tmp_path)
    assert caught.value.code == code


def test_a_short_row_of_the_list_is_one_error(tmp_path):
    (tmp_path / "metadata.csv").write_text("x,file\n1\n1,a/03-01-01-01-01-01-01.flac\n")
    reading = read("ravdess", tmp_path)
    assert ([e.code for e in reading.errors], len(reading.rows)) == (["bad_name"], 1)
