"""A manifest is read strictly: what is wrong is named, with its line, and the rest goes on."""

import json

import pytest

from annotation.recipes import RecipeError, manifest, read, tables
from annotation.recipes.rows import FIELDS, ManifestRow, RowError, parse_row

HEADER = "key,audio,speaker\n"


def read_csv(folder, text, encoding="utf-8"):
    (folder / "manifest.csv").write_bytes(text.encode(encoding))
    return read("manifest", folder)


def whole_error(folder, text, **how):
    with pytest.raises(RecipeError) as caught:
        read_csv(folder, text, **how)
    return caught.value.code, caught.value.detail


def test_three_columns_are_enough(tmp_path):
    reading = read_csv(tmp_path, HEADER + "a,x/a.wav,s1\nb,b.wav,s2\n")
    assert reading.rows == [
        ManifestRow("a", "x/a.wav", "s1", line=2),
        ManifestRow("b", "b.wav", "s2", line=3),
    ]
    assert (reading.errors, reading.root, reading.facts) == ([], tmp_path, None)


def test_every_column_is_read(tmp_path):
    values = {
        "key": "钥匙",
        "audio": "a.wav",
        "speaker": "甲",
        "sex": "female",
        "language": "zh-CN",
        "transcript": "你好, world\nagain",
        "native_emotion": "高兴",
        "native_intensity": "强",
        "intended_esc": "HAP",
        "intended_eis": 3,
        "label_only": False,
    }
    (tmp_path / "manifest.jsonl").write_text(json.dumps(values) + "\n", encoding="utf-8")
    from_json = read("manifest", tmp_path).rows[0]
    assert from_json == ManifestRow(**values, line=1)
    (tmp_path / "manifest.jsonl").unlink()
    cells = ['"' + str(values[name]) + '"' for name in FIELDS]
    from_csv = read_csv(tmp_path, ",".join(FIELDS) + "\n" + ",".join(cells) + "\n").rows[0]
    assert from_csv == ManifestRow(**values, line=3)


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path):
    reading = read_csv(tmp_path, "key,audio,speaker\r\na,a.wav,s\r\n", encoding="utf-8-sig")
    assert reading.rows[0].key == "a"


def test_a_manifest_file_may_be_named_itself(tmp_path):
    file = tmp_path / "second.csv"
    file.write_text(HEADER + "a,a.wav,s\n")
    assert len(read("manifest", file).rows) == 1


def test_an_unknown_column_is_named(tmp_path):
    code, detail = whole_error(tmp_path, "key,audio,speaker,emotoin\na,a.wav,s,HAP\n")
    assert code == "unknown_column" and "'emotoin'" in detail and "native_emotion" in detail


def test_all_unknown_columns_are_named_at_once(tmp_path):
    assert whole_error(tmp_path, "key,audio,speaker,gender,mood\n") == (
        "unknown_column",
        "Columns that are not known: 'gender', 'mood'. Rename them or take them out. "
        f"Known columns: {', '.join(FIELDS)}.",
    )


@pytest.mark.parametrize("separator", [";", "\t"])
def test_another_separator_than_a_comma_is_named(tmp_path, separator):
    code, detail = whole_error(tmp_path, separator.join(["key", "audio", "speaker"]) + "\n")
    assert code == "unknown_column" and repr(separator) in detail and "commas" in detail


def test_a_missing_column_is_named(tmp_path):
    assert whole_error(tmp_path, "key,audio\na,a.wav\n") == (
        "missing_column",
        "The manifest has no column 'speaker'.",
    )


def test_a_column_that_stands_twice_is_refused(tmp_path):
    assert whole_error(tmp_path, "key,audio,speaker,key\n")[0] == "repeated_column"


def test_another_encoding_is_refused_with_advice(tmp_path):
    code, detail = whole_error(tmp_path, HEADER + "钥匙,a.wav,s\n", encoding="gb18030")
    assert code == "bad_encoding" and "Save it as UTF-8" in detail


def test_a_manifest_without_rows_is_refused(tmp_path):
    assert whole_error(tmp_path, HEADER)[0] == "no_rows"


