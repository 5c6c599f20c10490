"""The rules of quality that hold in a session: the usual ones, but for those it changes.

What is measured and judged by them is in `annotation.recording.qc`; `sound.examine` does it for a
file that came.
"""

from __future__ import annotations

from typing import Any

from annotation.models import Session
from annotation.recording.qc import RuleError, Rules
from speecheq.errors import FieldError, RuleBroken


class BadRules(RuleBroken):
    """Rules of a session that cannot be."""

    code = "qc_rules"


def rules_of(session: Session) -> Rules:
    """All rules in force in a session."""
    return changed_rules(session.qc_rules)


def changed_rules(changes: dict[str, Any]) -> Rules:
    """The usual rules with `changes`. Raises BadRules naming the rule and what is wrong."""
    try:
        return Rules().changed(changes)
    except RuleError as error:
        field = FieldError(f"qc_rules.{error.field}", error.code, error.detail)
        raise BadRules(error.detail, errors=[field]) from None
