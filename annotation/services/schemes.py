"""Making a scheme: the labels a campaign offers, checked against its label space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from string import ascii_uppercase
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from annotation.labelspaces.cross_rules import Offer, rule_problems
from annotation.labelspaces.extras import Scale, scale_problems
from annotation.labelspaces.rules import NEUTRAL
from annotation.labelspaces.schemes import LEVEL_KEYS, SCHEMES
from annotation.models import LabelSpace, Scheme
from annotation.models.scheme import SchemeMode
from annotation.services.scales import find_label_space, pure
from speecheq.errors import Conflict, Forbidden, field_error
from speecheq.outbox import audit
from speecheq.sentences import say

LETTERS = [f"Key{letter}" for letter in ascii_uppercase if f"Key{letter}" not in LEVEL_KEYS]
BUILT_IN = frozenset(str(each["code"]) for each in SCHEMES)


@dataclass(frozen=True)
class SchemeRequest:
    """As `annotation.models.Scheme` keeps it: all in the order in which they are shown."""

    code: str
    esc: Sequence[dict[str, Any]]
    eis: Sequence[dict[str, Any]]
    version: int = 1
    mode: str = SchemeMode.SINGLE
    label_space: str = "full-13"
    extras: Sequence[dict[str, Any]] = ()
    rules: dict[str, Any] = field(default_factory=dict)


def create_scheme(request: SchemeRequest, *, by: Any) -> Scheme:
    """Store a new version. Raises Forbidden, Conflict, RuleBroken; a scheme is never changed.

    A campaign that names no version gets the newest, in every corpus: so nobody but an
    administrator makes a version of a scheme that every installation has.
    """
    scheme = checked_scheme(request, by=by)
    try:
        with transaction.atomic():
            scheme.save(force_insert=True)
            audit(by, "scheme.created", f"{scheme.code}@{scheme.version}")
    except IntegrityError as error:
        detail = say(
            "The scheme {code} version {version} exists. Raise the version.",
            code=request.code,
            version=request.version,
        )
        raise field_error("version", "scheme_exists", detail, kind=Conflict) from error
    return scheme


def checked_scheme(request: SchemeRequest, *, by: Any) -> Scheme:
    """The scheme as it would be stored. Raises Forbidden, RuleBroken."""
    if request.code in BUILT_IN and not by.is_superuser:
        detail = say("The scheme {code!r} is built in. Give yours another code.", code=request.code)
        raise field_error("code", "scheme_reserved", detail, kind=Forbidden)
    space = find_label_space(request.label_space)
    _check_categories(request, pure(space).holds)
    _check_levels(request, pure(space).levels)
    _check_neutral(request)
    _check_extras(request)
    _check_rules(request)
    request = _with_keys(request)
    _check_keys(request)
    return as_scheme(request, space)


def as_scheme(request: SchemeRequest, space: LabelSpace) -> Scheme:
    """The record of it, neither checked nor stored."""
    return Scheme(
        code=request.code,
        version=request.version,
        mode=request.mode,
        label_space=space,
        esc=list(request.esc),
        eis=list(request.eis),
        extras=list(request.extras),
        rules=request.rules,
    )


def next_version(code: str) -> int:
    """The version that the next scheme of this code gets."""
    last = Scheme.objects.filter(code=code).aggregate(last=Max("version"))["last"]
    return (last or 0) + 1


def _check_categories(request: SchemeRequest, holds: Any) -> None:
    codes = [each["code"] for each in request.esc]
    for index, code in enumerate(codes):
        place = f"esc.{index}.code"
        if not holds(code):
            detail = say(
                "The label space {label_space} has no category {code!r}.",
                label_space=request.label_space,
                code=code,
            )
            raise field_error(place, "unknown_esc", detail)
        if code in codes[:index]:
            raise field_error(place, "repeated", say("{code} is offered twice.", code=code))


def _check_levels(request: SchemeRequest, levels: Sequence[int]) -> None:
    values = [each["value"] for each in request.eis]
    for index, value in enumerate(values):
        place = f"eis.{index}.value"
        if value not in levels:
            offered = ", ".join(map(str, levels))
            raise field_error(
                place,
                "out_of_scale",
                say("EIS {value} is not one of {offered}.", value=value, offered=offered),
            )
        if value in values[:index]:
            raise field_error(place, "repeated", say("EIS {value} is offered twice.", value=value))
    if request.rules.get("eis_required") and not values:
        detail = say("An intensity cannot be required where none is offered.")
        raise field_error("rules.eis_required", "no_levels", detail)


def _check_neutral(request: SchemeRequest) -> None:
    """NEU and 0 imply each other, so one cannot be offered without the other."""
    neutral = NEUTRAL in {each["code"] for each in request.esc}
    zero = 0 in {each["value"] for each in request.eis}
    if request.mode == SchemeMode.MULTI:
        if neutral:
            detail = say(
                "Where every emotion gets an intensity, neutral is 0 in all: leave NEU out."
            )
            raise field_error("esc", "neutral_in_multi", detail)
        if not zero:
            raise field_error(
                "eis", "zero_missing", say("Intensities need 0, for emotions not heard.")
            )
    elif request.eis and neutral != zero:
        detail = say("NEU and intensity 0 mean the same: offer both or neither.")
        raise field_error("eis", "neutral_needs_zero", detail)


def _check_extras(request: SchemeRequest) -> None:
    for problem in scale_problems(request.extras):
        raise field_error(problem.field, problem.code, problem.detail)


def _check_rules(request: SchemeRequest) -> None:
    multi = request.mode == SchemeMode.MULTI
    if multi and request.rules.get("secondary"):
        detail = say(
            "Where every emotion gets an intensity there are no further ones: leave it at 0."
        )
        raise field_error("rules.secondary", "secondary_in_multi", detail)
    offer = Offer(
        esc=[each["code"] for each in request.esc],
        levels=[each["value"] for each in request.eis],
        multi=multi,
        eis_required=bool(request.rules.get("eis_required")),
        scales=[Scale.from_data(each) for each in request.extras],
    )
    for problem in rule_problems(request.rules.get("cross", []), offer):
        raise field_error(problem.field, problem.code, problem.detail)


def _with_keys(request: SchemeRequest) -> SchemeRequest:
    """What names no key gets one: levels as in the built-in schemes, scales their first letter."""
    rows = [*request.esc, *request.eis, *request.extras]
    used = {each["key"] for each in rows if "key" in each}

    def keyed(each: dict[str, Any], wanted: Sequence[str]) -> dict[str, Any]:
        if "key" in each:
            return each
        # Without a free letter it has no key, and stays within reach of Tab.
        key = next((one for one in [*wanted, *LETTERS] if one not in used), "")
        used.add(key)
        return {**each, "key": key}

    levels = [keyed(each, LEVEL_KEYS) for each in request.eis]
    extras = [keyed(each, [f"Key{each['code'][0].upper()}"]) for each in request.extras]
    return replace(request, eis=levels, extras=extras)


def _check_keys(request: SchemeRequest) -> None:
    """One key, one answer; Enter submits."""
    used = {"Enter": "submitting"}
    for name in ("esc", "eis", "extras"):
        for index, each in enumerate(getattr(request, name)):
            answer = str(each.get("code", each.get("value")))
            key = each["key"]
            if key in used:
                detail = say("The key {key} stands for {used} already.", key=key, used=used[key])
                raise field_error(f"{name}.{index}.key", "key_taken", detail)
            if key:
                used[key] = answer
