"""A waveform as the outline of an SVG shape, from a clip's stored peaks."""

from __future__ import annotations

import json

from annotation.models import Clip

COLUMNS = 400
HEIGHT = 100
FULL_SCALE = 32768
LEAST_HEIGHT = 0.66  # of a quiet clip's loudest stretch, so that it can be seen
OF_HEIGHT = 0.96


def outline(clip: Clip) -> str:
    """Points of a polygon, COLUMNS wide at most and HEIGHT high; empty without peaks, also where
    their file is gone or broken: no page fails for its picture.

    As high as js/waveform.js draws it, which takes its place on the labelling page.
    """
    if not clip.peaks:
        return ""
    try:
        with clip.peaks.open("rb") as file:
            data = json.load(file)["data"]
        pairs = list(zip(data[::2], data[1::2], strict=True))
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if not pairs:
        return ""
    step = -(-len(pairs) // COLUMNS)
    low = [min(p[0] for p in pairs[i : i + step]) for i in range(0, len(pairs), step)]
    high = [max(p[1] for p in pairs[i : i + step]) for i in range(0, len(pairs), step)]
    loudest = max(max(high), -min(low), 1) / FULL_SCALE
    gain = min(1 / loudest, max(1, LEAST_HEIGHT / loudest))
    reach = HEIGHT / 2 * gain * OF_HEIGHT / FULL_SCALE
    width = COLUMNS / max(1, len(high) - 1)
    top = [(x * width, HEIGHT / 2 - v * reach) for x, v in enumerate(high)]
    bottom = [(x * width, HEIGHT / 2 - v * reach) for x, v in enumerate(low)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in top + bottom[::-1])
