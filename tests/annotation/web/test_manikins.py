"""The pictures of valence, arousal and dominance."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from annotation.labelspaces.extras import PICTURED
from annotation.web.manikins import N_FIGURES, manikin


@pytest.mark.parametrize("code", PICTURED)
def test_each_scale_has_five_figures_that_all_differ(code):
    figures = [manikin(code, i) for i in range(N_FIGURES)]
    assert len(set(figures)) == N_FIGURES
    assert all(ET.fromstring(figure).get("aria-hidden") == "true" for figure in figures)


@pytest.mark.parametrize("code", PICTURED)
def test_figures_hold_no_style_and_stay_in_their_frame(code):
    for i in range(N_FIGURES):
        picture = ET.fromstring(manikin(code, i))
        assert picture.get("viewBox") == "0 0 100 100"
        for part in picture.iter():
            assert "style" not in part.attrib and "fill" not in part.attrib
            for name in ("cx", "cy", "r", "x", "y"):
                assert -100 <= float(part.get(name, 0)) <= 100


def test_a_dominant_figure_is_larger_and_an_aroused_one_has_more_around_it():
    sizes = [manikin("dominance", i).split("scale(")[1].split(")")[0] for i in range(N_FIGURES)]
    assert sizes == sorted(sizes, key=float) and float(sizes[-1]) == 1
    drawn = [len(list(ET.fromstring(manikin("arousal", i)).iter())) for i in range(N_FIGURES)]
    assert drawn == sorted(drawn) and drawn[-1] > drawn[1]
