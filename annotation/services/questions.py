"""Threads between one annotator and those who answer for a campaign, about one clip.

An annotator sees their own threads only, and nothing in a thread says what others answered. A clip
that was offered has a thread for each offer, so that a repeat does not bring back the earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from annotation.models import Assignment, Campaign, Clip, Question, QuestionMessage
from annotation.models.reference import Purpose
from annotation.services.oversight import OVERSEERS, oversees
from speecheq.errors import Forbidden, Malformed, NotFound, field_error
from speecheq.outbox import audit
from speecheq.sentences import say

TEXT_MAX = 2000
MESSAGES_MAX = 200


def threads_for(campaign: Campaign, user: Any) -> QuerySet[Question]:
    """Those that `user` may read, the latest first, with `unread`: messages by the other side."""
    rows = Question.objects.filter(campaign=campaign)
    if oversees(user, campaign):
        theirs = Q(messages__author=F("annotator"))
    else:
        rows = rows.filter(annotator=user)
        theirs = ~Q(messages__author=F("annotator"))
    unread = Count("messages", filter=theirs & Q(messages__read_at=None))
    rows = rows.annotate(unread=unread)
    rows = rows.select_related("clip", "annotator", "campaign", "assignment")
    return rows.prefetch_related("messages__author").order_by("closed", "-updated_at", "-pk")


def n_unread(campaign: Campaign, user: Any) -> int:
    """Messages that wait to be read by `user`."""
    waiting = unread_questions if oversees(user, campaign) else unread_answers
    return waiting([campaign], user).get(campaign.pk, 0)


def unread_questions(campaigns: Iterable[Campaign], user: Any) -> dict[int, int]:
    """Messages by annotators that nobody has read, by campaign; of those that `user` oversees."""
    overseen = Campaign.objects.staffed_by(user, *OVERSEERS).filter(
        pk__in=[c.pk for c in campaigns]
    )
    new = QuestionMessage.objects.filter(question__campaign__in=overseen.values("pk"))
    return _by_campaign(new.filter(author=F("question__annotator")))


def unread_answers(campaigns: Iterable[Campaign], user: Any) -> dict[int, int]:
    """Messages to `user` about what they asked, by campaign."""
    new = QuestionMessage.objects.filter(question__campaign__in=campaigns)
    return _by_campaign(new.filter(question__annotator=user).exclude(author=user))


def _by_campaign(messages: QuerySet[QuestionMessage]) -> dict[int, int]:
    counts = messages.filter(read_at=None).values_list("question__campaign")
    return dict(counts.annotate(n=Count("pk")))


def find_thread(campaign: Campaign, public_id: str, *, user: Any) -> Question:
    """A thread that `user` may read. Raises NotFound."""
    found = threads_for(campaign, user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound(say("No question {id!r} in this campaign.", id=public_id))
    return found


def ask(
    campaign: Campaign, *, annotator: Any, text: str, clip_id: str = "", assignment_id: str = ""
) -> Question:
    """Say something to the managers about a clip one was given: as it was offered in an assignment,
    or by its id, which means its latest offer. A closed thread opens again.

    Raises Malformed, RuleBroken, NotFound.
    """
    text = _checked(text)
    if assignment_id:
        whose = _offered(campaign, annotator, assignment_id)
    else:
        whose = _given(campaign, annotator, clip_id)
    with transaction.atomic():
        question = _thread({**whose, "campaign": campaign, "annotator": annotator})
        _add(question, annotator, text)
        audit(annotator, "question.asked", question.public_id, campaign=campaign.public_id)
    return find_thread(campaign, question.public_id, user=annotator)


def _offered(campaign: Campaign, annotator: Any, assignment_id: str) -> dict[str, Any]:
    """What a thread about this offer is kept under."""
    mine = Assignment.objects.held_by(annotator).filter(campaign=campaign)
    found = mine.filter(public_id=assignment_id).select_related("clip").first()
    if found is None:
        raise NotFound(
            say(
                "You were given no assignment {assignment_id!r} in this campaign.",
                assignment_id=assignment_id,
            )
        )
    return {"clip": found.clip, "assignment": found}


def _given(campaign: Campaign, annotator: Any, clip_id: str) -> dict[str, Any]:
    """The same for a clip: its latest offer, or none where the campaign shows it to all members."""
    mine = Assignment.objects.held_by(annotator).filter(campaign=campaign, clip__public_id=clip_id)
    latest = mine.select_related("clip").order_by("-pk").first()
    if latest is not None:
        return {"clip": latest.clip, "assignment": latest}
    clip = None
    if campaign.members.filter(user=annotator).exists():
        shown = campaign.references.exclude(purpose=Purpose.GOLD)
        clip = Clip.objects.filter(references__in=shown, public_id=clip_id).first()
    if clip is None:
        raise NotFound(say("You were given no clip {clip_id!r} in this campaign.", clip_id=clip_id))
    return {"clip": clip, "assignment": None}


def _thread(whose: dict[str, Any]) -> Question:
    try:
        with transaction.atomic():
            return Question.objects.get_or_create(**whose)[0]
    except IntegrityError:  # asked twice in one moment
        return Question.objects.get(**whose)


def reply(
    question: Question, *, author: Any, text: str = "", close: bool | None = None
) -> Question:
    """Add a message to a thread, and close or open it. The annotator may write and not close.

    Raises Forbidden, Malformed, RuleBroken.
    """
    staff = oversees(author, question.campaign)
    own = question.annotator_id == author.pk
    if not (staff or own):
        raise Forbidden(say("This thread is between its annotator and the managers."))
    if close is not None and not staff:
        raise Forbidden(say("Who answers for the campaign closes a thread. Leave `close` out."))
    if not text and close is None:
        detail = say("Write a message, or close the thread.")
        raise field_error("text", "no_message", detail)
    with transaction.atomic():
        if text:
            _add(question, author, _checked(text))
        if close is not None:
            Question.objects.filter(pk=question.pk).update(closed=close)
            action = "question.closed" if close else "question.opened"
            audit(author, action, question.public_id)
        mark_read(question, author)
    return find_thread(question.campaign, question.public_id, user=author)


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise field_error("text", "no_message", say("Write what you want to say."))
    if len(text) > TEXT_MAX:
        detail = say(
            "The message has {n_text} characters; {most} are the most.",
            n_text=len(text),
            most=TEXT_MAX,
        )
        raise field_error("text", "too_long", detail, kind=Malformed)
    return text


def _add(question: Question, author: Any, text: str) -> None:
    if question.messages.count() >= MESSAGES_MAX:
        detail = say("The thread has {most} messages, the most one may have.", most=MESSAGES_MAX)
        raise field_error("text", "thread_full", detail)
    question.messages.create(author=author, text=text)
    Question.objects.filter(pk=question.pk).update(updated_at=timezone.now(), closed=False)


def mark_read(question: Question, reader: Any) -> int:
    """Note that `reader` has seen what the other side wrote."""
    new = question.messages.filter(read_at=None)
    if question.annotator_id == reader.pk:
        new = new.exclude(author=reader)
    else:
        new = new.filter(author=question.annotator_id)
    return new.update(read_at=timezone.now())
