import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.exports.rows import (
    FIELDS,
    ReleaseRow,
    canonical_json,
    canonical_row,
    in_batches,
    ordering_key,
    row_bytes,
)
from tests.annotation.exports.rows import row


def test_the_fields_are_those_of_the_contract_in_its_order():
    assert list(json.loads(row_bytes(row()))) == list(FIELDS) == list(ReleaseRow.__annotations__)


def test_the_bytes_do_not_depend_on_the_order_in_which_a_row_was_built():
    items = list(row().items())
    random.Random(1).shuffle(items)
    shuffled = dict(items) | {
        "votes": {"HAP": 2, "NEU": 1},
        "soft_esc": {"HAP": 2 / 3, "NEU": 1 / 3},
    }
    assert row_bytes(shuffled) == row_bytes(row())


def test_floats_have_six_decimals_and_chinese_stays_readable():
    line = row_bytes(row()).decode()
    assert '"eis_score":1.666667' in line
    assert '"HAP":0.666667' in line
    assert "今天" in line
    assert line.endswith("}\n")
    assert line.count("\n") == 1


def test_negative_zero_is_zero():
    assert canonical_json({"x": -0.0000001}) == b'{"x":0.0}'


def test_canonical_json_sorts_at_every_depth():
    assert canonical_json({"b": [{"z": 1, "a": 2}], "a": None}) == b'{"a":null,"b":[{"a":2,"z":1}]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="not a number"):
        canonical_row(row(eis_score=value))


def test_a_missing_or_unknown_field_is_refused_by_name():
    with pytest.raises(ValueError, match="id"):
        canonical_row(row() | {"id": 4})
    short = row()
    del short["esc"]
    with pytest.raises(ValueError, match="esc"):
        canonical_row(short)


def test_rows_are_ordered_by_bytes_and_not_by_alphabet():
    keys = ["é", "z", "Z", "a", "声"]
    ordered = sorted((row(key=key) for key in keys), key=ordering_key)
    assert [each["key"] for each in ordered] == ["Z", "a", "z", "é", "声"]


@given(st.floats(-1e6, 1e6))
def test_reading_a_line_back_gives_the_same_line(score):
    line = row_bytes(row(eis_score=score))
    assert row_bytes(json.loads(line)) == line


@given(st.lists(st.integers()), st.integers(1, 5))
def test_batches_hold_everything_in_order(values, size):
    batches = list(in_batches(iter(values), size))
    assert [each for batch in batches for each in batch] == values
    assert all(len(batch) == size for batch in batches[:-1])
