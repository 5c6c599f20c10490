"""Rules of quality in a session's form: two limits for each figure, empty for the usual ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.recording.qc import RULES, RuleError, Rules

PREFIX = "rule_"
SEVERITIES = ("yellow", "red")

FIGURES: dict[str, str | Promise] = {
    "clipped_share": gettext_lazy("Clipped samples"),
    "speech_ms": gettext_lazy("Speech found"),
    "lead_ms": gettext_lazy("Silence before speech"),
    "tail_ms": gettext_lazy("Silence after speech"),
    "snr_db": gettext_lazy("Voice over noise (SNR)"),
    "noise_dbfs": gettext_lazy("Noise floor"),
    "level_low_dbfs": gettext_lazy("Loudness of the voice, lower limit"),
    "level_high_dbfs": gettext_lazy("Loudness of the voice, upper limit"),
    "rate_low": gettext_lazy("Pace for the text, lower limit"),
    "rate_high": gettext_lazy("Pace for the text, upper limit"),
    "dc_offset": gettext_lazy("Offset from zero"),
    "dropouts": gettext_lazy("Places where sound was lost"),
    "missing_ms": gettext_lazy("Sound missing in all"),
    "room_noise_dbfs": gettext_lazy("Room tone: noise"),
    "room_speech_ms": gettext_lazy("Room tone: speech in it"),
    "room_duration_ms": gettext_lazy("Room tone: length"),
}
UNITS: dict[str, str | Promise] = {
    "share": "",
    "syllables/s": gettext_lazy("syllables a second"),
    "count": "",
}


@dataclass(frozen=True)
class RuleRow:
    """One figure on the page: what it is called, what may be given, and its two fields."""

    name: str | Promise
    span: str
    yellow: BoundField
    red: BoundField


def rule_fields() -> dict[str, forms.Field]:
    """A field for each rule, with the usual limit as its placeholder."""
    usual = Rules().as_dict()
    return {f"{PREFIX}{name}": _field(name, usual[name]) for name in RULES}


def _field(name: str, usual: float) -> forms.Field:
    fact = RULES[name]
    label = _("doubtful") if name.endswith("_yellow") else _("bad")
    given: dict[str, Any] = {
        "label": label,
        "required": False,
        "widget": forms.NumberInput(attrs={"placeholder": f"{usual:g}"}),
    }
    if fact.unit == "count":
        return forms.IntegerField(min_value=int(fact.minimum), max_value=int(fact.maximum), **given)
    return forms.FloatField(min_value=fact.minimum, max_value=fact.maximum, **given)


def rule_rows(form: forms.Form) -> list[RuleRow]:
    """The fields of a form, a row for each figure."""
    return [
        RuleRow(name, _span(figure), *(form[_name(figure, each)] for each in SEVERITIES))
        for figure, name in FIGURES.items()
    ]


def _name(figure: str, severity: str) -> str:
    return f"{PREFIX}{figure}_{severity}"


def _span(figure: str) -> str:
    """Which side is worse, what may be given, and in which unit."""
    fact = RULES[f"{figure}_red"]
    words = _("bad above the limit") if fact.worse == "above" else _("bad below the limit")
    if fact.unit == "count":
        words = _("bad from the limit on")
    unit = UNITS.get(fact.unit, fact.unit)
    return f"{words}; {fact.minimum:g} … {fact.maximum:.0f} {unit}".rstrip()


def initial_rules(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Initial values of the fields: the rules that a session changes."""
    return {f"{PREFIX}{name}": value for name, value in changed.items()}


def take_rules(form: forms.Form, values: dict[str, Any]) -> dict[str, float]:
    """Take the rules out of `values`: those that were given, by name. A figure whose limits do not
    fit each other gets its error at the field."""
    given = {name: values.pop(f"{PREFIX}{name}", None) for name in RULES}
    for figure in FIGURES:
        names = [f"{figure}_{each}" for each in SEVERITIES]
        changed = {name: given[name] for name in names if given[name] is not None}
        if not any(f"{PREFIX}{name}" in form.errors for name in names):
            _check(form, figure, changed)
    return {name: value for name, value in given.items() if value is not None}


def _check(form: forms.Form, figure: str, changed: dict[str, float]) -> None:
    try:
        Rules().changed(changed)
    except RuleError:
        yellow, red = ({**Rules().as_dict(), **changed}[f"{figure}_{each}"] for each in SEVERITIES)
        told = _("The limit for doubtful, %(yellow)s, is worse than that for bad, %(red)s.")
        form.add_error(_name(figure, "yellow"), told % {"yellow": f"{yellow:g}", "red": f"{red:g}"})


def rules_in_words(changed: Mapping[str, Any]) -> list[str]:
    """The rules that a session changes, a short sentence each."""
    severities = {"yellow": _("doubtful"), "red": _("bad")}
    told = []
    for name in (each for each in RULES if each in changed):
        figure, _sep, severity = name.rpartition("_")
        told.append(f"{FIGURES[figure]}, {severities[severity]}: {changed[name]:g}")
    return told
