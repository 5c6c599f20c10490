"""Which of two takes was spoken later, whatever the clocks of their browsers say.

A browser's clock may be wrong by hours, and may be set right while takes wait to be sent. So nobody
trusts it alone: a browser numbers its takes (`reported.order`), which says all of two takes of one
browser; and it tells its time when it sends, so that our clock places what it recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

OLDEST = timedelta(days=3650)  # a larger age is a lie, and must not leave the calendar
BROWSER_MAX = 64


@dataclass(frozen=True)
class Moment:
    """When a take was spoken: `at` by our clock as far as anybody told, and the place in the order
    of one browser's takes. `browser` "" where nobody told."""

    at: datetime | None
    browser: str = ""
    number: int = 0

    @classmethod
    def of(cls, recorded_at: datetime | None, reported: dict[str, Any]) -> Moment:
        """From what is kept of a take; an order that is none is as if nobody told."""
        order = reported.get("order")
        if isinstance(order, dict):
            browser, number = order.get("browser"), order.get("number")
            is_order = isinstance(browser, str) and 0 < len(browser) <= BROWSER_MAX
            if is_order and isinstance(number, int) and not isinstance(number, bool):
                return cls(recorded_at, str(browser), number)
        return cls(recorded_at)

    def is_after(self, other: Moment) -> bool:
        """Whether this was spoken later for sure."""
        if self.browser and self.browser == other.browser:
            return self.number > other.number
        return self.at is not None and other.at is not None and self.at > other.at


def by_our_clock(
    recorded_at: datetime | None, sent_at: datetime | None, *, now: datetime
) -> datetime | None:
    """When it was recorded, on a clock that shows `now` as the sender's shows `sent_at`; never
    later than now. Without `sent_at` the sender's clock is all there is."""
    if recorded_at is None or sent_at is None:
        return min(recorded_at, now) if recorded_at else None
    age = max(sent_at - recorded_at, timedelta(0))
    return now - min(age, OLDEST)
