"""The thresholds of quality that hold in a session: the usual ones, but for those it changes."""

from __future__ import annotations

from typing import Any

from annotation.models import Session
from speecheq.errors import field_error


def check(changes: Any) -> None:
    """Raises RuleBroken for thresholds that are none."""
    if not isinstance(changes, dict):
        detail = f"Rules are an object of thresholds, not {type(changes).__name__}."
        raise field_error("qc_rules", "bad_rules", detail)


def in_force(session: Session) -> dict[str, Any]:
    """All thresholds of the session by name."""
    return dict(session.qc_rules)
