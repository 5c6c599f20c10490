"""What can be wrong with recording, by name."""

from __future__ import annotations

from speecheq.errors import Conflict, Forbidden, RuleBroken


class ConsentMissing(Forbidden):
    """Nothing is recorded of somebody who has not agreed to it, or who took it back."""

    code = "consent_missing"


class SessionNotOpen(Conflict):
    code = "session_not_open"


class UnknownPrompt(RuleBroken):
    """The prompt is none of this session."""

    code = "unknown_prompt"
