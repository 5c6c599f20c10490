"""The editor's fields as its templates draw them: each with its name, value and errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from annotation.labelspaces.actions import CHOOSABLE
from annotation.labelspaces.cross_rules import REFUSE, WARN
from annotation.labelspaces.extras import SAM, SLIDER
from annotation.models.scheme import SchemeMode
from annotation.services.judgements import MOST_SECONDARY
from annotation.templatetags.annotation_ui import key_name
from annotation.web.scheme_draft import EIS_TARGET, Draft

Errors = Mapping[str, list[str]]


@dataclass(frozen=True)
class Cell:
    """One field. `label` is what it is called; `options` makes it a choice."""

    name: str
    value: str
    label: str
    errors: list[str]
    options: list[tuple[str, str]] | None = None

    @property
    def id(self) -> str:
        return "f-" + self.name.replace(".", "-")


class Fields:
    """What the template asks for, in its order."""

    def __init__(self, draft: Draft, errors: Errors):
        self.draft, self.errors = draft, errors
        letters = [(code, str(key_name(code))) for code in CHOOSABLE]
        self.keys = [("", _("no key")), *letters]

    def cell(self, name: str, label: str, options: list[tuple[str, str]] | None = None) -> Cell:
        return Cell(name, self.draft.get(name), label, self.errors.get(name, []), options)

    @property
    def head(self) -> dict[str, Cell]:
        counts = [(str(n), str(n)) for n in range(MOST_SECONDARY + 1)]
        return {
            "code": self.cell("code", _("Code")),
            "mode": self.cell("mode", _("What is asked"), list(SchemeMode.choices)),
            "eis_required": self.cell("eis_required", _("An intensity must be given")),
            "secondary": self.cell("secondary", _("Further emotions"), counts),
            "shows_intended": self.cell(
                "shows_intended", _("Annotators see what the speaker was asked to express")
            ),
        }

    @property
    def categories(self) -> list[dict[str, Any]]:
        return [self._row("esc", code, code) for code in self.draft.esc]

    @property
    def levels(self) -> list[dict[str, Any]]:
        return [self._row("eis", level, level) for level in self.draft.eis]

    def _row(self, kind: str, which: str, shown: str) -> dict[str, Any]:
        place = f"{kind}.{which}"
        return {
            "which": which,
            "on": self.cell(f"{place}.on", _("Offer %(what)s") % {"what": shown}),
            "zh": self.cell(f"{place}.zh", _("%(what)s in Chinese") % {"what": shown}),
            "en": self.cell(f"{place}.en", _("%(what)s in English") % {"what": shown}),
            "key": self.cell(f"{place}.key", _("Key of %(what)s") % {"what": shown}, self.keys),
        }

    @property
    def scales(self) -> list[dict[str, Any]]:
        kinds = [(SAM, _("pictures (SAM)")), (SLIDER, _("slider"))]
        labels: dict[str, tuple[str, Any]] = {
            "code": (_("Code"), None),
            "kind": (_("Shown as"), kinds),
            "min": (_("Lowest"), None),
            "max": (_("Highest"), None),
            "step": (pgettext("scale", "Step"), None),
            "key": (_("Key"), self.keys),
            "zh": (_("Name in Chinese"), None),
            "en": (_("Name in English"), None),
            "low_zh": (_("Lowest means, in Chinese"), None),
            "low_en": (_("Lowest means, in English"), None),
            "high_zh": (_("Highest means, in Chinese"), None),
            "high_en": (_("Highest means, in English"), None),
        }
        return [
            {
                "number": i,
                "cells": [self.cell(f"extras.{i}.{n}", *labels[n]) for n in labels],
                "required": self.cell(f"extras.{i}.required", _("A rating must be given")),
            }
            for i in range(self.draft.n_scales)
        ]

    @property
    def rules(self) -> list[dict[str, Any]]:
        targets = [(EIS_TARGET, _("the intensity"))]
        for i in range(self.draft.n_scales):
            code = self.draft.get(f"extras.{i}.code")
            targets.append((code, code))
        severities = [(WARN, _("warn")), (REFUSE, _("refuse the answer"))]
        labels: dict[str, tuple[str, Any]] = {
            "when_min": (_("And its intensity is at least"), None),
            "when_max": (_("And its intensity is at most"), None),
            "target": (_("Then"), targets),
            "then_min": (_("is at least"), None),
            "then_max": (_("is at most"), None),
            "severity": (_("Otherwise"), severities),
            "zh": (_("saying, in Chinese"), None),
            "en": (_("saying, in English"), None),
        }
        return [
            {
                "number": i,
                "when": self._when(i),
                "cells": [self.cell(f"cross.{i}.{n}", *labels[n]) for n in labels],
            }
            for i in range(self.draft.n_rules)
        ]

    def _when(self, i: int) -> dict[str, Any]:
        name = f"cross.{i}.when_esc"
        chosen = set(self.draft.whens[i])
        return {
            "name": name,
            "errors": self.errors.get(name, []),
            "codes": [(code, code in chosen) for code in self.draft.offered("esc")],
        }

    @property
    def of_sections(self) -> dict[str, list[str]]:
        """Errors of a whole section, such as NEU without intensity 0."""
        return {name: self.errors.get(name, []) for name in ("esc", "eis", "cross")}
