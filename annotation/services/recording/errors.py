"""What can be wrong with recording, by name."""

from __future__ import annotations

from speecheq.errors import Conflict, DomainError, Forbidden, NotFound, RuleBroken


class ConsentMissing(Forbidden):
    """Nothing is recorded of somebody who has not agreed to it, or who took it back."""

    code = "consent_missing"


class SessionNotOpen(Conflict):
    code = "session_not_open"


class UnknownPrompt(RuleBroken):
    """The prompt is none of this session."""

    code = "unknown_prompt"


class SessionStateConflict(Conflict):
    """The session is in another state than whoever asked believed, or cannot go there from here."""

    code = "session_state_conflict"


class PromptRecorded(Conflict):
    """What was recorded is not skipped."""

    code = "prompt_recorded"


class TooManyByLink(DomainError):
    """A speaker by link wrote more than anybody writes by hand."""

    status, code = 429, "too_many_by_link"


class RoomToneUnwanted(RuleBroken):
    """The session begins without a room tone."""

    code = "room_tone_unwanted"


class LinkUnknown(NotFound):
    code = "link_unknown"


class LinkTaken(Forbidden):
    """Another browser opened the link before."""

    code = "link_taken"


class LinkGone(DomainError):
    """The link was good once: it ran out or was taken back."""

    status, code = 410, "link_gone"
