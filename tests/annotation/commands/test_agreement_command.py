"""`manage.py agreement` and `manage.py consensus`."""

from __future__ import annotations

import csv
import gzip
import json

import pytest
from django.core.management import CommandError, call_command

from annotation.models import ConsensusVersion
from annotation.services.agreement import agreement_of
from speecheq import outbox
from tests.annotation.labelled import labelled
from tests.data import data_dir

HAP, SAD, NEU = ("HAP", 2), ("SAD", 1), ("NEU", 0)
# Krippendorff (2011): 4 observers, 12 units; 0 is missing.
PUBLISHED = ["123321412000", "123322412503", "033323422510", "123324412510"]


@pytest.fixture
def published(tmp_path):
    file = tmp_path / "published.csv"
    with file.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["clip_key", "rater", "value"])
        for rater, answers in enumerate(PUBLISHED):
            rows.writerows(
                (f"u{unit}", rater, "" if answer == "0" else answer)
                for unit, answer in enumerate(answers)
            )
    return file


def run(capsys, *args):
    call_command(*args)
    return capsys.readouterr().out


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743421), ("ordinal", 0.815388)])
def test_the_published_table_prints_its_alpha_as_json(capsys, published, level, alpha):
    rows = json.loads(run(capsys, "agreement", str(published), "--level", level, "--json"))
    assert rows[0]["coefficient"] == f"alpha_{level}"
    assert rows[0]["value"] == pytest.approx(alpha, abs=5e-7)
    assert (rows[0]["n_items"], rows[0]["n_ratings"], rows[0]["n_pairable"]) == (12, 41, 40)


def test_real_votes_are_read_from_count_columns(capsys, tmp_path):
    expected = json.loads((data_dir("crema_d") / "oracles.json").read_text())
    file = tmp_path / "voice.csv.gz"
    with (
        gzip.open(data_dir("crema_d") / "votes.csv.gz", "rt") as votes,
        gzip.open(file, "wt", newline="") as out,
    ):
        columns = [f"n_{letter}" for letter in "ADFHNS"]
        rows = csv.writer(out)
        rows.writerow(["clip_key", *columns])
        for row in csv.DictReader(votes):
            if row["modality"] == "voice":
                rows.writerow([row["clip_id"], *(row[column] for column in columns)])
    printed = json.loads(run(capsys, "agreement", str(file), "--level", "nominal", "--json"))
    values = {row["coefficient"]: row["value"] for row in printed}
    voice = expected["by_modality"]["voice"]
    assert values["alpha_nominal"] == pytest.approx(voice["krippendorff_alpha_nominal"], abs=1e-9)
    assert values["ac1"] == pytest.approx(voice["gwet_ac1"], abs=1e-9)


def test_without_json_a_table_is_printed_with_reasons_below(capsys, tmp_path):
    file = tmp_path / "equal.csv"
    file.write_text("clip_key,n_a,n_b\nx,2,0\ny,3,0\n")
    lines = run(capsys, "agreement", str(file), "--level", "nominal").splitlines()
    assert lines[0].split()[:4] == ["scale", "emotion", "coefficient", "value"]
    assert lines[1].split()[:4] == ["esc", "-", "alpha_nominal", "-"]
    assert lines[-1].startswith("All ratings that can be compared are equal")


def test_an_error_names_file_line_and_column(tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("clip_key,rater,value\na,x,1\na,y,high\n")
    with pytest.raises(CommandError, match=r"bad\.csv, line 3, column value: 'high' is not"):
        call_command("agreement", str(file), "--level", "ordinal")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.csv", "--level", "nominal"], "Cannot read absent.csv"),
        (["some.csv"], "Say how to read the values"),
        ([], "required"),
        (["some.csv", "--campaign", "cmp_x"], "not allowed with"),
        (["some.csv", "--level", "nominal", "--seed", "-1"], "negative"),
        (["some.csv", "--level", "nominal", "--replicates", "-1"], "outside"),
    ],
)
def test_wrong_arguments_are_explained(arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("agreement", *arguments)


@pytest.mark.django_db
@pytest.mark.database
def test_the_agreement_of_a_campaign_is_printed(capsys):
    campaign = labelled([HAP, SAD], [SAD, SAD], [NEU, NEU])
    outbox.drain()
    rows = json.loads(run(capsys, "agreement", "--campaign", campaign.public_id, "--json"))
    assert rows == agreement_of(campaign).scales


@pytest.mark.django_db
@pytest.mark.database
def test_an_unknown_campaign_is_named():
    for command in (["agreement", "--campaign", "cmp_x"], ["consensus", "cmp_x"]):
        with pytest.raises(CommandError, match="No campaign 'cmp_x'"):
            call_command(*command)


@pytest.mark.django_db
@pytest.mark.database
def test_consensus_is_computed_once_for_the_same_labels(capsys):
    campaign = labelled([HAP, SAD], [SAD, SAD])
    said = "version 1 by plurality: 2 clips, 1 ties, 1 unknown, 0 of 4 labels simulated\n"
    for _ in range(2):
        assert run(capsys, "consensus", campaign.public_id) == said
    assert ConsensusVersion.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.database
def test_a_dry_run_stores_nothing(capsys):
    campaign = labelled([HAP, SAD])
    said = run(capsys, "consensus", campaign.public_id, "--dry-run")
    assert said == "1 clips would be settled by plurality\n"
    assert not ConsensusVersion.objects.exists()


@pytest.mark.django_db
@pytest.mark.database
def test_a_method_that_does_not_fit_is_refused():
    campaign = labelled([HAP])
    with pytest.raises(CommandError, match="settles multi-label schemes"):
        call_command("consensus", campaign.public_id, "--method", "multi_label")
