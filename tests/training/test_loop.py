"""A run learns, can be killed after any batch, and never looks at the test split."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.speech import buzz, clip, corpus, tiny_config
from training.config import BadConfig, RunConfig
from training.engine.evaluate import evaluate
from training.engine.loop import Epoch, best_model, learning_rate, train
from training.engine.rows import BadData
from training.engine.score import load_model

CONFIG = tiny_config()


class Killed(Exception):
    pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("loop")


@pytest.fixture(scope="module")
def rows(folder):
    return corpus(folder / "audio")


@pytest.fixture(scope="module")
def whole(folder, rows) -> list[Epoch]:
    """A run without interruption, in folder/whole."""
    return list(started(folder, rows, "whole"))


def started(folder: Path, rows, name: str, config: RunConfig = CONFIG, **more) -> Iterator[Epoch]:
    return train(
        config, rows, checkpoint_dir=folder / name, cache_dir=folder / "cache",
        release_sha256="ab" * 32, **more,
    )  # fmt: skip


def untimed(epochs: list[Epoch]) -> list[dict]:
    clock = ("seconds", "data_wait_s")
    return [{k: v for k, v in one.metrics.items() if k not in clock} for one in epochs]


def same_weights(one: Path, other: Path) -> bool:
    a, b = (load_file(path / "state.safetensors") for path in (one, other))
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_every_epoch_is_reported_with_its_figures(whole):
    assert [one.number for one in whole] == [1, 2, 3]
    for name in ("train_loss", "train_esc", "train_eis", "train_gender", "train_phoneme"):
        assert whole[0].metrics[name] > 0
    for name in ("esc_ua", "esc_wa", "eis_ua", "eis_mae", "gender_ua", "phoneme_error_rate"):
        assert f"dev_{name}" in whole[0].metrics
    json.dumps([one.metrics for one in whole], allow_nan=False)


def test_it_learns(whole):
    assert whole[-1].metrics["train_loss"] < whole[0].metrics["train_loss"]


def test_the_best_epoch_is_kept_with_what_it_learned_from(folder, whole):
    best = max(one.number for one in whole if one.is_best)
    manifest = load_model(best_model(folder / "whole")).manifest
    assert manifest.epoch == best
    assert manifest.release_sha256 == "ab" * 32
    assert manifest.categories == ("NEU", "HAP", "SAD")
    assert manifest.phonemes == ("en:AA", "en:G", "en:N", "en:OW")
    assert manifest.metrics == whole[best - 1].metrics


def test_the_same_seed_gives_the_same_run(folder, rows, whole):
    again = list(started(folder, rows, "again"))
    assert untimed(again) == untimed(whole)
    assert same_weights(folder / "again", folder / "whole")


def test_another_seed_gives_another_run(folder, rows, whole):
    other = next(started(folder, rows, "other", tiny_config(seed=1)))
    assert untimed([other]) != untimed(whole[:1])


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_a_killed_run_resumes_bit_for_bit(folder, rows, whole, epoch, batch):
    def kill(at_epoch: int, done: int, total: int) -> None:
        if (at_epoch, done) == (epoch, batch):
            raise Killed

    name = f"killed-{epoch}-{batch}"
    with pytest.raises(Killed):
        list(started(folder, rows, name, on_batch=kill))
    resumed = list(started(folder, rows, name))
    assert untimed(resumed) == untimed(whole)
    assert [one.is_best for one in resumed] == [one.is_best for one in whole]
    assert same_weights(folder / name, folder / "whole")


def test_a_finished_run_only_reports_again(folder, rows, whole):
    def refuse(epoch: int, done: int, total: int) -> None:
        assert epoch == 0, "it trained again"

    assert untimed(list(started(folder, rows, "whole", on_batch=refuse))) == untimed(whole)


def test_without_resume_a_run_starts_again(folder, rows):
    list(started(folder, rows, "fresh", tiny_config(seed=5)))
    first = next(started(folder, rows, "fresh", tiny_config(seed=5), resume=False))
    assert first.number == 1
    assert len(list(started(folder, rows, "fresh", tiny_config(seed=5)))) == 3


def test_progress_is_reported_up_to_the_last_batch(folder, rows):
    seen: list[tuple[int, int, int]] = []
    next(started(folder, rows, "seen", on_batch=lambda *what: seen.append(what)))
    features = [one for one in seen if one[0] == 0]
    batches = [one for one in seen if one[0] == 1]
    assert len(features) == 33  # train and dev
    assert all(0 < done <= total for _, done, total in batches)
    assert [done for _, done, _ in batches] == sorted(done for _, done, _ in batches)


def test_the_test_split_is_never_opened(folder, rows):
    blind = [
        replace(row, path=folder / "absent.flac") if row.split == "test" else row for row in rows
    ]
    cold = train(CONFIG, blind, checkpoint_dir=folder / "blind", cache_dir=folder / "cold-cache")
    assert next(cold).number == 1


def test_another_configuration_is_no_continuation(folder, rows, whole):
    with pytest.raises(BadData, match="another configuration") as caught:
        list(started(folder, rows, "whole", tiny_config(seed=2)))
    assert caught.value.code == "other_run"


def test_a_broken_state_is_refused_with_what_to_do(folder, rows):
    (folder / "broken").mkdir()
    (folder / "broken" / "state.safetensors").write_bytes(b"nonsense")
    with pytest.raises(BadData, match="Delete it") as caught:
        list(started(folder, rows, "broken"))
    assert caught.value.code == "bad_state"


@pytest.mark.parametrize("split", ["train", "dev"])
def test_an_empty_split_is_refused_before_anything_is_written(tmp_path, rows, split):
    others = [row for row in rows if row.split != split]
    with pytest.raises(BadData, match=f"The {split} split has no clips") as caught:
        list(started(tmp_path, others, "empty"))
    assert (caught.value.code, caught.value.field) == ("empty_split", f"release.splits.{split}")
    assert list(tmp_path.iterdir()) == []


def test_labels_that_break_a_rule_are_refused(tmp_path, rows):
    wrong = {
        "out_of_scale": {"esc": "HAP", "eis": 4},
        "neutral_level": {"esc": "NEU", "eis": 2},
    }
    for code, labels in wrong.items():
        with pytest.raises(BadData, match=rows[0].key) as caught:
            list(started(tmp_path, [replace(rows[0], **labels), *rows[1:]], "wrong"))
        assert (caught.value.code, caught.value.field) == (code, "eis")
    with pytest.raises(BadData, match="NEU has 0") as caught:
        list(started(tmp_path, [replace(rows[0], esc="HAP", eis=0), *rows[1:]], "wrong"))


def test_one_category_is_too_few(tmp_path, rows):
    neutral = [row for row in rows if row.esc == "NEU"]
    with pytest.raises(BadData, match="a classifier needs two") as caught:
        list(started(tmp_path, neutral, "one"))
    assert caught.value.code == "too_few_categories"


def test_a_split_without_categories_is_refused(tmp_path, rows):
    blank = [replace(row, esc=None, eis=None) if row.split == "dev" else row for row in rows]
    with pytest.raises(BadData, match="dev split has a category") as caught:
        list(started(tmp_path, blank, "blank"))
    assert caught.value.code == "no_labels"


def test_a_dev_split_of_categories_that_train_lacks_is_refused(tmp_path, rows):
    apart = [row for row in rows if (row.split == "dev") == (row.esc == "SAD")]
    with pytest.raises(BadData, match="none of the categories NEU, HAP") as caught:
        list(started(tmp_path, apart, "apart"))
    assert (caught.value.code, caught.value.field) == ("no_labels", "release.splits.dev")


def test_two_levels_are_neutral_or_not(folder, rows):
    present = [replace(row, eis=row.eis and 1) for row in rows]
    [epoch] = started(
        folder, present, "levels", tiny_config(heads={"eis_levels": 2}, optimiser={"epochs": 1})
    )
    assert 0 <= epoch.metrics["dev_eis_mae"] <= 1


def test_a_metric_without_labels_cannot_select(tmp_path, rows):
    unrated = [replace(row, eis=None) for row in rows]
    with pytest.raises(BadConfig, match="cannot be measured") as caught:
        list(started(tmp_path, unrated, "unrated", tiny_config(selection_metric="eis_ua")))
    assert caught.value.field == "selection_metric"


def test_missing_labels_of_every_kind_are_masked(folder, rows):
    blank = {"sex": None, "eis": None, "transcript": None}
    sparse = [
        replace(row, **dict(list(blank.items())[: i % 4]), esc=row.esc if i % 5 else None)
        for i, row in enumerate(rows)
    ]
    sparse = [replace(row, eis=None) if row.esc is None else row for row in sparse]
    epoch = next(started(folder, sparse, "sparse"))
    assert all(value == value for value in epoch.metrics.values() if isinstance(value, float))


def test_without_transcripts_there_is_no_phoneme_head(folder, rows):
    silent = [replace(row, transcript=None) for row in rows]
    epoch = next(started(folder, silent, "silent"))
    assert "train_phoneme" not in epoch.metrics
    assert load_model(best_model(folder / "silent")).manifest.phonemes == ()


def test_a_clip_that_cannot_be_read_ends_the_run_by_name(tmp_path, rows):
    bad = clip(tmp_path, "bad", buzz(100, 0.5), split="train", esc="HAP", eis=2)
    bad.path.write_bytes(b"no sound")
    with pytest.raises(BadData, match=r"bad\.flac"):
        list(started(tmp_path, [*rows, bad], "bad"))


def test_the_learning_rate_warms_up_and_falls_to_nothing():
    config = tiny_config(optimiser={"epochs": 10, "warmup_epochs": 2, "learning_rate": 0.1})
    rates = [learning_rate(config, epochs) for epochs in (0.1, 1, 2, 5, 10)]
    assert rates[0] < rates[1] < rates[2] < 0.1
    assert rates[3] == pytest.approx(0.05)
    assert rates[4] == pytest.approx(0, abs=1e-12)


def test_the_test_split_is_judged_at_the_end(folder, rows, whole):
    model = load_model(best_model(folder / "whole"))
    figures = evaluate(model, rows, split="test", cache_dir=folder / "cache")
    assert figures["n_clips"] == 9
    assert 0 <= figures["esc_ua"] <= 1
    with pytest.raises(BadData, match="test split has no clips"):
        evaluate(model, rows[:3], split="test", cache_dir=folder / "cache")
