"""Labels become targets; what is missing is marked, never guessed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from training.config import HeadsConfig
from training.engine.heads import HEADS, Head, Task, build_heads, head
from training.engine.losses import IGNORE
from training.engine.rows import ClipRow

CODES = ("NEU", "HAP", "SAD")
ROW = ClipRow(key="a", path=Path("a.flac"), audio_sha256="0" * 64)


def built(**changes) -> dict[str, Head]:
    config = replace(HeadsConfig(esc=CODES), **changes)
    return build_heads(Task(config, ("en:G", "en:OW"), clip_dim=6, frame_dim=4))


def test_a_category_is_one_and_a_missing_one_is_marked():
    rows = [replace(ROW, esc="HAP"), ROW, replace(ROW, esc="OTH")]
    target = built()["esc"].targets(rows)
    assert target[0].tolist() == [0, 1, 0]
    assert target[1:].isnan().all()


def test_votes_are_learned_as_shares_of_the_trained_categories():
    row = replace(ROW, esc="HAP", soft_esc={"HAP": 0.6, "SAD": 0.2, "OTH": 0.2})
    assert built()["esc"].targets([row])[0].tolist() == pytest.approx([0, 0.75, 0.25])
    assert built(use_soft_labels=False)["esc"].targets([row])[0].tolist() == [0, 1, 0]


def test_votes_for_untrained_categories_only_are_no_label():
    row = replace(ROW, esc="UNK", soft_esc={"OTH": 1.0})
    assert built()["esc"].targets([row]).isnan().all()


def test_a_level_is_counted_from_one_within_its_category():
    rows = [replace(ROW, esc="SAD", eis=3), replace(ROW, esc="HAP", eis=1)]
    assert built()["eis"].targets(rows).tolist() == [[2, 0, 0, 1], [0, 0, 1, 0]]


def test_neutral_clips_and_those_without_level_or_category_teach_no_level():
    rows = [replace(ROW, esc="NEU", eis=0), replace(ROW, esc="HAP"), replace(ROW, eis=2)]
    assert built()["eis"].targets(rows).isnan().all()


def test_two_levels_leave_nothing_beside_neutral_to_learn():
    assert "eis" not in built(eis_levels=2)


def test_sexes_become_indices():
    rows = [replace(ROW, sex="male"), replace(ROW, sex="other"), ROW]
    assert built()["gender"].targets(rows).tolist() == [1, IGNORE, IGNORE]


def test_phonemes_are_padded_and_unknown_ones_mask_the_clip():
    rows = [
        replace(ROW, transcript="go", language="en"),
        replace(ROW, transcript="go now", language="en"),
        ROW,
    ]
    assert built()["phoneme"].targets(rows).tolist() == [[1, 2], [IGNORE] * 2, [IGNORE] * 2]


def test_a_weight_of_zero_or_nothing_to_learn_leaves_a_head_out():
    assert set(built()) == {"esc", "eis", "gender", "phoneme"}
    assert set(built(gender_weight=0)) == {"esc", "eis", "phoneme"}
    assert set(built(phonemes=False, genders=("female",))) == {"esc", "eis"}


def test_another_head_is_one_function(monkeypatch):
    monkeypatch.setattr("training.engine.heads.HEADS", dict(HEADS))

    @head("valence")
    def valence(task: Task) -> Head | None:
        return Head(
            nn.Linear(task.clip_dim, 1), 0.5, lambda rows: torch.zeros(len(rows)),
            lambda logits, target, lengths: (logits[:, 0] - target).square().mean(),
        )  # fmt: skip

    assert list(built()) == ["esc", "eis", "gender", "phoneme", "valence"]
    with pytest.raises(ValueError, match="declared already"):
        head("valence")(valence)
