"""What speakers agree to, what they take back, and what follows from it now.

Rows are added and never changed. Signing adds purposes; only a withdrawal takes some away. What was
signed can be proved: a hash stands for the text as it was shown, another for the signature.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from annotation.models import Consent, ConsentText, ConsentWithdrawal, Session, Speaker
from annotation.models.consent import Purpose
from annotation.models.ids import consent_id
from annotation.models.session import EventKind, SessionState
from annotation.models.speaker import Basis
from annotation.recording.consent_forms import (
    digest,
    in_order,
    is_minor,
    surely_minor,
    text_sha256,
)
from annotation.services.recording import arrivals, events
from annotation.services.recording.consent_texts import find_text, offered_texts
from annotation.services.recording.errors import ConsentMissing, TooManyByLink
from annotation.services.recording.visitors import RECORDERS, account_of, is_visitor
from speecheq.authorisation import require_role
from speecheq.errors import Conflict, FieldError, NotFound, RuleBroken, field_error
from speecheq.outbox import audit
from speecheq.sentences import say, word
from speecheq.texts import names_somebody

REASON_MAX = 2000
MOST_BY_LINK = 100  # signatures of one session

RECORD_NEEDED = say(
    "Nothing is recorded without agreeing to it: choose `record`, or do not record."
)
NO_SIGNATURE = say("Type the name of who agrees.")
GUARDIAN_MISSING = say(
    "A minor agrees together with a guardian: give the guardian's name and relation. "
    "If the speaker is of age, say so, or correct the year of birth."
)


@dataclass(frozen=True)
class Signature:
    """What somebody put into the form. `is_minor` None: nobody said. `text_sha256` is the hash of
    the text they were shown; None where it was read elsewhere, such as on paper."""

    text: str
    purposes: list[str]
    signed_name: str
    is_minor: bool | None = None
    guardian_name: str = ""
    guardian_relation: str = ""
    text_sha256: str | None = None


def standing_of(speakers: Iterable[Speaker]) -> dict[int, dict[str, Consent]]:
    """For each speaker, by primary key: purpose -> the latest signature that covers it, of those
    that were not taken back since. One that a minor signed alone counts for nothing, also where the
    year of birth was learnt later. Two queries, however many speakers."""
    keys = [speaker.pk for speaker in speakers]
    since: dict[tuple[int, str], datetime] = {}
    for row in ConsentWithdrawal.objects.filter(speaker__in=keys).order_by("withdrawn_at"):
        since |= {(row.speaker_id, purpose): row.withdrawn_at for purpose in row.purposes}
    found: dict[int, dict[str, Consent]] = {key: {} for key in keys}
    signed = Consent.objects.filter(speaker__in=keys).select_related("text", "speaker")
    for consent in signed.order_by("signed_at", "pk"):
        if lacks_guardian(consent):
            continue
        for purpose in consent.purposes:
            taken_back = since.get((consent.speaker_id, purpose))
            if taken_back is None or consent.signed_at > taken_back:
                found[consent.speaker_id][purpose] = consent
    return found


def lacks_guardian(consent: Consent) -> bool:
    """Whether it was signed as of age by somebody who, by their year of birth, was not."""
    born, signed = consent.speaker.birth_year, consent.signed_at.year
    return not consent.is_minor and surely_minor(born, signed)


def standing(speaker: Speaker) -> dict[str, Consent]:
    """Purpose -> the signature it rests on now."""
    return standing_of([speaker])[speaker.pk]


def in_force(speaker: Speaker, purpose: str) -> Consent | None:
    """The latest signature that covers `purpose` and was not taken back since."""
    return standing(speaker).get(purpose)


def taken_back_at(speaker: Speaker, purpose: str = Purpose.RECORD) -> datetime | None:
    """When `purpose` was last taken back, where it is not in force now; None where it never was."""
    if in_force(speaker, purpose) is not None:
        return None
    taken = speaker.withdrawals.order_by("-withdrawn_at").values_list("purposes", "withdrawn_at")
    return next((at for purposes, at in taken if purpose in purposes), None)


def require(speaker: Speaker, purpose: str = Purpose.RECORD) -> Consent:
    """The signature in force, or ConsentMissing.

    In a transaction the answer holds until its end: a withdrawal waits for it, or came before and
    is seen. So no take is stored after its consent was taken back.
    """
    if connection.in_atomic_block:
        _hold(speaker)
    consent = in_force(speaker, purpose)
    if consent is None:
        raise ConsentMissing(
            say(
                "{code} has not agreed to '{purpose}', took it back, or is a minor and "
                "no guardian signed. A consent to it must be signed first.",
                code=speaker.code,
                purpose=word(purpose),
            )
        )
    return consent


def _hold(speaker: Speaker) -> None:
    """Until the end of the transaction, nobody else who holds this speaker goes on. (A transaction
    of SQLite holds the whole database from its beginning.)"""
    list(Speaker.objects.select_for_update(no_key=True).filter(pk=speaker.pk).values("pk"))


def find_speaker(public_id: str, *, user: Any) -> Speaker:
    """The speaker whose consents `user` may see and take: an operator or data manager of the
    corpus, or the speaker by their own link. Raises NotFound, Forbidden."""
    if is_visitor(user):
        own: Speaker = user.link.session.speaker
        if own.public_id == public_id:
            return own
        raise NotFound(say("No speaker {id!r} for this link.", id=public_id))
    found = Speaker.objects.visible_to(user).select_related("corpus")
    speaker = found.filter(public_id=public_id).first()
    if speaker is None:
        raise NotFound(say("No speaker {id!r} among those of your corpora.", id=public_id))
    require_role(user, speaker.corpus, *RECORDERS)
    return speaker


def find_consent(public_id: str, *, user: Any) -> Consent:
    """A signature of a speaker whom `user` may look up. Raises NotFound, Forbidden."""
    rows = Consent.objects.select_related("text", "speaker__corpus", "recorded_by")
    consent = rows.filter(public_id=public_id).first()
    if consent is None:
        raise NotFound(say("No consent {id!r}.", id=public_id))
    try:
        find_speaker(consent.speaker.public_id, user=user)
    except NotFound:  # which would name the speaker
        raise NotFound(say("No consent {id!r}.", id=public_id)) from None
    return consent


def sign_consent(
    signature: Signature, *, speaker: Speaker, by: Any, session: Session | None = None
) -> Consent:
    """Add a signature, at the server's time. `by` is who is signed in, or the speaker by a link.

    Raises RuleBroken with the fields that are wrong, Conflict `text_changed` when another text was
    shown than the one named, TooManyByLink.
    """
    text = _text_for(signature, speaker, by)
    _check_link(signature, speaker, by, session)
    now = timezone.now()
    minor = is_minor(birth_year=speaker.birth_year, year=now.year, declared=signature.is_minor)
    _check(signature, text, minor=minor, in_session=session is not None)
    consent = Consent(
        public_id=consent_id(),
        speaker=speaker,
        text=text,
        text_sha256=text.sha256,
        purposes=in_order(signature.purposes),
        signed_name=_one_line(signature.signed_name),
        is_minor=minor,
        guardian_name=_one_line(signature.guardian_name),
        guardian_relation=_one_line(signature.guardian_relation),
        signed_at=now,
        session_public_id=session.public_id if session else "",
        recorded_by=account_of(by),
    )
    consent.evidence_sha256 = digest(evidence_of(consent))
    with transaction.atomic():
        consent.save(force_insert=True)
        _rest_on_consent(speaker)
        # The log cannot forget, so it holds no name.
        facts = {"text": text.code, "purposes": consent.purposes, "session": _id(session)}
        audit(
            consent.recorded_by, "consent.signed", speaker.public_id, id=consent.public_id, **facts
        )
    if session is not None:
        _note(session, by, "signed", consent.purposes, consent=consent.public_id)
    return consent


def withdraw(
    *, speaker: Speaker, purposes: list[str], reason: str = "", by: Any
) -> ConsentWithdrawal:
    """Take purposes back from now on, whether they were agreed to or not. Takes that come after it
    are refused, and what was on its way is gone; one that is being stored is stored first. Raises
    RuleBroken."""
    _check_purposes(purposes, Purpose.values)
    with transaction.atomic():
        _hold(speaker)
        if is_visitor(by) and (known := _taken_back(speaker, purposes)):
            return known
        row = ConsentWithdrawal.objects.create(
            speaker=speaker,
            purposes=in_order(purposes),
            reason=reason.strip()[:REASON_MAX],
            recorded_by=account_of(by),
            withdrawn_at=_after_all_signatures(speaker),
        )
        audit(row.recorded_by, "consent.withdrawn", speaker.public_id, purposes=row.purposes)
        gone = arrivals.let_go(speaker) if Purpose.RECORD in row.purposes else None
    if gone is not None:
        arrivals.remove(gone)
    # After it: a take holds its speaker and then its session, and waits for neither of ours.
    for session in speaker.sessions.exclude(state=SessionState.CLOSED):
        _note(session, by, "withdrawn", row.purposes)
    return row


def evidence_of(consent: Consent) -> dict[str, Any]:
    """What `evidence_sha256` covers, as it is hashed: everything that a signature says."""
    return {
        "id": consent.public_id,
        "speaker": consent.speaker.public_id,
        "text": consent.text.code,
        "text_sha256": consent.text_sha256,
        "purposes": consent.purposes,
        "signed_name": consent.signed_name,
        "is_minor": consent.is_minor,
        "guardian_name": consent.guardian_name,
        "guardian_relation": consent.guardian_relation,
        "signed_at": consent.signed_at.astimezone(UTC).isoformat(),
        "session": consent.session_public_id,
        "recorded_by": _id(consent.recorded_by),
    }


def is_genuine(consent: Consent) -> bool:
    """Whether a signature and its text are still what was signed, by their hashes."""
    return (
        digest(evidence_of(consent)) == consent.evidence_sha256
        and text_hash(consent.text) == consent.text_sha256
    )


def text_hash(text: ConsentText) -> str:
    """The hash of a text, computed from what it says now."""
    return text_sha256(
        title=text.title,
        body=text.body,
        purposes=text.purposes,
        language=text.language,
        version=text.version,
    )


def _text_for(signature: Signature, speaker: Speaker, by: Any) -> ConsentText:
    """The text that is signed. Who comes by a link signs one of those that are offered."""
    text = find_text(signature.text)
    if account_of(by) is None and text not in offered_texts(speaker.corpus):
        known = ", ".join(each.code for each in offered_texts(speaker.corpus))
        detail = say(
            "The consent text {code!r} is not offered here. Offered: {known}.",
            code=text.code,
            known=known,
        )
        raise field_error("text", "unknown_text", detail)
    shown = signature.text_sha256
    if shown is not None and shown != text.sha256:
        detail = say(
            "What was shown is not {code}: {shown}, not {sha256}. "
            "Load the text again, and sign what it says.",
            code=text.code,
            shown=shown[:12],
            sha256=text.sha256[:12],
        )
        raise field_error("text_sha256", "text_changed", detail, kind=Conflict)
    return text


def _check_link(signature: Signature, speaker: Speaker, by: Any, session: Session | None) -> None:
    """Nobody sits beside who comes by a link: they say themselves whether they are of age."""
    if session is None or not is_visitor(by):
        return
    if signature.is_minor is None and speaker.birth_year is None:
        detail = say("Say whether you are under 18: is_minor is true or false.")
        raise field_error("is_minor", "age_missing", detail)
    signed = Consent.objects.filter(session_public_id=session.public_id, recorded_by=None)
    if signed.count() >= MOST_BY_LINK:
        raise TooManyByLink(
            say(
                "{most} consents were signed by link in this session. Ask the operator.",
                most=MOST_BY_LINK,
            )
        )


def _taken_back(speaker: Speaker, purposes: list[str]) -> ConsentWithdrawal | None:
    """The withdrawal that says the same already, where nothing of it was signed again."""
    if not set(purposes).isdisjoint(standing(speaker)):
        return None
    same = speaker.withdrawals.filter(recorded_by=None, purposes=in_order(purposes))
    return same.order_by("-pk").first()


def _check(signature: Signature, text: ConsentText, *, minor: bool, in_session: bool) -> None:
    _check_purposes(signature.purposes, text.purposes)
    if in_session and Purpose.RECORD not in signature.purposes:
        raise field_error("purposes", "record_needed", RECORD_NEEDED)
    if not names_somebody(signature.signed_name):
        raise field_error("signed_name", "no_signature", NO_SIGNATURE)
    if not minor:
        return
    fields = ("guardian_name", "guardian_relation")
    missing = [name for name in fields if not names_somebody(getattr(signature, name))]
    if missing:
        errors = [FieldError(name, "guardian_missing", GUARDIAN_MISSING) for name in missing]
        raise RuleBroken(GUARDIAN_MISSING, errors=errors, code="guardian_missing")


def _check_purposes(purposes: Iterable[str], known: Iterable[str]) -> None:
    names = ", ".join(in_order(known))
    if not purposes:
        raise field_error(
            "purposes", "no_purpose", say("Choose at least one purpose of: {names}.", names=names)
        )
    for purpose in purposes:
        if purpose not in known:
            detail = say(
                "No purpose {purpose!r} here. Known purposes: {names}.",
                purpose=purpose,
                names=names,
            )
            raise field_error("purposes", "unknown_consent_purpose", detail)


def _after_all_signatures(speaker: Speaker) -> datetime:
    """Now; not before a signature that is there, should the clock have been set back."""
    latest = speaker.consents.order_by("-signed_at").values_list("signed_at", flat=True).first()
    return max(timezone.now(), latest) if latest else timezone.now()


def _rest_on_consent(speaker: Speaker) -> None:
    """From now on the recordings of this speaker may be kept because they agreed to it."""
    if (
        Speaker.objects.filter(pk=speaker.pk)
        .exclude(basis=Basis.CONSENT)
        .update(basis=Basis.CONSENT)
    ):
        speaker.basis = Basis.CONSENT


def _note(session: Session, by: Any, what: str, purposes: list[str], **more: Any) -> None:
    with transaction.atomic():
        events.note(session, EventKind.CONSENT, by=by, what=what, purposes=purposes, **more)


def _one_line(name: str) -> str:
    return " ".join(name.split())


def _id(row: Any) -> str:
    return row.public_id if row is not None else ""
