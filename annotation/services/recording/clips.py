"""From take to clip, and from a session to a campaign.

The chosen takes of main sections become clips the way an import makes them: the same decoding, the
same rules for sound the corpus has already, original bytes kept. What the prompt asked for is the
clip's intended label. A take becomes one clip, so asking again adds only what is new.

A clip is there to be labelled, so the speaker must have agreed to that beside being recorded; it is
asked when the work is asked for, when it begins, and in the transaction that writes a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotation.models import Campaign, Clip, ClipAlias, Corpus, Item, Session, Take
from annotation.models.campaign import CampaignState
from annotation.models.consent import Purpose
from annotation.models.script import SectionKind
from annotation.models.take import TakeKind
from annotation.recipes import ManifestRow, Reading
from annotation.services.campaign_clips import create_items
from annotation.services.campaigns import CampaignRequest, create_campaign, draw_seed
from annotation.services.imports import ingest
from annotation.services.ingest import Report
from annotation.services.recording import consents, events
from annotation.services.recording.incoming import folder
from annotation.services.recording.visitors import RECORDERS
from speecheq.authorisation import require_role
from speecheq.errors import RuleBroken
from speecheq.jobs import JobHandle, submit_job
from speecheq.models import Job
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say

CLIPS, CAMPAIGN = "annotation.clips_of_session", "annotation.campaign_of_session"
SCHEME = "seqd-1"
NEEDED = (Purpose.RECORD, Purpose.LABEL)
TITLE_LENGTH = 150


class NoTakes(RuleBroken):
    """The session has no chosen take of a main section."""

    code = "no_takes"


# --- asking ------------------------------------------------------------------------------------


def request_clips(session: Session, *, by: Any) -> Job:
    """Make clips of the chosen takes; a job. Raises Forbidden, ConsentMissing, NoTakes."""
    require_role(by, session.corpus, *RECORDERS)
    return _submit(CLIPS, session, by)


def request_campaign(session: Session, *, by: Any) -> Job:
    """Make clips, and a draft campaign over them; a job. Raises as `request_clips` does."""
    require_role(by, session.corpus, Role.DATA_MANAGER)
    return _submit(CAMPAIGN, session, by)


def _submit(kind: str, session: Session, by: Any) -> Job:
    _check_consent(session)
    if not chosen_takes(session).exists():
        raise NoTakes(
            say(
                "No take of a main section is chosen in this session: accept takes "
                "first. Those of a training section never become clips."
            )
        )
    return submit_job(
        kind=kind,
        params={"session": session.public_id},
        requested_by=by,
        corpus=session.corpus.slug,
        dedupe_key=f"{kind}:{session.public_id}",
    )


def chosen_takes(session: Session) -> QuerySet[Take]:
    """Takes that become clips, whether or not they have: spoken, chosen, of a main section."""
    takes = session.takes.filter(kind=TakeKind.SPEECH, accepted=True)
    main = takes.filter(prompt__section__kind=SectionKind.MAIN)
    return main.select_related("prompt").order_by("prompt__key")


def _check_consent(session: Session) -> None:
    for purpose in NEEDED:
        consents.require(session.speaker, purpose)


# --- making ------------------------------------------------------------------------------------


def make_clips(job: JobHandle) -> dict[str, Any]:
    """The job CLIPS: what an import reports, and how many clips the session has now."""
    session = _session(job)
    report = _make(session, job)
    n_clips = len(_clips_of(session))
    return {**report.as_result(), "clips": n_clips}


def make_campaign(job: JobHandle) -> dict[str, Any]:
    """The job CAMPAIGN: as CLIPS, and the campaign's id."""
    told = make_clips(job)
    campaign = campaign_of_session(_session(job), by=_asker(job))
    return told | {"campaign": campaign.public_id}


def _session(job: JobHandle) -> Session:
    sessions = Session.objects.select_related("corpus", "speaker", "script")
    return sessions.get(public_id=job.params["session"])


def _asker(job: JobHandle) -> Any:
    return Job.objects.select_related("requested_by").get(pk=job.pk).requested_by


def _make(session: Session, job: JobHandle) -> Report:
    takes = list(chosen_takes(session).filter(clip=None))

    def tell(done: int, total: int) -> None:
        _check_consent(session)
        job.progress(done=done, total=total)

    with _files(takes) as (root, names):
        rows = [_row(session, take, names[take.pk]) for take in takes]
        reading = Reading(root=root, rows=rows)
        asked = partial(_check_consent, session)
        report = ingest(session.corpus, reading, progress=tell, allow=asked)
    if linked := _link(session, takes):
        told = {"clips": linked, "job": job.public_id}
        audit(_asker(job), "session.clips_made", session.public_id, **told)
        events.touch(session)
    return report


def _row(session: Session, take: Take, audio: str) -> ManifestRow:
    prompt = take.prompt
    assert prompt is not None  # speech has one
    return ManifestRow(
        key=key_of(session, take),
        audio=audio,
        speaker=session.speaker.code,
        language=prompt.language or session.script.language,
        transcript=prompt.transcript,
        intended_esc=prompt.target_esc,
        intended_eis=prompt.target_eis,
    )