def test_broken_quoting_is_refused_with_its_line(tmp_path):
    code, detail = whole_error(tmp_path, HEADER + 'a,a.wav,s\n"b"x,b.wav,s\n')
    assert code == "bad_csv" and "Line 3" in detail


def test_a_folder_without_a_manifest_and_one_with_two_are_refused(tmp_path):
    with pytest.raises(RecipeError, match="neither"):
        read("manifest", tmp_path)
    (tmp_path / "manifest.csv").write_text(HEADER)
    (tmp_path / "manifest.jsonl").write_text("{}")
    with pytest.raises(RecipeError, match="both"):
        read("manifest", tmp_path)


def test_the_only_list_of_a_folder_is_its_manifest_whatever_its_name(tmp_path):
    (tmp_path / "clips.csv").write_text(HEADER + "a,a.wav,s\n")
    assert [row.key for row in read("manifest", tmp_path).rows] == ["a"]
    (tmp_path / "more.jsonl").write_text("{}")
    with pytest.raises(RecipeError, match="neither"):
        read("manifest", tmp_path)
    (tmp_path / "manifest.csv").write_text(HEADER + "b,b.wav,s\n")
    assert [row.key for row in read("manifest", tmp_path).rows] == ["b"]


@pytest.mark.parametrize("name", ["manifest.xlsx", "nowhere"])
def test_what_is_no_manifest_is_refused(tmp_path, name):
    (tmp_path / "manifest.xlsx").write_text("x")
    with pytest.raises(RecipeError):
        read("manifest", tmp_path / name)


def test_an_unknown_recipe_names_the_known_ones(tmp_path):
    with pytest.raises(RecipeError, match="manifest, ravdess"):
        read("crema", tmp_path)


def test_a_wrong_row_is_reported_with_its_line_and_the_rest_goes_on(tmp_path):
    reading = read_csv(tmp_path, HEADER + "a,a.wav,s\n,b.wav,s\nc,c.wav\nd,d.wav,s\n")
    assert [row.key for row in reading.rows] == ["a", "d"]
    assert [(e.line, e.code) for e in reading.errors] == [(3, "required"), (4, "wrong_cell_count")]


def test_a_key_that_stands_twice_names_the_line_of_the_first(tmp_path):
    reading = read_csv(tmp_path, HEADER + "a,a.wav,s\na,b.wav,s\n")
    assert len(reading.rows) == 1
    assert reading.errors[0].code == "key_repeated" and "line 2" in reading.errors[0].detail


def test_lines_that_are_no_json_objects_are_reported(tmp_path):
    good = '{"key": "a", "audio": "a.wav", "speaker": "s"}'
    (tmp_path / "manifest.jsonl").write_text(f'{{"key":\n[1]\n\n{good}\n')
    reading = read("manifest", tmp_path)
    assert [(e.line, e.code) for e in reading.errors] == [(1, "bad_json"), (2, "bad_json")]
    assert reading.rows[0].line == 4


GOOD = {"key": "a", "audio": "a.wav", "speaker": "s"}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"key": ""}, "required", "key"),
        ({"key": None}, "required", "key"),
        ({"speaker": " "}, "required", "speaker"),
        ({"audio": ""}, "required", "audio"),
        ({"key": 7}, "not_text", "key"),
        ({"key": "k" * 256}, "too_long", "key"),
        ({"key": "a\0b"}, "control_character", "key"),
        ({"key": "=HYPERLINK(1)"}, "formula", "key"),
        ({"speaker": "@s"}, "formula", "speaker"),
        ({"sex": "m"}, "unknown_sex", "sex"),
        ({"language": "english please"}, "bad_language", "language"),
        ({"intended_esc": "JOY"}, "unknown_esc", "intended_esc"),
        ({"intended_esc": "HAP", "intended_eis": 7}, "out_of_scale", "intended_eis"),
        ({"intended_esc": "HAP", "intended_eis": "two"}, "out_of_scale", "intended_eis"),
        ({"intended_esc": "HAP", "intended_eis": True}, "out_of_scale", "intended_eis"),
        ({"intended_esc": "NEU", "intended_eis": 2}, "neu_needs_zero", "intended_eis"),
        ({"intended_esc": "HAP", "intended_eis": 0}, "zero_needs_neu", "intended_eis"),
        ({"intended_eis": 2}, "eis_without_esc", "intended_eis"),
        ({"label_only": "perhaps"}, "not_a_flag", "label_only"),
        ({"label_only": True}, "audio_on_label_only", "audio"),
        ({"emotion": "x"}, "unknown_field", "emotion"),
    ],
)
def test_a_wrong_value_is_named_with_its_field(changes, code, field):
    error = parse_row({**GOOD, **changes}, 5)
    assert isinstance(error, RowError)
    assert (error.line, error.code, error.field) == (5, code, field)


