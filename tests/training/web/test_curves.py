"""Positions of a line chart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.web.curves import BOTTOM, LEFT, RIGHT, TOP, WIDTH, chart, rounded_up


def points(path: str) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split(","))) for pair in path.split()]


def test_the_first_epoch_is_left_the_last_right_0_below_and_the_top_above():
    (line,) = chart([("ua", [(1, 0.0), (3, 1.0)])], n_epochs=3, top=1.0).curves
    assert points(line.path) == [(LEFT, BOTTOM), (WIDTH - RIGHT, TOP)]
    assert (line.x, line.y, line.last) == (WIDTH - RIGHT, TOP, 1.0)


def test_a_measure_without_a_value_has_no_line():
    assert chart([("ua", [(1, 0.5)]), ("eis", [])], n_epochs=1, top=1.0).curves[0].label == "ua"
    assert len(chart([("ua", [(1, 0.5)]), ("eis", [])], n_epochs=1, top=1.0).curves) == 1


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 1), (0.3, 0.4), (1, 1), (1.1, 2), (4.5, 8), (8.1, 10), (0.05, 0.08), (1e-9, 0.04)],
)
def test_the_axis_ends_at_a_round_number(value, top):
    assert rounded_up(value) == pytest.approx(top)


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=200),
    st.integers(0, 300),
)
def test_every_point_lies_inside_and_labels_stay_few(values, more):
    drawn = chart([("loss", list(enumerate(values, start=1)))], n_epochs=len(values) + more)
    for x, y in points(drawn.curves[0].path):
        assert LEFT <= x <= WIDTH - RIGHT
        assert TOP <= y <= BOTTOM
    assert len(drawn.columns) <= 8
    assert len(drawn.rows) == 5
