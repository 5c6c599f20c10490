"""Scores are the same in any company, and a bad clip stops no other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.speech import buzz, clip, corpus, tiny_config
from training.config import HeadsConfig
from training.engine.checkpoint import load_model, save_model
from training.engine.evaluate import combined, measure
from training.engine.network import Network
from training.engine.rows import BadData, ClipRow
from training.engine.score import ClipScore, score

CODES = ("NEU", "HAP", "SAD")


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    """A model that was never trained: what it says is arbitrary, but it says it."""
    torch.manual_seed(0)
    heads = {"esc": list(CODES)}
    config = tiny_config(heads=heads, scoring={"speeds": [0.94, 1.0], "batch_frames": 300})
    folder = tmp_path_factory.mktemp("model")
    network = Network(config, ("en:G", "en:OW"))
    save_model(
        folder, network.state_dict(), config=config, phonemes=("en:G", "en:OW"),
        release_sha256="cd" * 32, epoch=4, metrics={"dev_esc_ua": 0.5},
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("audio"), n_train=0, n_dev=0, n_test=9)


def scored(folder: Path, rows, tmp_path: Path, **more) -> dict[str, ClipScore]:
    return {s.key: s for s in score(load_model(folder), rows, cache_dir=tmp_path, **more)}


def test_a_score_holds_consistent_posteriors(saved, rows, tmp_path):
    scores = scored(saved, rows, tmp_path)
    assert scores.keys() == {row.key for row in rows}
    for one in scores.values():
        assert tuple(one.esc) == CODES
        assert sum(one.esc.values()) == pytest.approx(1, abs=1e-12)
        assert sum(one.eis) == pytest.approx(1, abs=1e-9)
        assert one.eis[0] == pytest.approx(one.esc["NEU"])
        assert one.eis_score == pytest.approx(sum(k * p for k, p in enumerate(one.eis)))
        assert (one.level == 0) == (one.label == "NEU")
        assert sum(one.gender.values()) == pytest.approx(1, abs=1e-12)
        assert one.embedding.dtype == np.float16
        json.dumps([one.esc, one.eis, one.gender, one.phonemes])


def test_company_changes_no_score(saved, rows, tmp_path):
    among, alone = scored(saved, rows, tmp_path), scored(saved, rows[:1], tmp_path)
    for key, one in alone.items():
        assert list(one.esc.values()) == pytest.approx(list(among[key].esc.values()), abs=1e-5)
        assert one.eis_score == pytest.approx(among[key].eis_score, abs=1e-4)


def test_a_bad_clip_is_handed_over_and_the_rest_scored(saved, rows, tmp_path):
    bad = clip(tmp_path, "bad", buzz(100, 0.3))
    bad.path.write_bytes(b"no sound")
    refused: list[tuple[ClipRow, BadData]] = []
    scores = scored(saved, [bad, *rows], tmp_path, on_bad=lambda *one: refused.append(one))
    assert scores.keys() == {row.key for row in rows}
    assert [(row.key, error.code) for row, error in refused] == [("bad", "unreadable_audio")]
    with pytest.raises(BadData):
        scored(saved, [bad, *rows], tmp_path)


def test_nothing_to_score_gives_nothing(saved, tmp_path):
    assert scored(saved, [], tmp_path) == {}


def test_a_model_says_what_it_is(saved):
    record = json.loads((saved / "model.json").read_text())
    assert record["labels"] == {
        "esc": list(CODES), "eis": [0, 1, 2, 3], "gender": ["female", "male"],
    }  # fmt: skip
    assert record["release_sha256"] == "cd" * 32
    assert record["phonemes"] == ["en:G", "en:OW"]
    assert record["versions"]["torch"] == torch.__version__
    assert load_model(saved).manifest.to_json() == record


def copied(saved: Path, folder: Path) -> Path:
    for path in saved.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_weights_that_were_altered_are_refused(saved, tmp_path):
    folder = copied(saved, tmp_path)
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "model.safetensors").write_bytes(data)
    with pytest.raises(BadData, match="not those its record names") as caught:
        load_model(folder)
    assert caught.value.code == "weights_altered"


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(BadData, match="No model") as caught:
        load_model(tmp_path)
    assert caught.value.code == "no_model"


def test_a_model_of_another_format_is_refused(saved, tmp_path):
    folder = copied(saved, tmp_path)
    (folder / "model.json").write_text('{"format": "speecheq-model-9"}')
    with pytest.raises(BadData, match="speecheq-model-9") as caught:
        load_model(folder)
    assert caught.value.code == "unknown_format"


def said(key: str, label: str, eis=(0.0, 0.0, 1.0, 0.0), gender="male", phonemes=None):
    return ClipScore(
        key=key, esc={code: float(code == label) for code in CODES}, eis=eis,
        eis_score=float(np.arange(4) @ np.array(eis)), label=label, level=0, phonemes=phonemes,
        gender={name: float(name == gender) for name in ("female", "male")},
        embedding=np.zeros(1, dtype=np.float16),
    )  # fmt: skip


def row(key: str, **labels) -> ClipRow:
    return ClipRow(key=key, path=Path("a.flac"), audio_sha256="0" * 64, **labels)


def test_figures_of_a_worked_example():
    rows = [
        row("a", esc="NEU", eis=0, sex="male", transcript="go", language="en"),
        row("b", esc="HAP", eis=2, sex="female"),
        row("c", esc="HAP", eis=3, sex="male"),
        row("d", esc="SAD", eis=3),
    ]
    scores = [
        said("a", "NEU", (1.0, 0.0, 0.0, 0.0), phonemes=["en:G"]),
        said("b", "HAP", (0.0, 0.1, 0.6, 0.3)),
        said("c", "SAD", (0.0, 0.0, 0.2, 0.8)),
        said("d", "SAD", (0.5, 0.0, 0.3, 0.2)),
    ]
    figures = measure(scores, rows, HeadsConfig(esc=CODES))
    assert figures["esc_ua"] == pytest.approx((1 + 0.5 + 1) / 3)
    assert figures["esc_wa"] == pytest.approx(0.75)
    assert figures["esc_recall"] == {"NEU": 1.0, "HAP": 0.5, "SAD": 1.0}
    assert figures["esc_confusion"] == [[1, 0, 0], [0, 1, 1], [0, 0, 1]]
    assert figures["eis_ua"] == pytest.approx((1 + 0.5) / 2)  # level 2: 1 of 1, level 3: 1 of 2
    assert figures["eis_mae"] == pytest.approx((0 + 0.2 + 0.2 + 1.8) / 4)
    assert figures["gender_ua"] == pytest.approx(0.5)
    assert figures["phoneme_error_rate"] == pytest.approx(0.5)
    assert combined(figures) == pytest.approx(0.8 * figures["esc_ua"] + 0.2 * figures["eis_ua"])


def test_figures_without_labels_are_absent():
    figures = measure([said("a", "NEU")], [row("a")], HeadsConfig(esc=CODES))
    assert figures == {"n_clips": 1}


def test_unused_categories_have_no_recall_and_do_not_count():
    figures = measure([said("a", "NEU")], [replace(row("a"), esc="NEU")], HeadsConfig(esc=CODES))
    assert figures["esc_ua"] == 1.0
    assert figures["esc_recall"] == {"NEU": 1.0, "HAP": None, "SAD": None}
