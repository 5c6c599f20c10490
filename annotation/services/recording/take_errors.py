"""What can be wrong with a take or an upload, by name."""

from __future__ import annotations

from speecheq.errors import Conflict, DomainError, Malformed, NotFound, RuleBroken


class DigestMissing(Malformed):
    """Without a digest nobody knows whether what arrived is what was sent."""

    code = "digest_missing"


class DigestMismatch(Malformed):
    """What arrived is not what was announced. Nothing of it is kept."""

    code = "digest_mismatch"


class TakeElsewhere(Conflict):
    """The session has this file as a take of another prompt."""

    code = "take_elsewhere"


class TakeRefused(RuleBroken):
    """The file is no take: `code` says what it is or lacks."""


class UploadUnknown(NotFound):
    code = "upload_unknown"


class UploadIncomplete(Conflict):
    code = "upload_incomplete"


class UploadUsed(Conflict):
    """What was uploaded has become something else already."""

    code = "upload_used"


class OffsetConflict(Conflict):
    """The piece does not begin where the last one ended."""

    code = "offset_conflict"


class UploadLocked(DomainError):
    """Another request is writing to it."""

    status, code = 423, "upload_locked"


class PieceSpoiled(DomainError):
    """tus: the piece, or the whole, differs from its announced hash. Send it again."""

    status, code = 460, "piece_spoiled"
