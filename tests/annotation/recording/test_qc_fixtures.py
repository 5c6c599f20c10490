"""What the page is held to is what the server says. `tests/js/qc.test.js` reads the same file."""

import base64
import json

import numpy as np
import pytest

from annotation.recording.qc import REASONS, Rules
from tests.annotation.recording.qc_fixtures import FILE, described, written

FIXTURES = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("fixture", FIXTURES["sounds"], ids=lambda one: one["name"])
def test_the_server_says_what_the_page_is_held_to(fixture):
    samples = np.frombuffer(base64.b64decode(fixture["samples"]), "<i2")
    told = described(fixture["name"], samples)
    assert told["figures"] == pytest.approx(fixture["figures"], abs=1e-9)
    assert told["speech"]["verdict"] == fixture["speech"]["verdict"]
    assert told["speech"]["reasons"] == fixture["speech"]["reasons"]
    assert told["room_tone"]["reasons"] == fixture["room_tone"]["reasons"]


@pytest.mark.parametrize("fixture", FIXTURES["written"], ids=lambda one: one["name"])
def test_the_server_says_of_a_file_what_the_page_that_wrote_it_is_held_to(fixture):
    told = written(fixture["name"], fixture["of"], fixture["gain"], fixture["bits"])
    assert told["sha256"] == fixture["sha256"]
    assert told["speech"]["verdict"] == fixture["speech"]["verdict"]
    assert told["speech"]["reasons"] == fixture["speech"]["reasons"]


def test_the_rules_are_those_in_force():
    assert FIXTURES["rules"] == Rules().as_dict(), (
        "python -m tests.annotation.recording.qc_fixtures writes the file anew"
    )


def test_the_fixtures_meet_nearly_every_reason():
    met = {
        reason["code"]
        for fixture in FIXTURES["sounds"]
        for kind in ("speech", "room_tone")
        for reason in fixture[kind]["reasons"]
    }
    assert set(REASONS) - met <= {"too_long"}
