"""Corpora, who works in them, who speaks in them; and corrections, which keep history."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import CampaignMember, Clip, Corpus, Membership, Speaker
from annotation.models.ids import speaker_id
from annotation.recipes.rows import FORMULA_STARTS
from annotation.services.members import leave
from speecheq.authorisation import require_role
from speecheq.errors import Conflict, FieldError, Malformed, NotFound, RuleBroken, field_error
from speecheq.models import User
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say
from speecheq.texts import check_line, names_somebody

MAX_MEMBERS = 5000
Record = TypeVar("Record", Corpus, Speaker, Clip)


def find_corpus(slug: str, *, user: Any) -> Corpus:
    """A corpus that `user` belongs to. Raises NotFound."""
    corpus = Corpus.objects.visible_to(user).filter(slug=slug).first()
    if corpus is None:
        raise NotFound(say("No corpus {slug!r}.", slug=slug))
    return corpus


def create_corpus(
    *, slug: str, name: str, language: str, licence: str, licence_source: str = "", by: Any
) -> Corpus:
    """Make a corpus; who makes it is its data manager. Raises Conflict for a slug that is taken."""
    check_line(name, field="name")
    try:
        with transaction.atomic():
            corpus = Corpus.objects.create(
                slug=slug,
                name=name,
                language=language,
                licence=licence,
                licence_source=licence_source,
                created_by=by,
            )
            Membership.objects.create(user=by, corpus=corpus, role=Role.DATA_MANAGER)
            audit(by, "corpus.created", slug)
    except IntegrityError:
        detail = say("There is a corpus {slug!r} already.", slug=slug)
        raise field_error("slug", "slug_taken", detail, kind=Conflict) from None
    return corpus


def change_corpus(corpus: Corpus, *, by: Any, **changes: Any) -> Corpus:
    """Change name, language, licence or its source. The slug stays: ids derive from it."""
    require_role(by, corpus, Role.DATA_MANAGER)
    check_line(changes.get("name", ""), field="name")
    return _change(corpus, corpus.slug, "corpus.changed", by, changes)


@transaction.atomic
def set_members(corpus: Corpus, wanted: list[tuple[str, str]], *, by: Any) -> None:
    """Replace the members by `wanted`, pairs of user name and role; several roles, several pairs.

    Who is left out leaves the corpus's campaigns too: what they labelled stays, they label no more.
    Raises RuleBroken for an unknown name, or, unless an administrator asks, without a data manager.
    """
    require_role(by, corpus, Role.DATA_MANAGER)
    managed = any(role == Role.DATA_MANAGER for _, role in wanted)
    if not managed and not by.is_superuser:
        detail = say("The list names no data manager: nobody could manage the corpus any more.")
        raise RuleBroken(detail, code="no_data_manager")
    if len(wanted) > MAX_MEMBERS:
        detail = say(
            "{n_wanted} rows; a corpus has at most {most}.", n_wanted=len(wanted), most=MAX_MEMBERS
        )
        raise RuleBroken(detail, code="too_many_members")
    Corpus.objects.select_for_update().get(pk=corpus.pk)  # one list at a time
    people = {user.username: user for user in User.objects.filter(username__in=dict(wanted))}
    errors = [
        FieldError(f"{i}.username", "unknown_user", say("No user {name!r}.", name=name))
        for i, (name, _) in enumerate(wanted)
        if name not in people
    ]
    if errors:
        raise RuleBroken(errors[0].detail, errors=errors, code="unknown_user")
    kept = {(people[name].pk, str(role)) for name, role in wanted}
    held = {(m.user_id, m.role): m.pk for m in corpus.memberships.all()}
    gone = [pk for pair, pk in held.items() if pair not in kept]
    Membership.objects.filter(pk__in=gone).delete()
    Membership.objects.bulk_create(
        Membership(user_id=user, corpus=corpus, role=role)
        for user, role in sorted(kept - set(held))
    )
    gone_people = {user for user, _ in held} - {user for user, _ in kept}
    leave(CampaignMember.objects.filter(campaign__corpus=corpus, user__in=gone_people))
    audit(by, "corpus.members_set", corpus.slug, members=sorted(map(list, set(wanted))))


def create_speaker(
    corpus: Corpus,
    *,
    code: str,
    sex: str = "",
    language: str = "",
    birth_year: int | None = None,
    by: Any,
) -> Speaker:
    """Note a speaker under a pseudonym. Raises Conflict for a code that the corpus has."""
    require_role(by, corpus, Role.DATA_MANAGER, Role.SESSION_OPERATOR)
    _check_code(code)
    _check_birth_year(birth_year)
    try:
        with transaction.atomic():
            speaker = Speaker.objects.create(
                public_id=speaker_id(corpus.slug, code),
                corpus=corpus,
                code=code,
                sex=sex,
                language=language,
                birth_year=birth_year,
            )
            audit(by, "speaker.created", speaker.public_id)
    except IntegrityError:
        detail = say("The corpus has a speaker {code!r} already.", code=code)
        raise field_error("code", "code_taken", detail, kind=Conflict) from None
    return speaker


def change_speaker(speaker: Speaker, *, by: Any, **changes: Any) -> Speaker:
    """Correct sex, language or year of birth. The code stays: the id derives from it."""
    require_role(by, speaker.corpus, Role.DATA_MANAGER)
    _check_birth_year(changes.get("birth_year"))
    return _change(speaker, speaker.public_id, "speaker.changed", by, changes)


def _check_code(code: str) -> None:
    """A code stands in lists, tables and logs: it can be seen there, on its line."""
    check_line(code, field="code")
    if not names_somebody(code):
        detail = say("The code {code!r} has no letter and no digit. Give another one.", code=code)
        raise field_error("code", "control_character", detail, kind=Malformed)
    if code.startswith(FORMULA_STARTS):
        detail = say("The code {code!r} starts like a spreadsheet formula.", code=code)
        raise field_error("code", "formula", detail)


def _check_birth_year(year: int | None) -> None:
    """Who is recorded was born: consent asks for a guardian by this year."""
    if year is not None and year > timezone.now().year:
        detail = say("The year of birth {year} is still to come. Correct it.", year=year)
        raise field_error("birth_year", "out_of_range", detail)


def change_clip(clip: Clip, *, by: Any, **changes: Any) -> Clip:
    """Correct what is said of a clip: language, transcript, native or intended labels."""
    require_role(by, clip.corpus, Role.DATA_MANAGER)
    return _change(clip, clip.public_id, "clip.changed", by, changes)


def _change(record: Record, subject: str, action: str, by: Any, changes: dict[str, Any]) -> Record:
    """Write what differs; the log keeps the earlier values."""
    before = {name: getattr(record, name) for name in changes}
    changed = {name: value for name, value in changes.items() if value != before[name]}
    if not changed:
        return record
    for name, value in changed.items():
        setattr(record, name, value)
    with transaction.atomic():
        record.save(update_fields=list(changed))
        audit(by, action, subject, before={n: before[n] for n in changed}, after=changed)
    return record
