"""The waveform that the server draws, before and without script."""

from __future__ import annotations

import json

import pytest
from django.core.files.base import ContentFile

from annotation.models import Clip
from annotation.web.waveform import COLUMNS, HEIGHT, outline


def clip_with(*pairs: tuple[int, int]) -> Clip:
    """A clip, not stored, whose peaks file holds these pairs of lowest and highest sample."""
    clip = Clip()
    data = [value for pair in pairs for value in pair]
    clip.peaks = ContentFile(json.dumps({"data": data}).encode(), name="peaks.json")
    return clip


def heights(points: str) -> list[float]:
    return [float(point.split(",")[1]) for point in points.split()]


def reach(points: str) -> float:
    """How far from the middle the drawing goes, as a share of what there is."""
    return max(abs(y - HEIGHT / 2) for y in heights(points)) / (HEIGHT / 2)


@pytest.mark.parametrize(
    ("peak", "share"),
    [(32768, 0.96), (30000, 0.96 * 30000 / 32768), (600, 0.66 * 0.96), (1, 0.66 * 0.96)],
)
def test_a_loud_clip_fills_the_height_and_a_quiet_one_two_thirds(peak, share):
    drawn = outline(clip_with((-peak, peak // 2), (0, peak // 3)))
    assert reach(drawn) == pytest.approx(share, abs=0.003)


def test_it_goes_along_the_highest_and_back_along_the_lowest():
    drawn = outline(clip_with((-10, 20), (-30, 0)))
    top_left, top_right, bottom_right, bottom_left = heights(drawn)
    assert top_left < top_right == HEIGHT / 2
    assert HEIGHT / 2 < bottom_left < bottom_right


def test_a_long_clip_is_drawn_in_so_many_columns_and_keeps_its_loudest_moment():
    quiet = [(-100, 100)] * 30_000
    quiet[17_777] = (-32768, 0)
    drawn = outline(clip_with(*quiet))
    assert len(drawn.split()) <= 2 * COLUMNS
    assert reach(drawn) == pytest.approx(0.96, abs=0.003)


def test_silence_is_a_line_in_the_middle():
    assert set(heights(outline(clip_with((0, 0), (0, 0))))) == {HEIGHT / 2}


def test_a_clip_without_peaks_has_none():
    assert outline(Clip()) == ""
    assert outline(clip_with()) == ""


@pytest.mark.parametrize("broken", [b"", b"peaks", b"[1, 2]", b"{}", b'{"data": [1, 2, 3]}'])
def test_a_broken_file_of_peaks_has_none(broken):
    clip = Clip()
    clip.peaks = ContentFile(broken, name="peaks.json")
    assert outline(clip) == ""


def test_a_lost_file_of_peaks_has_none():
    assert outline(Clip(peaks="clips/lost.json")) == ""
