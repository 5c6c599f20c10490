"""Scripts: each version is stored once and never changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from annotation.models import Membership, Prompt, Script, ScriptSection
from annotation.recording.order import Section, draw_order
from annotation.recording.phonemes import Reading, read_transcripts
from annotation.recording.script import (
    WrittenPrompt,
    WrittenScript,
    WrittenSection,
    problems,
    shown,
    tidied,
)
from annotation.services.versions import named_version
from speecheq.errors import Conflict, FieldError, Forbidden, NotFound, RuleBroken, field_error
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say

MOST_KNOWN = 20  # named in a message
TRIES = 5  # of two who store at once


def find_script(name: str) -> Script:
    """`seqd-zh-1` is its newest version, `seqd-zh-1@1` that version. Raises NotFound."""
    script = named_version(Script.objects.all(), name)
    if script is None:
        codes = Script.objects.values_list("code", flat=True).order_by("code").distinct()
        known = ", ".join(codes[:MOST_KNOWN]) or say("none yet")
        raise NotFound(
            say(
                "No script {name}. Known: {known}.",
                name=shown(name),
                known=known,
            )
        )
    return script


def next_version(code: str) -> int:
    """The version that the next script of this code gets."""
    last = Script.objects.filter(code=code).aggregate(last=Max("version"))["last"]
    return (last or 0) + 1


def prompts_in_order(script: Script, seed: int) -> list[Prompt]:
    """The prompts as a session with this seed speaks them."""
    sections = script.sections.prefetch_related("prompts")
    return draw_order([Section(s.kind, s.order, list(s.prompts.all())) for s in sections], seed)


def create_script(written: WrittenScript, *, by: Any) -> tuple[Script, bool]:
    """Store a script, or the next version of one. A change of an older one is made so too.

    What says the same as the newest version, or as the version it asks for, is that version.

    Returns: the script, and whether it is new.

    Raises RuleBroken where it cannot be as written, Forbidden for a code that is built in or
    somebody else's, Conflict for a version that is not above the newest.
    """
    written = tidied(written)
    if found := problems(written):
        errors = [FieldError(each.field, each.code, each.detail) for each in found]
        raise RuleBroken(errors[0].detail, errors=errors, code=errors[0].code)
    _check_owner(written.code, by)  # before the work
    readings = read_transcripts(
        (each.transcript or each.text, each.language or written.language)
        for each in written.prompts()
    )
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                _check_owner(written.code, by)
                # Looked up once: should another come in between, the version is taken.
                newest = Script.objects.filter(code=written.code).order_by("-version").first()
                if newest and (same := _same(written, newest)):
                    return same, False
                script = _store(written, _version(written, newest), readings, by)
                audit(by, "script.created", script.name)
                return script, True
        except IntegrityError:  # two at once: look at what the other one stored
            continue
    raise _not_above(written.code, written.version)


def may_continue(code: str, user: Any) -> bool:
    """Whether `user` may make the next version of what exists under this code.

    Its makers may, data managers of a corpus that one of them belongs to, and administrators.
    """
    versions = Script.objects.filter(code=code)
    if user.is_superuser or not versions.exists():
        return True
    makers = set(versions.values_list("created_by", flat=True)) - {None}
    managed = user.memberships.filter(role=Role.DATA_MANAGER).values("corpus")
    shared = Membership.objects.filter(user__in=makers, corpus__in=managed)
    return user.pk in makers or shared.exists()


def _check_owner(code: str, by: Any) -> None:
    if Script.objects.filter(code=code, is_builtin=True).exists():
        detail = say("The script {code!r} is built in. Give yours another code.", code=code)
        raise field_error("code", "script_reserved", detail, kind=Forbidden)
    if not may_continue(code, by):
        detail = say("The script {code!r} was made by others. Give yours another code.", code=code)
        raise field_error("code", "script_of_others", detail, kind=Forbidden)


def _same(written: WrittenScript, newest: Script) -> Script | None:
    """The version that says all that `written` says: the one it asks for, else the newest."""
    found: Script | None = newest
    if written.version is not None and written.version < newest.version:
        found = Script.objects.filter(code=written.code, version=written.version).first()
    if found is None or as_written(found) != replace(written, version=found.version):
        return None
    return found


def _version(written: WrittenScript, newest: Script | None) -> int:
    lowest = newest.version + 1 if newest else 1
    if written.version is not None and written.version < lowest:
        raise _not_above(written.code, written.version)
    return written.version or lowest


def _not_above(code: str, version: int | None) -> Conflict:
    newest = next_version(code) - 1
    detail = say(
        "The script {code} is at version {newest}, and version {version} was "
        "asked for. Give {next} or more, or no version.",
        code=code,
        newest=newest,
        version=version or newest,
        next=newest + 1,
    )
    error: Conflict = field_error("version", "script_exists", detail, kind=Conflict)
    return error


def _store(written: WrittenScript, version: int, readings: list[Reading], by: Any) -> Script:
    script = Script.objects.create(
        code=written.code,
        version=version,
        title=written.title,
        language=written.language,
        created_by=by,
    )
    rows: list[Prompt] = []
    for place, section in enumerate(written.sections, start=1):
        made = ScriptSection.objects.create(
            script=script,
            position=place,
            name=section.name,
            kind=section.kind,
            order=section.order,
        )
        for position, prompt in enumerate(section.prompts, start=1):
            reading = readings[len(rows)]
            rows.append(_row(prompt, reading, script=script, section=made, position=position))
    Prompt.objects.bulk_create(rows)
    return script


def _row(prompt: WrittenPrompt, reading: Reading, **place: Any) -> Prompt:
    return Prompt(
        **place,
        key=prompt.key,
        text=prompt.text,
        transcript=prompt.transcript or prompt.text,
        language=prompt.language,
        phonemes=None if reading.symbols is None else list(reading.symbols),
        target_esc=prompt.target_esc,
        target_eis=prompt.target_eis,
        hint=prompt.hint,
        scenario=prompt.scenario,
    )


def as_written(script: Script) -> WrittenScript:
    """The script as it would be written down, its version with it."""
    sections = script.sections.prefetch_related("prompts")
    return WrittenScript(
        code=script.code,
        version=script.version,
        title=script.title,
        language=script.language,
        sections=tuple(
            WrittenSection(
                name=section.name,
                kind=section.kind,
                order=section.order,
                prompts=tuple(_as_written(prompt) for prompt in section.prompts.all()),
            )
            for section in sections
        ),
    )


def _as_written(prompt: Prompt) -> WrittenPrompt:
    return WrittenPrompt(
        key=prompt.key,
        text=prompt.text,
        transcript="" if prompt.transcript == prompt.text else prompt.transcript,
        language=prompt.language,
        target_esc=prompt.target_esc,
        target_eis=prompt.target_eis,
        hint=prompt.hint,
        scenario=prompt.scenario,
    )
