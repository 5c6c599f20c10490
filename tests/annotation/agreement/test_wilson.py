"""The interval of a share, against SciPy and where it is least easy."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from annotation.agreement.wilson import wilson_interval


@pytest.mark.parametrize(("hits", "trials"), [(0, 1), (1, 1), (3, 10), (0, 40), (57, 60), (1, 3)])
def test_the_interval_is_that_of_scipy(hits, trials):
    other = binomtest(hits, trials).proportion_ci(method="wilson")
    assert wilson_interval(hits, trials) == pytest.approx((other.low, other.high), abs=1e-12)


@pytest.mark.parametrize(("hits", "trials"), [(0, 0), (-1, 3), (4, 3)])
def test_what_is_no_share_has_no_interval(hits, trials):
    with pytest.raises(ValueError, match="make no share"):
        wilson_interval(hits, trials)
