"""Every format, read back by the library people will read it with."""

import csv
import hashlib
import io
import json
import os
import subprocess
import tracemalloc
from xml.etree import ElementTree as ET

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from annotation.exports import FORMATS, ExportContext
from annotation.exports.rows import FIELDS, canonical_row, row_bytes
from annotation.labelstudio.config import labelling_config
from tests.annotation.exports.rows import CATEGORIES, LABEL_LEVELS, row, sparse_row
from tests.data import ROOT

ROWS = [row(0), sparse_row(1), row(2, eis=None, eis_score=None), sparse_row(3, audio_sha256=None)]


def flac(seconds=0.1):
    file = io.BytesIO()
    samples = np.sin(np.arange(int(16_000 * seconds)) / 9)
    soundfile.write(file, samples, 16_000, format="FLAC")
    file.seek(0)
    return file


def context(**changed):
    base = {
        "manifest": {},
        "categories": CATEGORIES,
        "levels": LABEL_LEVELS,
        "audio_url": lambda row: f"/clips/{row['key']}/audio/",
    }
    return ExportContext(**(base | changed))


def export(name, rows=None, **changed):
    destination = io.BytesIO()
    FORMATS[name].write(iter(ROWS if rows is None else rows), destination, context(**changed))
    assert not destination.closed
    return destination.getvalue()


