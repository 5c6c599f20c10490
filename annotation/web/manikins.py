"""Pictures of valence, arousal and dominance, drawn here: five figures each, as inline SVG.

The idea, a person shown five times, is that of the Self-Assessment Manikin (Bradley & Lang 1994);
the drawings are our own. Lines take the colour of the text, so they follow light and dark.
"""

from __future__ import annotations

from math import cos, pi, sin

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

N_FIGURES = 5


def manikin(code: str, figure: int) -> SafeString:
    """Figure 0 (lowest) to 4 (highest) of `valence`, `arousal` or `dominance`."""
    share = figure / (N_FIGURES - 1)
    # Only numbers computed here go into the markup.
    drawn = mark_safe("".join(_DRAWINGS[code](share)))
    picture = (
        '<svg class="manikin" viewBox="0 0 100 100" aria-hidden="true" focusable="false">{}</svg>'
    )
    return format_html(picture, drawn)


def _valence(share: float) -> list[str]:
    """A face from weeping to beaming."""
    mouth, brow = 22 * (2 * share - 1), 7 * (1 - share)
    return [
        _circle(50, 50, 43),
        _circle(35, 42, 4, filled=True),
        _circle(65, 42, 4, filled=True),
        _path(f"M27 {30 + brow:g} L41 {29 - brow:g} M59 {29 - brow:g} L73 {30 + brow:g}"),
        _path(f"M29 {67 - mouth / 3:g} Q50 {67 + mouth:g} 71 {67 - mouth / 3:g}", wide=True),
    ]


def _arousal(share: float) -> list[str]:
    """A person asleep to one about to burst: eyes, a star in the chest, waves around."""
    eye = 2 + 3 * share
    eyes = [_circle(x, 19, eye, filled=True) for x in (43, 57)]
    asleep = [_path("M39 19 h8 M53 19 h8")]
    waves = [_path(f"M{x} {46 - h} q{d} {h} 0 {2 * h}") for x, h, d in _waves(round(share * 4))]
    return [
        _circle(50, 20, 16),
        *(eyes if share else asleep),
        _path("M27 94 V58 Q27 42 50 42 Q73 42 73 58 V94 Z"),
        _star(50, 69, 3 + 17 * share),
        *waves,
    ]


def _waves(n: int) -> list[tuple[int, int, int]]:
    """Left and right of the head, further out and longer each: x, half height, bend."""
    shown = max(0, n - 1)
    left = [(22 - 7 * i, 8 + 5 * i, -6) for i in range(shown)]
    return left + [(100 - x, h, -d) for x, h, d in left]


def _dominance(share: float) -> list[str]:
    """A person who hardly fills the frame to one who fills all of it."""
    size = 0.26 + 0.74 * share
    x, y = 50 * (1 - size), 95 * (1 - size)
    body = [
        _circle(50, 24, 18, filled=True),
        '<path class="full" d="M18 95 V66 Q18 46 50 46 Q82 46 82 66 V95 Z"/>',
    ]
    return [
        '<rect class="line" x="3" y="3" width="94" height="94" rx="6"/>',
        f'<g transform="translate({x:g} {y:g}) scale({size:g})">{"".join(body)}</g>',
    ]


def _star(x: float, y: float, radius: float) -> str:
    corners = [
        (x + r * sin(i * pi / 8), y - r * cos(i * pi / 8))
        for i in range(16)
        for r in [radius if i % 2 == 0 else radius * 0.55]
    ]
    points = " ".join(f"{px:.1f},{py:.1f}" for px, py in corners)
    return f'<polygon class="full" points="{points}"/>'


def _circle(x: float, y: float, r: float, *, filled: bool = False) -> str:
    return f'<circle class="{"full" if filled else "line"}" cx="{x:g}" cy="{y:g}" r="{r:g}"/>'


def _path(d: str, *, wide: bool = False) -> str:
    return f'<path class="line{" wide" if wide else ""}" d="{d}"/>'


_DRAWINGS = {"valence": _valence, "arousal": _arousal, "dominance": _dominance}
