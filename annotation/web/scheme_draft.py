"""A scheme on its way: what the editor's form holds, and what REST would be sent for it.

A draft is flat: names of fields to what was typed, and the orders of its rows. It is the same
whether it comes from a label space, from a scheme or from the form, so that nothing typed is lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from annotation.labelspaces.actions import CHOOSABLE
from annotation.labelspaces.extras import SAM, SLIDER
from annotation.labelspaces.presets import CONTROL_CATEGORIES
from annotation.labelspaces.schemes import ESC_KEYS, LEVEL_KEYS, SAM_TEXTS
from annotation.models import LabelSpace, Scheme
from annotation.models.scheme import SchemeMode

ON = "on"
MOST_ROWS = 30  # of scales or of rules
SCALE_TEXTS = ("code", "kind", "min", "max", "step", "zh", "en", "key")
SCALE_ENDS = ("low_zh", "low_en", "high_zh", "high_en")
RULE_TEXTS = ("when_min", "when_max", "target", "then_min", "then_max", "severity", "zh", "en")
EIS_TARGET = "eis"


@dataclass
class Draft:
    """`values`: field name, such as `esc.HAP.key`, to what it holds. `whens`: per rule, codes."""

    esc: list[str]
    eis: list[str]
    n_scales: int = 0
    n_rules: int = 0
    values: dict[str, str] = field(default_factory=dict)
    whens: list[list[str]] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    def is_on(self, name: str) -> bool:
        return self.get(name) == ON

    def offered(self, kind: str) -> list[str]:
        """The codes or levels that are chosen, in order. `kind`: esc or eis."""
        return [each for each in getattr(self, kind) if self.is_on(f"{kind}.{each}.on")]


def from_space(space: LabelSpace) -> Draft:
    """Everything the space has, with the names and keys of the built-in schemes."""
    categories = [*space.categories, *CONTROL_CATEGORIES]
    draft = Draft(
        esc=[each["code"] for each in categories],
        eis=[str(each["value"]) for each in space.levels],
        values={
            "mode": SchemeMode.SINGLE,
            "label_space": f"{space.code}@{space.version}",
            "eis_required": ON,
            "secondary": "0",
        },
    )
    free = iter(_free_keys(categories, len(space.levels)))
    for each in categories:
        key = ESC_KEYS.get(each["code"]) or next(free, "")
        _put_row(draft, f"esc.{each['code']}", {**each, "key": key})
    for i, level in enumerate(space.levels):
        key = LEVEL_KEYS[i] if i < len(LEVEL_KEYS) else next(free, "")
        _put_row(draft, f"eis.{level['value']}", {**level, "key": key})
    return draft


def _free_keys(categories: Sequence[Mapping[str, Any]], n_levels: int) -> list[str]:
    used = {ESC_KEYS.get(each["code"]) for each in categories} | set(LEVEL_KEYS[:n_levels])
    return [key for key in CHOOSABLE if key not in used]


def _put_row(draft: Draft, place: str, row: Mapping[str, Any], *, on: bool = True) -> None:
    draft.values[f"{place}.on"] = ON if on else ""
    draft.values[f"{place}.zh"] = row["names"].get("zh", "")
    draft.values[f"{place}.en"] = row["names"].get("en", "")
    draft.values[f"{place}.key"] = row.get("key", "")


def from_scheme(scheme: Scheme) -> Draft:
    """What the scheme offers, first; then what its label space has besides, not chosen."""
    draft = from_space(scheme.label_space)
    for kind, name in (("esc", "code"), ("eis", "value")):
        rows = {str(row[name]): row for row in getattr(scheme, kind)}
        for each in getattr(draft, kind):
            draft.values[f"{kind}.{each}.on"] = ""
        for each, row in rows.items():
            _put_row(draft, f"{kind}.{each}", row)
        setattr(draft, kind, [*rows, *(e for e in getattr(draft, kind) if e not in rows)])
    draft.values |= {
        "base": scheme.name,
        "code": scheme.code,
        "mode": scheme.mode,
        "eis_required": ON if scheme.rules.get("eis_required") else "",
        "shows_intended": ON if scheme.rules.get("shows_intended") else "",
        "secondary": str(scheme.rules.get("secondary", 0)),
    }
    for row in scheme.extras:
        _put_scale(draft, row)
    for row in scheme.rules.get("cross", []):
        _put_rule(draft, row)
    return draft


def _put_scale(draft: Draft, row: Mapping[str, Any]) -> None:
    place = f"extras.{draft.n_scales}"
    for name in ("code", "kind", "min", "max", "step", "key"):
        draft.values[f"{place}.{name}"] = str(row.get(name, ""))
    for name, texts in (("", row["names"]), ("low_", row["low"]), ("high_", row["high"])):
        for language in ("zh", "en"):
            draft.values[f"{place}.{name}{language}"] = texts.get(language, "")
    draft.values[f"{place}.required"] = ON if row.get("required") else ""
    draft.n_scales += 1


def _put_rule(draft: Draft, row: Mapping[str, Any]) -> None:
    place, when, then = f"cross.{draft.n_rules}", row["when"], row["then"]
    low, high = ("min", "max") if "extra" in then else ("eis_min", "eis_max")
    texts = {
        "when_min": when.get("eis_min"),
        "when_max": when.get("eis_max"),
        "target": then.get("extra", EIS_TARGET),
        "then_min": then.get(low),
        "then_max": then.get(high),
        "severity": row["severity"],
        "zh": row["message"]["zh"],
        "en": row["message"]["en"],
    }
    for name, value in texts.items():
        draft.values[f"{place}.{name}"] = "" if value is None else str(value)
    draft.whens.append(list(when.get("esc", [])))
    draft.n_rules += 1


def from_post(posted: QueryDict) -> Draft:
    """What the form holds. Rows the form does not know are not made up."""
    draft = Draft(
        esc=_names(posted.getlist("esc")),
        eis=_names(posted.getlist("eis")),
        n_scales=_count(posted.get("n_scales", "")),
        n_rules=_count(posted.get("n_rules", "")),
        values={name: posted[name].strip() for name in posted},
    )
    draft.whens = [posted.getlist(f"cross.{i}.when_esc") for i in range(draft.n_rules)]
    return draft


def _names(sent: list[str]) -> list[str]:
    known = [each for each in dict.fromkeys(sent) if re.fullmatch("[A-Za-z0-9_]{1,8}", each)]
    return known[:100]


def _count(text: str) -> int:
    return min(int(text), MOST_ROWS) if re.fullmatch("[0-9]{1,3}", text) else 0


def change(draft: Draft, action: str) -> None:
    """Do what a button asks: `up:esc:HAP`, `down:eis:2`, `add:valence`, `drop:extras:0`, ..."""
    verb, _, rest = action.partition(":")
    kind, _, which = rest.partition(":")
    if verb in ("up", "down") and kind in ("esc", "eis"):
        _move(getattr(draft, kind), which, -1 if verb == "up" else 1)
    elif verb == "add" and kind == "rule" and draft.n_rules < MOST_ROWS:
        draft.values |= {f"cross.{draft.n_rules}.target": EIS_TARGET}
        draft.values |= {f"cross.{draft.n_rules}.severity": "warn"}
        draft.whens.append([])
        draft.n_rules += 1
    elif verb == "add" and draft.n_scales < MOST_ROWS:
        _put_scale(draft, _new_scale(kind))
    elif verb == "drop" and which.isdecimal():
        _drop(draft, kind, int(which))


def _move(order: list[str], which: str, by: int) -> None:
    if which in order:
        here = order.index(which)
        there = min(max(here + by, 0), len(order) - 1)
        order.insert(there, order.pop(here))


def _new_scale(kind: str) -> dict[str, Any]:
    if kind in SAM_TEXTS:
        zh, en, low_zh, low_en, high_zh, high_en = SAM_TEXTS[kind]
        row = {"code": kind, "kind": SAM, "min": 1, "max": 9, "step": 1}
        names, low = {"zh": zh, "en": en}, {"zh": low_zh, "en": low_en}
        return {**row, "names": names, "low": low, "high": {"zh": high_zh, "en": high_en}}
    row = {"code": "", "kind": SLIDER, "min": 0, "max": 100, "step": 1}
    return {**row, "names": {}, "low": {}, "high": {}}


def _drop(draft: Draft, kind: str, which: int) -> None:
    """Take out one row; those behind it move up."""
    texts = (*SCALE_TEXTS, *SCALE_ENDS, "required") if kind == "extras" else RULE_TEXTS
    count = draft.n_scales if kind == "extras" else draft.n_rules
    if kind not in ("extras", "cross") or which >= count:
        return
    for i in range(which, count):
        for name in texts:
            draft.values[f"{kind}.{i}.{name}"] = draft.get(f"{kind}.{i + 1}.{name}")
    if kind == "extras":
        draft.n_scales -= 1
    else:
        draft.n_rules -= 1
        del draft.whens[which]


def to_data(draft: Draft, *, version: int) -> dict[str, Any]:
    """The body that REST would be sent for it; what is no number stays text and is refused."""
    return {
        "code": draft.get("code"),
        "version": version,
        "mode": draft.get("mode"),
        "label_space": draft.get("label_space"),
        "esc": [{"code": code, **_shown(draft, f"esc.{code}")} for code in draft.offered("esc")],
        "eis": [
            {"value": _number(level), **_shown(draft, f"eis.{level}")}
            for level in draft.offered("eis")
        ],
        "extras": [_scale(draft, f"extras.{i}") for i in range(draft.n_scales)],
        "rules": {
            "eis_required": draft.is_on("eis_required"),
            "secondary": _number(draft.get("secondary") or "0"),
            "shows_intended": draft.is_on("shows_intended"),
            "cross": [_rule(draft, i) for i in range(draft.n_rules)],
        },
    }


def _shown(draft: Draft, place: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"names": _both(draft, f"{place}.")}
    if draft.get(f"{place}.key"):
        shown["key"] = draft.get(f"{place}.key")
    return shown


def _both(draft: Draft, start: str) -> dict[str, str]:
    return {language: draft.get(f"{start}{language}") for language in ("zh", "en")}


def _scale(draft: Draft, place: str) -> dict[str, Any]:
    numbers = {name: _number(draft.get(f"{place}.{name}")) for name in ("min", "max", "step")}
    return {
        "code": draft.get(f"{place}.code"),
        "kind": draft.get(f"{place}.kind"),
        **numbers,
        **_shown(draft, place),
        "low": _both(draft, f"{place}.low_"),
        "high": _both(draft, f"{place}.high_"),
        "required": draft.is_on(f"{place}.required"),
    }


def _rule(draft: Draft, i: int) -> dict[str, Any]:
    place = f"cross.{i}"
    target = draft.get(f"{place}.target")
    ends = ("eis_min", "eis_max") if target == EIS_TARGET else ("min", "max")
    then = {} if target == EIS_TARGET else {"extra": target}
    return {
        "when": {
            **({"esc": draft.whens[i]} if draft.whens[i] else {}),
            **_ends(draft, f"{place}.when", ("eis_min", "eis_max")),
        },
        "then": {**then, **_ends(draft, f"{place}.then", ends)},
        "severity": draft.get(f"{place}.severity"),
        "message": _both(draft, f"{place}."),
    }


def _ends(draft: Draft, start: str, names: tuple[str, str]) -> dict[str, Any]:
    texts = (draft.get(f"{start}_min"), draft.get(f"{start}_max"))
    return {n: _number(text) for n, text in zip(names, texts, strict=True) if text}


def _number(text: str) -> Any:
    """1 for "1", 0.5 for "0.5"; anything else as it is."""
    if re.fullmatch(r"-?[0-9]{1,9}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]{1,9}\.[0-9]{1,9}", text) else text


def place_in_form(draft: Draft, name: str) -> str:
    """The field of the form for a field of the body: `esc.1.names.zh` is `esc.SAD.zh`."""
    parts = name.split(".")
    if parts[0] == "version":
        return "code"
    if parts[0] in ("esc", "eis") and len(parts) > 2:
        offered = draft.offered(parts[0])
        which = offered[int(parts[1])] if parts[1].isdecimal() else ""
        last = "on" if parts[-1] in ("code", "value") else parts[-1]
        return f"{parts[0]}.{which}.{last}"
    if parts[0] == "extras" and len(parts) > 2:
        ends = f"{parts[2]}_" if parts[2] in ("low", "high") else ""
        return f"extras.{parts[1]}.{ends}{parts[-1]}"
    if parts[:2] == ["rules", "cross"] and len(parts) > 3:
        return f"cross.{parts[2]}.{_rule_field(parts[3:])}"
    return parts[1] if parts[0] == "rules" and len(parts) > 1 else parts[0]


def _rule_field(parts: list[str]) -> str:
    part, last = parts[0], parts[-1]
    if part == "message":
        return last if last in ("zh", "en") else "zh"
    if part == "severity":
        return "severity"
    end = {"eis_min": "min", "eis_max": "max"}.get(last, last)
    if end in ("min", "max"):
        return f"{part}_{end}"
    return "when_esc" if part == "when" else "target"