def test_the_formats_of_this_version_are_on_offer():
    assert set(FORMATS) == {"jsonl", "csv", "parquet", "labelstudio"}
    assert len({each.suffix for each in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_rows_give_the_same_bytes(name):
    shuffled_inside = [dict(reversed(list(each.items()))) for each in ROWS]
    assert export(name) == export(name, rows=shuffled_inside)


@pytest.mark.parametrize("name", FORMATS)
def test_no_rows_make_a_file_that_can_be_read(name):
    assert isinstance(export(name, rows=[]), bytes)


class Nowhere(io.RawIOBase):
    """A destination that only counts."""

    written = 0

    def writable(self):
        return True

    def write(self, data):
        self.written += len(data)
        return len(data)

    def tell(self):
        return self.written


def peak_memory(name, n_rows):
    tracemalloc.start()
    FORMATS[name].write((row(n) for n in range(n_rows)), Nowhere(), context())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("name", FORMATS)
def test_memory_does_not_grow_with_the_rows(name, monkeypatch):
    monkeypatch.setattr("annotation.exports.parquet.ROWS_PER_GROUP", 200)
    monkeypatch.setattr("annotation.exports.csv.ROWS_AT_ONCE", 200)
    peak_memory(name, 10)  # imports and caches are paid for here
    assert peak_memory(name, 4000) < 1.5 * peak_memory(name, 1000)


def test_jsonl_holds_the_canonical_lines():
    lines = export("jsonl").splitlines(keepends=True)
    assert lines == [row_bytes(each) for each in ROWS]


def test_csv_gives_every_value_back_true():
    records = list(csv.DictReader(io.StringIO(export("csv").decode(), newline="")))
    assert list(records[0]) == list(FIELDS)
    assert len(records) == len(ROWS)
    assert records[0]["transcript"] == row()["transcript"]
    assert json.loads(records[0]["votes"]) == {"HAP": 2, "NEU": 1}
    assert records[0]["eis_score"] == "1.666667"
    assert (records[1]["eis"], records[1]["speaker"]) == ("", "")


def test_csv_ends_its_lines_as_the_standard_says():
    assert export("csv", rows=[row(transcript="a")]).count(b"\r\n") == 2


def test_parquet_is_read_by_pyarrow_with_types():
    table = pq.read_table(io.BytesIO(export("parquet")))
    assert table.column_names == list(FIELDS)
    first, second, *_ = table.to_pylist()
    assert first["votes"] == [{"esc": "HAP", "n": 2}, {"esc": "NEU", "n": 1}]
    assert first["eis_score"] == pytest.approx(5 / 3, abs=1e-6)
    assert json.loads(first["native"]) == row()["native"]
    assert first["intended"] == {"esc": "HAP", "eis": None}
    assert (second["eis"], second["intended"], second["votes"]) == (None, None, [])


def test_parquet_is_read_by_datasets_with_audio_that_decodes(tmp_path):
    path = tmp_path / "release.parquet"
    path.write_bytes(export("parquet", open_audio=lambda row: row["audio_sha256"] and flac()))
    loaded = datasets.Dataset.from_parquet(str(path), cache_dir=str(tmp_path / "cache"))
    assert isinstance(loaded.features["audio"], datasets.Audio)
    assert loaded.features["audio"].sampling_rate == 16_000
    raw = loaded.cast_column("audio", datasets.Audio(decode=False))
    samples, rate = soundfile.read(io.BytesIO(raw[0]["audio"]["bytes"]))
    assert (len(samples), rate) == (1600, 16_000)
    assert raw[3]["audio"] is None
    assert raw[0]["transcript"] == row()["transcript"]


def test_parquet_without_audio_is_read_by_datasets_too(tmp_path):
    path = tmp_path / "release.parquet"
    path.write_bytes(export("parquet"))
    loaded = datasets.Dataset.from_parquet(str(path), cache_dir=str(tmp_path / "cache"))
    assert loaded[0]["soft_esc"][0] == {"esc": "HAP", "share": pytest.approx(0.666667)}


def test_label_studio_tasks_carry_the_row_and_leave_silent_clips_out():
    tasks = json.loads(export("labelstudio"))
    assert [each["data"]["key"] for each in tasks] == ["clip-0000", "clip-0001", "clip-0002"]
    assert tasks[0]["data"]["audio"] == "/clips/clip-0000/audio/"
    assert {k: tasks[0]["data"][k] for k in FIELDS} == canonical_row(ROWS[0])


def test_label_studio_shows_only_human_judgements_as_annotations():
    heard, intended, _ = json.loads(export("labelstudio"))
    assert (len(heard["annotations"]), heard["predictions"]) == (1, [])
    assert intended["annotations"] == []
    assert intended["predictions"][0]["model_version"] == "intended"


@pytest.fixture(scope="session")
def label_studio_python():
    folder = ROOT / os.environ.get("LABEL_STUDIO_VENV", ".venv-label-studio")
    python = folder / "bin" / "python"
    assert python.exists(), (
        "The second environment is absent: python3 -m venv .venv-label-studio && "
        ".venv-label-studio/bin/pip install -c constraints-label-studio.txt label-studio-sdk"
    )
    return python


def checked(python, tmp_path, tasks):
    """What Label Studio's own SDK prints about `tasks`, and its exit status."""
    (tmp_path / "config.xml").write_text(
        labelling_config(CATEGORIES, LABEL_LEVELS, language="zh"), encoding="utf-8"
    )
    (tmp_path / "tasks.json").write_bytes(tasks)
    command = [python, "-m", "annotation.labelstudio.client", "config.xml", "tasks.json"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900
    )
    return done.stdout + done.stderr, done.returncode


def test_the_label_studio_sdk_accepts_our_tasks(label_studio_python, tmp_path):
    said, status = checked(label_studio_python, tmp_path, export("labelstudio"))
    assert "3 tasks, 0 problems" in said
    assert status == 0


def test_the_label_studio_sdk_refuses_a_label_that_is_not_on_offer(label_studio_python, tmp_path):
    wrong = export("labelstudio", rows=[row(esc="JOY")])
    said, status = checked(label_studio_python, tmp_path, wrong)
    assert "task 0: the annotation is not valid" in said
    assert status == 1


def test_the_config_offers_every_label_and_control_answer_by_code():
    view = ET.fromstring(labelling_config(CATEGORIES, LABEL_LEVELS, language="en"))
    esc, eis = view.findall("Choices")
    assert [each.get("alias") for each in esc][-2:] == ["OTH", "UNK"]
    assert [each.get("value") for each in eis] == ["None", "Slight", "Moderate", "Strong"]


def test_the_jsonl_file_hashes_to_the_hash_of_its_rows():
    joined = b"".join(row_bytes(each) for each in ROWS)
    assert hashlib.sha256(export("jsonl")).digest() == hashlib.sha256(joined).digest()
