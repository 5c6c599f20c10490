"""The configuration refuses what cannot be trained, and says where."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.config import PRESETS, BadConfig, RunConfig


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_a_round_trip_through_json(name):
    config = RunConfig.preset(name)
    assert RunConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@given(
    seed=st.integers(0, 2**63 - 1),
    epochs=st.integers(1, 500),
    rate=st.floats(1e-6, 1e-1),
    esc=st.lists(st.sampled_from(["NEU", "HAP", "SAD", "悲"]), unique=True),
)
def test_any_valid_change_survives_a_round_trip(seed, epochs, rate, esc):
    changes = {
        "seed": seed,
        "heads": {"esc": esc},
        "optimiser": {"epochs": epochs, "learning_rate": rate},
    }
    config = RunConfig.preset("quick", changes)
    again = RunConfig.from_json(json.loads(json.dumps(config.to_json())))
    assert again == config
    assert again.sha256() == config.sha256()


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"epochs": 3}, "epochs", "unknown_field"),
        ({"optimiser": {"epoch": 3}}, "optimiser.epoch", "unknown_field"),
        ({"optimiser": {"epochs": 0}}, "optimiser.epochs", "out_of_range"),
        ({"optimiser": {"epochs": 2.5}}, "optimiser.epochs", "wrong_type"),
        ({"optimiser": {"epochs": True}}, "optimiser.epochs", "wrong_type"),
        ({"optimiser": {"learning_rate": float("nan")}}, "optimiser.learning_rate", "out_of_range"),
        ({"optimiser": []}, "optimiser", "wrong_type"),
        ({"encoder": {"name": "resnet"}}, "encoder.name", "unknown_choice"),
        ({"encoder": {"channels": []}}, "encoder.channels", "empty"),
        ({"encoder": {"channels": [20]}}, "encoder.channels", "not_divisible"),
        ({"encoder": {"channels": "abc"}}, "encoder.channels", "wrong_type"),
        ({"features": {"high_hz": 9000}}, "features.high_hz", "out_of_range"),
        ({"heads": {"esc": ["NEU", "NEU"]}}, "heads.esc", "duplicate"),
        ({"heads": {"esc": [1]}}, "heads.esc", "wrong_type"),
        ({"heads": {"esc_weight": 0}}, "heads.esc_weight", "out_of_range"),
        ({"heads": {"genders": ["female", "male", "male"]}}, "heads.genders", "duplicate"),
        ({"selection_metric": "loss"}, "selection_metric", "unknown_choice"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field_and_code(changes, field, code):
    with pytest.raises(BadConfig) as caught:
        RunConfig.preset("standard", changes)
    assert (caught.value.field, caught.value.code) == (field, code)
    assert caught.value.errors == [(field, code, str(caught.value))]


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(BadConfig, match="Known presets: standard, quick") as caught:
        RunConfig.preset("huge")
    assert (caught.value.field, caught.value.code) == ("preset", "unknown_preset")


def test_a_change_of_any_kind_changes_the_hash():
    base = RunConfig.preset("standard")
    assert base.sha256() != RunConfig.preset("standard", {"seed": 1}).sha256()


def test_the_configuration_is_checked_without_torch():
    code = "import sys, training.config; print('torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_a_field_on_the_wrong_level_is_told_its_place():
    with pytest.raises(BadConfig, match=r"Did you mean 'optimiser\.epochs'"):
        RunConfig.preset("quick", {"epochs": 3})
