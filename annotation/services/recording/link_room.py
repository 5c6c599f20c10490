"""How much speakers by link may bring into a session: nobody knows them, and disks are finite."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from annotation.models import Session, Take, Upload
from annotation.models.take import TakeSource
from annotation.models.upload import UploadState
from annotation.services.recording.visitors import is_visitor
from speecheq.errors import TooLarge
from speecheq.sentences import say

BY_LINK = (TakeSource.RECORDER, TakeSource.WSR)


class TooMuchByLink(TooLarge):
    """What was spoken stays in the browser; the operator can send it, or raise the bound."""

    code = "too_much_by_link"


def check_room(session: Session, *, by: Any, more: int) -> None:
    """Whether `more` bytes still fit beside what is there, where `by` came by a link: takes, and
    uploads that wait to become some. A take made of an upload was counted when that began: its
    `more` is 0. Decides where the session is held. Raises TooMuchByLink."""
    if not is_visitor(by) or more == 0:
        return
    there = _stored(session) + _waiting(session)
    most: int = settings.SPEECHEQ_LINK_MAX_BYTES
    if there + more > most:
        raise TooMuchByLink(
            say(
                "By link {there} bytes came into this session or are on their way; with "
                "{more} more they would be over the {most} that it may hold. Keep the "
                "take, and ask the operator.",
                there=there,
                more=more,
                most=most,
            )
        )


def _waiting(session: Session) -> int:
    here = Upload.objects.filter(owner=None, session_public_id=session.public_id)
    waiting = here.filter(expires_at__gt=timezone.now()).exclude(state=UploadState.USED)
    return waiting.aggregate(sum=Sum("length"))["sum"] or 0


def _stored(session: Session) -> int:
    takes = Take.objects.filter(session=session, created_by=None, source__in=BY_LINK)
    return takes.aggregate(sum=Sum("file_bytes"))["sum"] or 0
