"""One session in full, as the recorder page and programs read it: a fixed number of queries,
however many prompts it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation.models import Session, Speaker
from annotation.models.consent import Purpose
from annotation.models.take import TakeKind
from annotation.services.recording import consents, room_tone
from annotation.services.recording.quality import rules_of


@dataclass
class Taken:
    """What there is of one prompt: how many takes, the chosen one's id, the verdict on it or, where
    none is chosen, on the newest."""

    takes: int = 0
    accepted: str | None = None
    verdict: str | None = None
    newest: str | None = None

    def add(self, public_id: str, accepted: bool, verdict: str) -> None:
        """Takes come oldest first."""
        self.takes += 1
        self.newest = public_id
        if accepted:
            self.accepted = public_id
        if accepted or self.accepted is None:
            self.verdict = verdict


def taken_by_prompt(session: Session) -> dict[int | None, Taken]:
    """By prompt's key; under None the room tone. One query."""
    found: dict[int | None, Taken] = {None: Taken()}
    columns = ("prompt_id", "kind", "public_id", "accepted", "verdict")
    for prompt, kind, *take in session.takes.order_by("pk").values_list(*columns):
        key = None if kind == TakeKind.ROOM_TONE else prompt
        found.setdefault(key, Taken()).add(*take)
    return found


def prompts_of(session: Session, taken: dict[int | None, Taken]) -> list[dict[str, Any]]:
    """The prompts in the order of the session, with what there is of each."""
    places = session.places.select_related("prompt__section").order_by("position")
    nothing = Taken()
    rows = []
    for place in places:
        prompt, section = place.prompt, place.prompt.section
        have = taken.get(prompt.pk, nothing)
        rows.append(
            {
                "id": prompt.public_id,
                "key": prompt.key,
                "text": prompt.text,
                "transcript": prompt.transcript,
                "language": prompt.language or session.script.language,
                "hint": prompt.hint,
                "scenario": prompt.scenario,
                "target_esc": prompt.target_esc,
                "target_eis": prompt.target_eis,
                "section": section.name,
                "kind": section.kind,
                "position": place.position,
                "state": place.state,
                "note": place.note,
                "takes": have.takes,
                "accepted": have.accepted,
                "verdict": have.verdict,
                "newest": have.newest,
            }
        )
    return rows


def purposes_in_force(speaker: Speaker) -> list[str]:
    standing = consents.standing(speaker)
    return [purpose for purpose in Purpose.values if purpose in standing]


def consent_of(session: Session) -> dict[str, Any]:
    purposes = purposes_in_force(session.speaker)
    return {"in_force": Purpose.RECORD in purposes, "purposes": purposes}


def room_of(session: Session, tone: Taken) -> dict[str, Any]:
    return {
        "takes": tone.takes,
        "accepted": tone.accepted,
        "verdict": tone.verdict,
        "again": room_tone.is_asked_again(session),
    }


def in_full(session: Session, *, link: str | None = None) -> dict[str, Any]:
    """The session as JSON holds it. `link`: the address of a link made just now."""
    taken = taken_by_prompt(session)
    speaker, tone = session.speaker, taken[None]
    return {
        "id": session.public_id,
        "title": session.title,
        "corpus": session.corpus.slug,
        "speaker": {
            "id": speaker.public_id,
            "code": speaker.code,
            "language": speaker.language,
        },
        "script": session.script.name,
        "language": session.script.language,
        "state": session.state,
        "mode": session.mode,
        "seed": session.seed,
        "bits": session.bits,
        "countdown_s": session.countdown_s,
        "wants_room_tone": session.wants_room_tone,
        "qc_rules": rules_of(session).as_dict(),
        "operator": session.operator.username if session.operator else None,
        "planned_for": session.planned_for,
        "created_at": session.created_at,
        "device": session.device,
        "revision": session.revision,
        "consent": consent_of(session),
        "prompts": prompts_of(session, taken),
        "room_tone": room_of(session, tone),
        "link": link,
    }