def key_of(session: Session, take: Take) -> str:
    """The clip's key: unique in the corpus, and the same whenever it is made.

    A clip's public id is computed from its key, and whoever labels may know all else in it: the
    take's random id keeps them from trying prompts until the id fits, which tells the target.
    """
    prompt = take.prompt.key if take.prompt else take.kind
    return f"{session.public_id}/{prompt}/{take.version}/{take.public_id}"


@contextmanager
def _files(takes: Iterable[Take]) -> Iterator[tuple[Path, dict[int, str]]]:
    """A folder and each take's file in it: the storage itself where that is a folder, else copies
    that are gone afterwards."""
    try:
        root = Path(default_storage.path(""))
    except NotImplementedError:
        with TemporaryDirectory(dir=folder()) as copies:
            yield Path(copies), {take.pk: _copied(take, Path(copies)) for take in takes}
    else:
        yield root, {take.pk: str(take.file.name) for take in takes}


def _copied(take: Take, into: Path) -> str:
    name = f"{take.public_id}.wav"
    with take.file.open("rb") as source, (into / name).open("wb") as copy:
        for part in source.chunks():
            copy.write(part)
    return name


def _link(session: Session, takes: list[Take]) -> int:
    """Note of each take which clip it became, also where the corpus had its sound; how many."""
    keys = {key_of(session, take): take for take in takes}
    own = Clip.objects.filter(corpus=session.corpus, key__in=keys).values_list("key", "pk")
    same = ClipAlias.objects.filter(corpus=session.corpus, key__in=keys)
    found = dict(own) | dict(same.values_list("key", "clip"))
    for key, clip in found.items():
        Take.objects.filter(pk=keys[key].pk, clip=None).update(clip=clip)
    return len(found)


def _clips_of(session: Session) -> list[tuple[int, str]]:
    """(database key, public id) of the clips of the chosen takes, in the order of prompts."""
    takes = chosen_takes(session).exclude(clip=None)
    return list(dict.fromkeys(takes.values_list("clip", "clip__public_id")))


# --- a campaign of it --------------------------------------------------------------------------


def campaign_name(session: Session) -> str:
    """A name that no campaign of the corpus has: the script and the day, and a number if need be.

    Whoever labels reads it, so it says nothing of the session: neither its speaker nor its title.
    """
    day = timezone.localdate().isoformat()
    first = f"{_title_for_annotators(session)}, {day}"
    taken = set(session.corpus.campaigns.values_list("name", flat=True))
    name, n = first, 1
    while name in taken:
        n += 1
        name = f"{first} ({n})"
    return name


def _title_for_annotators(session: Session) -> str:
    """The script's title or code, unless they name the speaker themselves."""
    speaker = session.speaker.code.casefold()
    for title in (session.script.title, session.script.code):
        line = " ".join(title.split())[:TITLE_LENGTH]
        if line and speaker not in line.casefold():
            return line
    return "Recordings"


def campaigns_of(session: Session) -> QuerySet[Campaign]:
    """The campaigns that were made of this session, whatever they are called, oldest first."""
    return session.campaigns.order_by("pk")


@transaction.atomic
def campaign_of_session(session: Session, *, by: Any) -> Campaign:
    """The draft campaign over the session's clips, made where there is none.

    Clips that are new since are added while it is a draft. Once people label in it they make a
    further draft, so that a take that was chosen late is labelled, too. Raises ConsentMissing.
    """
    _check_consent(session)
    made = list(campaigns_of(session).select_for_update())
    known = set(Item.objects.filter(campaign__in=made).values_list("clip", flat=True))
    missing = [clip for clip in _clips_of(session) if clip[0] not in known]
    if not made or (missing and made[-1].state != CampaignState.DRAFT):
        return _new_campaign(session, missing, by=by)
    create_items(made[-1], missing)
    return made[-1]


def _new_campaign(session: Session, clips: list[tuple[int, str]], *, by: Any) -> Campaign:
    own = [pk for pk, _public_id in clips]
    keys = list(Clip.objects.filter(pk__in=own).values_list("key", flat=True))
    if not keys:
        raise NoTakes(say("No take became a clip. The job before says why each was refused."))
    Corpus.objects.select_for_update().get(pk=session.corpus_id)  # one name at a time
    name = campaign_name(session)
    request = CampaignRequest(name=name, scheme=SCHEME, clips=keys, seed=draw_seed())
    made = create_campaign(corpus=session.corpus, request=request, by=by)
    made.session = session
    made.save(update_fields=["session"])
    return made


@dataclass(frozen=True)
class Made:
    """What has become of a session: its clips, takes that could be some, its campaigns."""

    n_clips: int
    n_new: int
    campaigns: list[Campaign]


def made_of(session: Session) -> Made:
    """Three queries."""
    n_clips = Clip.objects.filter(takes__session=session).distinct().count()
    new = chosen_takes(session).filter(clip=None)
    return Made(n_clips, new.count(), list(campaigns_of(session)))


def lineage_of(clip: Clip) -> QuerySet[Take]:
    """The takes a clip was made of, with session and consent, oldest first."""
    takes = clip.takes.select_related("session__speaker", "prompt", "consent__text")
    return takes.order_by("pk")
