"""Place groups in splits so that sizes and label shares come near the ratios.

Each group is a vector of shares: of all clips, and of the clips of each category, of each intensity
and of each sex. A split should hold `ratio` of every one of them. The cost is the squared distance
from that, divided by the ratio, so that one clip too many matters more in a small split; categories
together weigh as much as the size does, and so do intensities and sexes. Greedy placement, then
single moves and swaps while they help, from several seeded starts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotation.splits.groups import Group

FREE = -1
"""In an array of placements: this group may go anywhere."""

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

SWAPS_UP_TO = 600
"""Groups beyond which swaps are not searched: single moves are fine-grained enough there."""
MOVES_AT_MOST = 4000
NO_GAIN = 1e-12


def feature_shares(groups: Sequence[Group]) -> Floats:
    """Weighted shares, shape (groups, features); each column sums to the root of its weight."""
    balanced = (_counts(groups, attribute) for attribute in ("esc", "eis", "sex"))
    weighted = []
    for counts in (_size(groups), *balanced):
        if counts.shape[1]:
            shares = counts / counts.sum(axis=0)  # (groups, values), each column sums to 1
            weighted.append(shares / np.sqrt(counts.shape[1]))
    return np.concatenate(weighted, axis=1)


def _size(groups: Sequence[Group]) -> Floats:
    return np.array([[len(group.clips)] for group in groups], dtype=float)


def _counts(groups: Sequence[Group], attribute: str) -> Floats:
    """Clips per value of `attribute`, shape (groups, values); clips without one are left out."""
    seen = {getattr(clip, attribute) for group in groups for clip in group.clips} - {None}
    column = {value: index for index, value in enumerate(sorted(seen))}
    counts = np.zeros((len(groups), len(column)))
    for row, group in enumerate(groups):
        for clip in group.clips:
            value = getattr(clip, attribute)
            if value is not None:
                counts[row, column[value]] += 1
    return counts


def cost(shares: Floats, places: Places, ratios: Floats) -> float:
    """Distance from the ratios; 0 when every split holds its share of everything."""
    total = shares.sum(axis=0)
    held = np.stack([shares[places == split].sum(axis=0) for split in range(len(ratios))])
    return float((((held - ratios[:, None] * total) ** 2).sum(axis=1) / ratios).sum())


def place_groups(shares: Floats, ratios: Floats, fixed: Places, *, seed: int) -> Places:
    """A split for every group.

    Args:
        shares: (groups, features) from `feature_shares`.
        ratios: (splits,), each above 0.
        fixed: (groups,) the split of a group that may not move, or FREE.
        seed: chooses between starts; the same seed gives the same answer.

    Returns:
        (groups,) split index. Every split is used if there are enough free groups for that.
    """
    rng = np.random.default_rng(seed)
    free = np.flatnonzero(fixed == FREE)
    starts = 24 if len(free) <= 60 else 6 if len(free) <= SWAPS_UP_TO else 1
    best, best_cost = fixed, np.inf
    for start in range(starts):
        search = _Search(shares, ratios, fixed)
        search.greedy(_order(shares, free, rng, spread=start / starts))
        search.improve()
        found = round(cost(shares, search.places, ratios), 12)
        if found < best_cost:
            best, best_cost = search.places, found
    return best


def _order(shares: Floats, free: Places, rng: np.random.Generator, *, spread: float) -> Places:
    """Largest first, since small ones can still even things out; `spread` loosens that."""
    size = np.round((shares[free] ** 2).sum(axis=1), 12)
    noise = rng.random(len(free))  # decides between equals, and more of the order as spread grows
    return free[np.lexsort((noise, -size * (1 + 4 * spread * (noise - 0.5))))]


class _Search:
    """Placements under change, with what each split holds kept up to date."""

    def __init__(self, shares: Floats, ratios: Floats, fixed: Places) -> None:
        self.shares, self.ratios = shares, ratios
        self.places = fixed.copy()
        self.free = np.flatnonzero(fixed == FREE)
        self.target = ratios[:, None] * shares.sum(axis=0)  # (splits, features)
        self.used = np.bincount(fixed[fixed != FREE], minlength=len(ratios))
        self.held = np.zeros_like(self.target)
        np.add.at(self.held, fixed[fixed != FREE], shares[fixed != FREE])

    def greedy(self, order: Places) -> None:
        """Give each group in turn to the split where it costs least."""
        for left, group in zip(range(len(order), 0, -1), order, strict=True):
            price = self._entering(self.shares[[group]])[0]
            empty = self.used == 0
            if left <= empty.sum():
                price = np.where(empty, price, np.inf)
            self._enter(int(group), int(np.argmin(np.round(price, 12))))

    def improve(self) -> None:
        """Make the best single move, else the best swap, until neither helps."""
        for _ in range(MOVES_AT_MOST):
            if not self._move_once() and not self._swap_once():
                return

    def _entering(self, shares: Floats) -> Floats:
        """Change of cost for each group to enter each split, shape (groups, splits)."""
        over = (self.held - self.target) / self.ratios[:, None]
        size = (shares**2).sum(axis=1)
        change: Floats = 2 * shares @ over.T + size[:, None] / self.ratios
        return change

    def _leaving(self, shares: Floats, places: Places) -> Floats:
        """Change of cost for each group to leave where it is, shape (groups,)."""
        over = (self.held - self.target) / self.ratios[:, None]
        size = (shares**2).sum(axis=1)
        change: Floats = -2 * (shares * over[places]).sum(axis=1) + size / self.ratios[places]
        return change

    def _move_once(self) -> bool:
        if not len(self.free):
            return False
        shares, places = self.shares[self.free], self.places[self.free]
        change = self._entering(shares) + self._leaving(shares, places)[:, None]
        change[np.arange(len(places)), places] = np.inf
        change[self.used[places] == 1] = np.inf  # it would leave an empty split behind
        best = int(np.argmin(np.round(change, 12)))
        group, split = divmod(best, len(self.ratios))
        if change[group, split] > -NO_GAIN:
            return False
        self._leave(int(self.free[group]))
        self._enter(int(self.free[group]), split)
        return True

    def _swap_once(self) -> bool:
        if not 2 <= len(self.free) <= SWAPS_UP_TO:
            return False
        shares, places = self.shares[self.free], self.places[self.free]
        to = self._entering(shares)[:, places]  # (groups, groups): the first to where the second is
        out = self._leaving(shares, places)
        inverse = 1 / self.ratios[places]
        together = 2 * (shares @ shares.T) * (inverse[:, None] + inverse[None, :])
        change = to + to.T + out[:, None] + out[None, :] - together
        change[places[:, None] == places[None, :]] = np.inf
        first, second = divmod(int(np.argmin(np.round(change, 12))), len(places))
        if change[first, second] > -NO_GAIN:
            return False
        self._swap(int(self.free[first]), int(self.free[second]))
        return True

    def _swap(self, a: int, b: int) -> None:
        at_a, at_b = int(self.places[a]), int(self.places[b])
        self._leave(a)
        self._leave(b)
        self._enter(a, at_b)
        self._enter(b, at_a)

    def _enter(self, group: int, split: int) -> None:
        self.places[group] = split
        self.held[split] += self.shares[group]
        self.used[split] += 1

    def _leave(self, group: int) -> None:
        self.held[self.places[group]] -= self.shares[group]
        self.used[self.places[group]] -= 1