def test_a_row_of_ratings_alone_needs_no_audio():
    row = parse_row({"key": "a", "speaker": "s", "label_only": "true"}, 1)
    assert isinstance(row, ManifestRow) and row.label_only and row.audio == ""


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_RECORD", 1000)
    assert whole_error(tmp_path, HEADER + "a," + "x" * 2000)[0] == "line_too_long"
    (tmp_path / "manifest.csv").unlink()
    (tmp_path / "manifest.jsonl").write_text('{"key": "' + "x" * 2000)
    with pytest.raises(RecipeError) as caught:
        read("manifest", tmp_path)
    assert caught.value.code == "line_too_long"


def test_a_record_over_endless_lines_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_RECORD", 1000)
    assert whole_error(tmp_path, HEADER + '"a\n' + '","a\n' * 500)[0] == "line_too_long"


def test_many_short_records_are_no_long_one(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_RECORD", 100)
    rows = "".join(f"k{i},a.wav,s\n" for i in range(200))
    assert len(read_csv(tmp_path, HEADER + rows).rows) == 200


def test_a_list_of_gigabytes_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 10)
    assert whole_error(tmp_path, HEADER + "a,b,c\n")[0] == "list_too_large"


def test_a_list_of_wrong_rows_only_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(manifest, "MAX_ERRORS", 10)
    assert whole_error(tmp_path, HEADER + ",,\nx\n" * 20)[0] == "too_many_errors"


@pytest.mark.parametrize("name", ["key", "speaker", "transcript", "native_emotion"])
def test_half_a_surrogate_pair_is_no_text(name):
    row = {"key": "a", "audio": "a.wav", "speaker": "s", name: "a\ud800"}
    found = parse_row(row, 1)
    assert isinstance(found, RowError) and (found.code, found.field) == ("control_character", name)


@pytest.mark.parametrize(
    "values",
    [
        {"key": ["x" * 10_000]},
        {"sex": "x" * 10_000},
        {"language": "x" * 10_000},
        {"label_only": "x" * 10_000},
        {"intended_esc": "x" * 10_000},
        {"intended_eis": "x" * 10_000},
        {"x" * 10_000: 1},
    ],
)
def test_a_long_value_is_shown_by_its_beginning(values):
    found = parse_row({"key": "a", "audio": "a.wav", "speaker": "s", **values}, 1)
    assert isinstance(found, RowError) and len(found.detail) < 500 and len(found.field) <= 200


def test_a_number_too_long_for_python_is_one_wrong_line(tmp_path):
    good = '{"key": "a", "audio": "a.wav", "speaker": "s"}'
    (tmp_path / "manifest.jsonl").write_text('{"key": ' + "9" * 5000 + "}\n" + good)
    reading = read("manifest", tmp_path)
    assert [error.code for error in reading.errors] == ["bad_json"] and len(reading.rows) == 1


def test_folders_in_folders_are_looked_into_however_deep(tmp_path):
    deep = tmp_path
    for _ in range(40):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "manifest.csv").write_text(HEADER + "a,a.wav,s\n")
    assert read("manifest", tmp_path).root == deep


def test_a_language_ends_with_its_tag():
    row = {"key": "a", "audio": "a.wav", "speaker": "s", "language": "en\n"}
    assert isinstance(parse_row(row, 1), RowError)
