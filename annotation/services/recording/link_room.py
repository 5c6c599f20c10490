"""How much speakers by link may bring into a session: nobody knows them, and disks are finite."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from annotation.models import Session, Take, Upload
from annotation.models.take import TakeSource
from annotation.models.upload import UploadState
from speecheq.errors import TooLarge

BY_LINK = (TakeSource.RECORDER, TakeSource.WSR)


class TooMuchByLink(TooLarge):
    """What was spoken stays in the browser; the operator can send it, or raise the bound."""

    code = "too_much_by_link"


def check_room(session: Session, *, by: Any, more: int) -> None:
    """Whether takes of `more` bytes still fit, where `by` came by a link. Raises TooMuchByLink."""
    if getattr(by, "is_visitor", False):
        _check(_stored(session), more)


def check_room_for_upload(session: Session, *, more: int) -> None:
    """The same before an upload begins: what waits to become a take counts as if it were one."""
    waiting = Upload.objects.filter(
        owner=None, session_public_id=session.public_id, expires_at__gt=timezone.now()
    )
    length = waiting.exclude(state=UploadState.USED).aggregate(sum=Sum("length"))["sum"]
    _check(_stored(session) + (length or 0), more)


def _stored(session: Session) -> int:
    takes = Take.objects.filter(session=session, created_by=None, source__in=BY_LINK)
    return takes.aggregate(sum=Sum("file_bytes"))["sum"] or 0


def _check(there: int, more: int) -> None:
    most: int = settings.SPEECHEQ_LINK_MAX_BYTES
    if there + more > most:
        raise TooMuchByLink(
            f"By link {there} bytes came into this session; with {more} more they would be over "
            f"the {most} that it may hold. Keep the take, and ask the operator."
        )
