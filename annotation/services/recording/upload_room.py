"""How large an upload may be, and how many may wait: what is sent must not fill the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from annotation.models import Upload
from annotation.models.upload import UploadState
from annotation.services.recording.take_files import MAX_BYTES
from annotation.services.recording.visitors import is_visitor
from speecheq.errors import Conflict, TooLarge
from speecheq.sentences import say

OPEN_MAX = 200  # by one person at a time
WAITING_BY_LINK = 16 * MAX_BYTES


class TooManyUploads(Conflict):
    code = "too_many_uploads"


def max_bytes(user: Any) -> int:
    """The largest file `user` may send; a speaker by link sends takes and nothing larger."""
    largest: int = settings.SPEECHEQ_UPLOAD_MAX_BYTES
    return min(largest, MAX_BYTES) if is_visitor(user) else largest


def check_length(by: Any, length: int) -> None:
    """Raises TooLarge for more bytes than one file of `by` may have."""
    if length > max_bytes(by):
        raise TooLarge(
            say(
                "The file has {length} bytes; {max_bytes} are the most here.",
                length=length,
                max_bytes=max_bytes(by),
            )
        )


def check_waiting(by: Any, length: int) -> None:
    """Raises TooManyUploads. Somebody with an account is trusted with long files; a speaker by
    link must not fill the disk."""
    waiting = own_uploads(by).exclude(state=UploadState.USED).filter(expires_at__gt=timezone.now())
    told = waiting.aggregate(n=Count("pk"), length=Sum("length"))
    if told["n"] >= OPEN_MAX:
        detail = say(
            "{most} uploads wait to be used. Use them, or end them with DELETE.", most=OPEN_MAX
        )
        raise TooManyUploads(detail)
    if is_visitor(by) and (told["length"] or 0) + length > WAITING_BY_LINK:
        detail = say(
            "Uploads of {waiting} bytes wait to be used; with this one they would be more than "
            "{most}. Use them, or end them.",
            waiting=told["length"] or 0,
            most=WAITING_BY_LINK,
        )
        raise TooManyUploads(detail)


def own_uploads(user: Any) -> QuerySet[Upload]:
    """Those of an account, or of the session that a link leads to."""
    if is_visitor(user):
        session: str = user.link.session.public_id
        return Upload.objects.filter(owner=None, session_public_id=session)
    return Upload.objects.filter(owner=user)
