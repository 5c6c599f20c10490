"""An interval for a share, honest also for few trials and for shares near 0 or 1."""

from __future__ import annotations

import math

Z_95 = 1.959963984540054


def wilson_interval(hits: int, trials: int, *, z: float = Z_95) -> tuple[float, float]:
    """Score interval of a binomial share (Wilson 1927, doi:10.1080/01621459.1927.10502953).

    Args:
        hits: how many trials succeeded, 0 to `trials`.
        trials: how many there were, at least 1.
        z: standard normal quantile of the coverage wanted; by default 95 %.

    Returns:
        Lower and upper bound, each 0 to 1.

    Raises:
        ValueError: no trials, or hits outside 0 to trials.
    """
    if not 0 <= hits <= trials or trials == 0:
        raise ValueError(f"{hits} hits in {trials} trials make no share.")
    share, spread = hits / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return max(0.0, centre - half), min(1.0, centre + half)
