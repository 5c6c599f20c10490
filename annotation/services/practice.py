"""Practice: clips whose labels are known, answered before any other, with the answer shown after.

Three attempts; the whole list is one attempt. Whoever is right on too few clips in the third is not
qualified until a data manager lets them try again, as the answers are known by then. A campaign
that wants no share right lets everybody through at the end of the list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.models import Campaign, CampaignMember, PracticeAnswer, ReferenceClip
from annotation.models.campaign import CampaignState
from annotation.models.member import Qualification
from annotation.models.reference import Purpose
from annotation.models.scheme import SchemeMode
from annotation.services.errors import CampaignNotOpen, NotInCampaign, PracticeOrder
from annotation.services.judgements import Judgement, check_judgement
from speecheq.errors import NotFound
from speecheq.outbox import audit
from speecheq.sentences import say, word

TRIES = 3
Labels = list[tuple[str, int | None]]


@dataclass(frozen=True)
class Result:
    """How an attempt went: `right` of `total` clips."""

    attempt: int
    right: int
    total: int


@dataclass(frozen=True)
class Standing:
    """Where somebody is in their practice. `answers`: those of the present attempt, in order;
    `before`: the attempt that was finished last; `tries_left` counts the present one."""

    member: CampaignMember
    attempt: int
    clips: list[ReferenceClip]
    answers: list[PracticeAnswer]
    before: Result | None

    @property
    def state(self) -> str:
        return self.member.qualification

    @property
    def following(self) -> ReferenceClip | None:
        """The clip to answer next; None once the practice is over."""
        if self.state != Qualification.PRACTISING:
            return None
        answered = {answer.reference_id for answer in self.answers}
        return next((clip for clip in self.clips if clip.pk not in answered), None)

    @property
    def tries_left(self) -> int:
        over = self.state != Qualification.PRACTISING
        return 0 if over else TRIES - (self.attempt - 1) % TRIES

    @property
    def right(self) -> int:
        return sum(answer.correct for answer in self.answers)


def member_of(campaign: Campaign, user: Any) -> CampaignMember:
    """The membership of an open campaign. Raises NotInCampaign, CampaignNotOpen."""
    member = campaign.members.filter(user=user).select_related("user").first()
    if member is None:
        raise NotInCampaign(
            say("You are not a member of the campaign {name!r}.", name=campaign.name)
        )
    if campaign.state != CampaignState.OPEN:
        raise CampaignNotOpen(
            say(
                "The campaign {name!r} is {state}, not open.",
                name=campaign.name,
                state=word(campaign.state),
            )
        )
    member.campaign = campaign
    return member


def is_due(member: CampaignMember) -> bool:
    """Whether practice comes before labelling."""
    practising = member.qualification == Qualification.PRACTISING
    return practising and member.campaign.n_practice > 0


def has_failed(member: CampaignMember) -> bool:
    """Whether labelling waits for the data manager."""
    failed = member.qualification == Qualification.FAILED
    return failed and member.campaign.practice_share > 0


def standing(member: CampaignMember) -> Standing:
    """Where `member` is. Reads only."""
    answers = list(member.practice.select_related("reference"))
    return _standing(member, practice_clips(member.campaign), answers)


def _standing(
    member: CampaignMember, clips: list[ReferenceClip], given: list[PracticeAnswer]
) -> Standing:
    wanted = {clip.pk: place for place, clip in enumerate(clips)}
    answers = [answer for answer in given if answer.reference_id in wanted]
    latest = max((answer.attempt for answer in answers), default=1)
    of_latest = [answer for answer in answers if answer.attempt == latest]
    complete = len(of_latest) == len(clips) > 0
    if complete and member.qualification == Qualification.PRACTISING:
        return Standing(member, latest + 1, clips, [], _result(of_latest))
    of_latest.sort(key=lambda answer: wanted[answer.reference_id])
    earlier = [answer for answer in answers if answer.attempt == latest - 1]
    return Standing(member, latest, clips, of_latest, _result(of_latest if complete else earlier))


def practice_clips(campaign: Campaign) -> list[ReferenceClip]:
    found = campaign.references.filter(purpose=Purpose.PRACTICE)
    return list(found.select_related("clip").order_by("place", "pk"))


def _result(answers: list[PracticeAnswer]) -> Result | None:
    if not answers:
        return None
    right = sum(answer.correct for answer in answers)
    return Result(answers[0].attempt, right, len(answers))


@transaction.atomic
def answer_clip(
    member: CampaignMember, *, reference_id: str, attempt: int, labels: Labels
) -> tuple[PracticeAnswer, bool]:
    """Store an answer; True where this request made it, False where it came before.

    Raises NotFound, PracticeOrder, BadLabels; then nothing is stored.
    """
    CampaignMember.objects.select_for_update().get(pk=member.pk)  # one answer at a time
    member.refresh_from_db(fields=["qualification", "qualified_at"])
    now = standing(member)
    reference = next((clip for clip in now.clips if clip.public_id == reference_id), None)
    if reference is None:
        raise NotFound(
            say("No practice clip {reference_id!r} in this campaign.", reference_id=reference_id)
        )
    stored = [{"esc": esc, "eis": eis} for esc, eis in labels]
    earlier = member.practice.filter(reference=reference, attempt=attempt).first()
    if earlier is not None and earlier.labels == stored:
        return earlier, False
    if earlier is not None:
        raise PracticeOrder(say("This practice clip was answered already. Go on with the next."))
    _check_turn(now, reference, attempt)
    _check_labels(labels, member.campaign)
    answer = member.practice.create(
        reference=reference,
        attempt=attempt,
        labels=stored,
        correct=is_right(stored, reference.labels, member.campaign.scheme.mode),
    )
    _settle(Standing(member, attempt, now.clips, [*now.answers, answer], now.before))
    return answer, True


def _check_turn(now: Standing, reference: ReferenceClip, attempt: int) -> None:
    if now.following is None:
        raise PracticeOrder(say("Your practice is over: you are {state}.", state=word(now.state)))
    if attempt != now.attempt:
        raise PracticeOrder(
            say(
                "Attempt {attempt} is under way, not {asked}.",
                attempt=now.attempt,
                asked=attempt,
            )
        )
    if reference != now.following:
        following = now.following.public_id
        raise PracticeOrder(
            say("The practice clip {following!r} comes first.", following=following)
        )


def _check_labels(labels: Labels, campaign: Campaign) -> None:
    """What the scheme says of categories and levels; its further scales are not practised."""
    scheme = copy(campaign.scheme)
    scheme.extras = []
    scheme.rules = {name: scheme.rules[name] for name in ("eis_required",) if name in scheme.rules}
    check_judgement(Judgement(labels=labels), scheme)


def is_right(given: Iterable[dict[str, Any]], known: Iterable[dict[str, Any]], mode: str) -> bool:
    """Whether the categories are as known: in multi mode all those heard, and no others. How
    strong they are is shown and not judged: neighbours on that scale are no mistake."""
    if mode == SchemeMode.MULTI:
        return _heard(given) == _heard(known)
    return [label["esc"] for label in given] == [label["esc"] for label in known]


def _heard(labels: Iterable[dict[str, Any]]) -> set[str]:
    return {label["esc"] for label in labels if label["eis"]}


def _settle(now: Standing) -> None:
    """After the last clip of an attempt: qualified, another attempt, or failed."""
    if now.following is not None:
        return
    member, total = now.member, len(now.clips)
    # Shares such as 0.7 have no exact float: 7 of 10 must do.
    if now.right / total >= member.campaign.practice_share - 1e-9:
        member.qualification = Qualification.QUALIFIED
        member.qualified_at = timezone.now()
    elif now.attempt % TRIES == 0:
        member.qualification = Qualification.FAILED
    member.save(update_fields=["qualification", "qualified_at"])
    audit(
        member.user,
        "practice.finished",
        member.campaign.public_id,
        attempt=now.attempt,
        right=now.right,
        total=total,
        qualification=str(member.qualification),
    )


def standings(campaign: Campaign) -> list[Standing]:
    """Where everybody is, by user name: for whoever answers for the work."""
    clips = practice_clips(campaign)
    given: dict[int, list[PracticeAnswer]] = defaultdict(list)
    for answer in PracticeAnswer.objects.filter(member__campaign=campaign):
        given[answer.member_id].append(answer)
    members = campaign.members.select_related("user").order_by("user__username")
    return [_standing(member, clips, given[member.pk]) for member in members]


def anchors_of(campaign: Campaign) -> list[ReferenceClip]:
    """The examples of each category and level, in the manager's order."""
    found = campaign.references.filter(purpose=Purpose.ANCHOR)
    return list(found.select_related("clip").order_by("place", "pk"))
