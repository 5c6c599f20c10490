"""Real votes and ratings, against values other libraries computed (`oracles.json`)."""

from __future__ import annotations

import csv
import gzip
import json
from functools import cache

import numpy as np
import pytest

from annotation.agreement import CountTable, count_scales
from tests.data import data_dir

EARKICK_SCALES = ["happy", "sad", "fear", "disgust", "anger", "surprise"]
# A percentile of 1,000 replicates has a standard error of its own; theirs and ours differ by this.
CI_TOLERANCE_SE = 3


def oracles(name: str) -> dict:
    return json.loads((data_dir(name) / "oracles.json").read_text())


@cache
def crema(modality: str) -> CountTable:
    columns = [f"n_{letter}" for letter in "ADFHNS"]
    with gzip.open(data_dir("crema_d") / "votes.csv.gz", "rt") as stream:
        rows = [row for row in csv.DictReader(stream) if row["modality"] == modality]
    return CountTable.from_counts([[int(row[c]) for c in columns] for row in rows], "ADFHNS")


@cache
def long_rows(name: str, file: str) -> list[dict[str, str]]:
    path = data_dir(name) / file
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
        return list(csv.DictReader(stream))


def long_table(rows: list[dict[str, str]], column: str) -> CountTable:
    return CountTable.from_ratings(
        [row["clip_id"] for row in rows],
        [row["rater_id"] for row in rows],
        np.array([float(row[column]) for row in rows]),
    )


def one(table: CountTable, level: str, **options):
    return count_scales(table, level, **options)[0]


@pytest.mark.parametrize("modality", ["voice", "face", "av"])
def test_crema_d_votes_agree_as_other_libraries_say(modality):
    expected = oracles("crema_d")["by_modality"][modality]
    rows = {row.coefficient: row for row in count_scales(crema(modality), "nominal", replicates=0)}
    assert rows["alpha_nominal"].value == pytest.approx(
        expected["krippendorff_alpha_nominal"], abs=1e-9
    )
    assert rows["fleiss_kappa"].value == pytest.approx(
        expected["fleiss_kappa_generalised"], abs=1e-9
    )
    assert rows["ac1"].value == pytest.approx(expected["gwet_ac1"], abs=1e-9)
    assert rows["percent"].value == pytest.approx(
        expected["mean_pairwise_percent_agreement"], abs=1e-9
    )
    assert (rows["ac1"].n_items, rows["ac1"].n_ratings) == (expected["clips"], expected["ratings"])


@pytest.mark.parametrize("modality", ["voice", "face", "av"])
def test_crema_d_intervals_are_those_of_the_reference_bootstrap(modality):
    expected = oracles("crema_d")["by_modality"][modality]["alpha_bootstrap"]
    table = crema(modality)
    assert len(table.patterns.multiplicity) == expected["distinct_count_patterns"]
    row = one(table, "nominal", replicates=expected["B"])
    assert abs(row.ci_low - expected["lo"]) < CI_TOLERANCE_SE * expected["se"]
    assert abs(row.ci_high - expected["hi"]) < CI_TOLERANCE_SE * expected["se"]
    width = (expected["hi"] - expected["lo"]) / (row.ci_high - row.ci_low)
    assert width == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("scale", EARKICK_SCALES)
def test_earkick_intensities_agree_as_other_libraries_say(scale, level):
    expected = oracles("earkick_abaw2023")[scale]
    row = one(long_table(long_rows("earkick_abaw2023", "ratings.csv"), scale), level)
    assert row.value == pytest.approx(expected[f"alpha_{level}"], abs=1e-9)
    low, high = expected[f"alpha_{level}_ci95"]
    se = (high - low) / 3.92
    assert abs(row.ci_low - low) < CI_TOLERANCE_SE * se
    assert abs(row.ci_high - high) < CI_TOLERANCE_SE * se


@pytest.mark.parametrize("scale", EARKICK_SCALES)
def test_earkick_categories_agree_as_other_libraries_say(scale):
    expected = oracles("earkick_abaw2023")[scale]
    table = long_table(long_rows("earkick_abaw2023", "ratings.csv"), scale)
    rows = {row.coefficient: row.value for row in count_scales(table, "nominal", replicates=0)}
    assert rows["fleiss_kappa"] == pytest.approx(expected["fleiss_kappa"], abs=1e-9)
    assert rows["ac1"] == pytest.approx(expected["gwet_ac1"], abs=1e-9)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_sparse_listeners_agree_as_other_libraries_say(level):
    expected = oracles("vcc2018_listeners")
    table = long_table(long_rows("vcc2018_listeners", "ratings.csv.gz"), "score")
    assert (table.n_items, table.n_ratings) == (expected["clips"], expected["ratings"])
    assert table.n_ratings - table.n_pairable == expected["clips_with_one_rating"]
    row = one(table, level)
    assert row.value == pytest.approx(expected[f"alpha_{level}"], abs=1e-9)
    low, high = expected[f"alpha_{level}_ci95"]
    se = (high - low) / 3.92
    assert abs(row.ci_low - low) < CI_TOLERANCE_SE * se
    assert abs(row.ci_high - high) < CI_TOLERANCE_SE * se


def test_clips_rated_once_count_in_the_shares_of_fleiss_and_gwet():
    expected = oracles("vcc2018_listeners")
    table = long_table(long_rows("vcc2018_listeners", "ratings.csv.gz"), "score")
    rows = {row.coefficient: row.value for row in count_scales(table, "nominal", replicates=0)}
    assert rows["fleiss_kappa"] == pytest.approx(expected["fleiss_kappa_generalised"], abs=1e-9)
    assert rows["ac1"] == pytest.approx(expected["gwet_ac1"], abs=1e-9)
