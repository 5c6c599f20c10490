"""A scheme as a page shows it: names in the reader's language, categories in groups."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.labelspaces.actions import ACTION_KEYS
from annotation.labelspaces.extras import SAM, SLIDER, scale_problems
from annotation.labelspaces.presets import CORE_7, ESC_NAMES
from annotation.labelspaces.rules import CONTROL, NEUTRAL
from annotation.models import Scheme
from annotation.services import shortcuts
from annotation.services.judgements import worded
from annotation.templatetags.annotation_ui import SCALE_NAMES, localised
from annotation.web.manikins import N_FIGURES, manikin

ACTION_NAMES = {
    "replay": _("Replay"),
    "pause": _("Play or pause"),
    "loop": _("Loop"),
    "back": _("Half a second back"),
    "forward": _("Half a second on"),
    "slower": _("Slower"),
    "faster": _("Faster"),
    "region_from": _("Part of the clip: from here"),
    "region_to": _("Part of the clip: to here"),
    "spectrogram": _("Spectrogram"),
    "undo": _("Change last"),
    "skip": _("Skip"),
    "examples": _("Examples"),
    "ask": _("Ask about this clip"),
    "history": _("My last labels"),
    "guessing": _("How sure: guessing"),
    "fairly_sure": _("How sure: fairly sure"),
    "sure": _("How sure: sure"),
    "flags": _("Something wrong with the sound"),
    "note": _("Note"),
    "none": _("None of them"),
}


@dataclass(frozen=True)
class PageScheme:
    """`groups`: the core categories, then finer ones, then those that settle on none. Each row
    carries its key; one without a key carries ""."""

    name: str
    mode: str
    groups: list[list[dict[str, Any]]]
    levels: list[dict[str, Any]]
    eis_optional: list[str]
    most_secondary: int
    scales: list[dict[str, Any]]
    rules: list[dict[str, Any]]
    shows_intended: bool
    action_keys: dict[str, str]  # an action without a key is left out

    @property
    def all(self) -> list[dict[str, Any]]:
        return [row for group in self.groups for row in group]

    @property
    def secondary(self) -> list[dict[str, Any]]:
        """Emotions that can be heard besides the first; a key here has Shift."""
        if not self.most_secondary:
            return []
        heard = [row for row in self.all if row["code"] not in (NEUTRAL, *CONTROL)]
        return [{**row, "key": row["key"] and f"Shift+{row['key']}"} for row in heard]

    def words(self) -> str:
        """Names by code and by intensity, as JSON, for what the speaker was asked to express."""
        return json.dumps(self._words(), ensure_ascii=False)

    def meant(self, clip: dict[str, Any]) -> str:
        """The intended labels of an offered clip in words; "" where the scheme hides them."""
        label = clip.get("intended")
        if label is None:
            return ""
        words = self._words()
        shown = [words.get(label["esc"], label["esc"]), words.get(str(label["eis"]), "")]
        return " · ".join(filter(None, shown))

    def names(self) -> dict[str, dict[str, str]]:
        """Of categories and further scales by code, as the modules show an answer."""
        own = {row["code"]: row["name"] for row in self.all}
        known = {code: str(name) for code, name in SCALE_NAMES.items()}
        scales = {row["code"]: row["name"] for row in self.scales}
        return {"esc": _every_category() | own, "extras": known | scales}

    def _words(self) -> dict[str, str]:
        # What was meant may be finer than the scheme.
        levels = {str(level["value"]): level["name"] for level in self.levels}
        return _every_category() | levels

    def for_modules(self) -> dict[str, Any]:
        """What the page's modules must know of it; the rest they find in the form."""
        return {
            "scheme": self.name,
            "mode": self.mode,
            "eis_optional": self.eis_optional,
            "most_secondary": self.most_secondary,
            "required": [scale["code"] for scale in self.scales if scale.get("required")],
            "rules": self.rules,
        }


def _every_category() -> dict[str, str]:
    return {code: worded(names) for code, names in ESC_NAMES.items()}


def scheme_for_page(scheme: Scheme, user: Any) -> PageScheme:
    """The scheme with the keys that `user` has for it: the one place where pages get keys from."""
    keys = shortcuts.keys_of(scheme, user)
    rows = [
        {**row, "name": localised(row), "key": keys[f"esc:{row['code']}"]} for row in scheme.esc
    ]
    levels = [
        {**row, "name": localised(row), "key": keys[f"eis:{row['value']}"]} for row in scheme.eis
    ]
    core = [row for row in rows if row["code"] in CORE_7]
    control = [row for row in rows if row["code"] in CONTROL]
    finer = [row for row in rows if row not in core and row not in control]
    required = bool(scheme.rules.get("eis_required"))
    return PageScheme(
        name=scheme.name,
        mode=scheme.mode,
        groups=[group for group in (core, [*finer, *control]) if group],
        levels=levels,
        eis_optional=sorted(CONTROL) if required else [row["code"] for row in rows],
        most_secondary=int(scheme.rules.get("secondary", 0)),
        scales=[scale_for_page(row, keys[f"extra:{row['code']}"]) for row in scheme.extras],
        rules=[{**row, "message": worded(row["message"])} for row in scheme.rules.get("cross", ())],
        shows_intended=bool(scheme.rules.get("shows_intended")),
        action_keys=action_keys(keys),
    )


def scale_for_page(row: dict[str, Any], key: str) -> dict[str, Any]:
    """A further scale with its words; pictures stand over the steps they belong to.

    A draft may ask for pictures that there are not: its preview shows a slider.
    """
    low, high = worded(row["low"]), worded(row["high"])
    shown = {**row, "name": localised(row), "key": key, "low_name": low, "high_name": high}
    if row["kind"] != SAM or any(scale_problems([row])):
        return {**shown, "kind": SLIDER}
    steps = list(range(row["min"], row["max"] + 1))
    stride = (len(steps) - 1) // (N_FIGURES - 1)
    figures = [
        {"value": steps[i * stride], "picture": manikin(row["code"], i)} for i in range(N_FIGURES)
    ]
    return {**shown, "steps": steps, "n_steps": len(steps), "figures": figures}


def action_keys(keys: dict[str, str]) -> dict[str, str]:
    """Of what is not a choice, by name; what has no key is left out."""
    named = {action.removeprefix("action:"): key for action, key in keys.items()}
    return {name: key for name, key in named.items() if name in ACTION_KEYS and key}


def label_words(scheme: Scheme, labels: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Labels as people read them: `esc` for colours, `name`, `level` ("" where not rated)."""
    names = {row["code"]: localised(row) for row in scheme.esc}
    levels = {row["value"]: f"{row['value']} · {localised(row)}" for row in scheme.eis}
    return [
        {
            "esc": label["esc"],
            "name": names.get(label["esc"], label["esc"]),
            "level": levels.get(label.get("eis"), ""),
        }
        for label in labels
    ]
