"""The texts that speakers sign: versioned, never edited, offered by corpus and language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from annotation.models import ConsentText, Corpus
from annotation.models.consent import Purpose
from annotation.recording.consent_forms import in_order, text_sha256, tidy
from annotation.recording.consent_texts import TEXTS
from speecheq.errors import Conflict, Forbidden, field_error
from speecheq.outbox import audit
from speecheq.roles import Role
from speecheq.sentences import say

CODE = re.compile(r"(?P<family>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<version>[1-9][0-9]{0,3})")
BODY_MAX, EXPLANATION_MAX = 20_000, 2000
OUR_FAMILIES = {text["code"].rpartition("-")[0] for text in TEXTS}


@dataclass(frozen=True)
class TextRequest:
    """A text as somebody wrote it. `purposes` tells what each purpose on offer means, in the
    language of the text."""

    code: str
    language: str
    title: str
    body: str
    purposes: Mapping[str, str]


def find_text(code: str) -> ConsentText:
    """The text of this code. Raises RuleBroken, naming those there are."""
    text = ConsentText.objects.filter(code=code).first()
    if text is None:
        known = ", ".join(ConsentText.objects.values_list("code", flat=True)[:50])
        detail = say("No consent text {code!r}. Known texts: {known}.", code=code, known=known)
        raise field_error("text", "unknown_text", detail)
    return text


def offered_texts(corpus: Corpus) -> list[ConsentText]:
    """What speakers of `corpus` are asked to sign, one in each language: the newest text that an
    administrator or a data manager of the corpus wrote, else the built-in one."""
    manager = Q(
        created_by__memberships__corpus=corpus, created_by__memberships__role=Role.DATA_MANAGER
    )
    own = ConsentText.objects.filter(manager | Q(created_by__is_superuser=True), is_builtin=False)
    newest = {text.language.lower(): text for text in own.order_by("pk").distinct()}
    known = {main_language(text.language) for text in newest.values()}
    ours = ConsentText.objects.filter(is_builtin=True).order_by("pk")
    for text in ours:
        if main_language(text.language) not in known:
            newest[text.language] = text
    return sorted(newest.values(), key=lambda text: text.language)


def main_language(tag: str) -> str:
    """`zh` of `zh-Hans-CN`."""
    return tag.partition("-")[0].lower()


def best_text(texts: list[ConsentText], *languages: str) -> ConsentText | None:
    """The text in the first of `languages` that there is one in; else the first."""
    for language in languages:
        same = [text for text in texts if text.language.lower() == language.lower()]
        near = [text for text in texts if main_language(text.language) == main_language(language)]
        if same or near:
            return (same or near)[0]
    return texts[0] if texts else None


def create_text(request: TextRequest, *, by: Any) -> ConsentText:
    """Add a text. A text is never edited: a change is a text with the next number.

    Raises RuleBroken; Forbidden for a family of the built-in texts; Conflict if the code is taken.
    """
    family, version = read_code(request.code)
    if family in OUR_FAMILIES:
        detail = say(
            "The texts {family}-1, {family}-2 and so on come with the platform. "
            "Call yours otherwise, such as lab-{language}-1.",
            family=family,
            language=request.language,
        )
        raise field_error("code", "text_reserved", detail, kind=Forbidden)
    values = {"language": request.language, "version": version, **_shown(request)}
    try:
        with transaction.atomic():
            text = ConsentText.objects.create(
                code=request.code, sha256=text_sha256(**values), created_by=by, **values
            )
            audit(by, "consent_text.created", text.code, sha256=text.sha256)
    except IntegrityError:
        detail = say(
            "There is a text {code!r}, and a text is never changed. Call this one {next!r}.",
            code=request.code,
            next=next_code(request.code),
        )
        raise field_error("code", "text_exists", detail, kind=Conflict) from None
    return text


def _shown(request: TextRequest) -> dict[str, Any]:
    """What people read of a text, without spaces too many. Raises RuleBroken where it is empty."""
    shown: dict[str, Any] = {
        "title": tidy(request.title),
        "body": tidy(request.body),
        "purposes": _tidy_purposes(request.purposes),
    }
    if not shown["title"] or not shown["body"]:
        field = "body" if shown["title"] else "title"
        raise field_error(field, "empty_text", say("The {field} is empty. Write it.", field=field))
    return shown


def read_code(code: str) -> tuple[str, int]:
    """Family and version: `lab-zh-2` is version 2 of `lab-zh`. Raises RuleBroken."""
    found = CODE.fullmatch(code)
    if found is None:
        detail = say(
            "{code!r} is no code of a text. Use small letters, digits and dashes, "
            "and a number last: lab-zh-1.",
            code=code,
        )
        raise field_error("code", "bad_text_code", detail)
    return found["family"], int(found["version"])


def next_code(code: str) -> str:
    """The code of the version that follows all there are in the family of `code`. For a built-in
    text the family is the laboratory's own."""
    family = read_code(code)[0]
    if family in OUR_FAMILIES:
        family = "lab-" + family.rpartition("-")[2]
    codes = ConsentText.objects.filter(code__startswith=f"{family}-").values_list("code", flat=True)
    split = [found for found in map(CODE.fullmatch, codes) if found]
    versions = [int(found["version"]) for found in split if found["family"] == family]
    return f"{family}-{max(versions, default=0) + 1}"


def _tidy_purposes(purposes: Mapping[str, str]) -> dict[str, str]:
    """In order, those left empty left out. Being recorded is what all others build on."""
    said = {purpose: tidy(words) for purpose, words in purposes.items() if tidy(words)}
    unknown = sorted(set(said) - set(Purpose.values))
    if unknown:
        detail = say(
            "No purpose {unknown!r}. Known purposes: {values}.",
            unknown=unknown[0],
            values=", ".join(Purpose.values),
        )
        raise field_error("purposes", "unknown_consent_purpose", detail)
    if Purpose.RECORD not in said:
        detail = say("Say what being recorded means: without it nothing can be recorded.")
        raise field_error("purposes.record", "record_needed", detail)
    return {purpose: said[purpose] for purpose in in_order(said)}
