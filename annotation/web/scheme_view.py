"""A scheme as a page shows it: names in the reader's language, categories in groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation.labelspaces.presets import CORE_7
from annotation.labelspaces.rules import CONTROL
from annotation.models import Scheme
from annotation.templatetags.annotation_ui import localised

# Keys of what is not a choice. A scheme that uses one of them wins; the button then has no key.
ACTION_KEYS = {
    "replay": "Space",
    "pause": "KeyP",
    "loop": "KeyR",
    "undo": "Backspace",
    "skip": "KeyS",
}


@dataclass(frozen=True)
class PageScheme:
    """`groups`: the core categories, then finer ones, then those that settle on none."""

    mode: str
    groups: list[list[dict[str, Any]]]
    levels: list[dict[str, Any]]
    eis_optional: list[str]
    action_keys: dict[str, str]

    @property
    def all(self) -> list[dict[str, Any]]:
        return [row for group in self.groups for row in group]


def scheme_for_page(scheme: Scheme) -> PageScheme:
    rows = [{**row, "name": localised(row)} for row in scheme.esc]
    levels = [{**row, "name": localised(row)} for row in scheme.eis]
    core = [row for row in rows if row["code"] in CORE_7]
    control = [row for row in rows if row["code"] in CONTROL]
    finer = [row for row in rows if row not in core and row not in control]
    required = bool(scheme.rules.get("eis_required"))
    return PageScheme(
        mode=scheme.mode,
        groups=[group for group in (core, [*finer, *control]) if group],
        levels=levels,
        eis_optional=sorted(CONTROL) if required else [row["code"] for row in rows],
        action_keys=free_action_keys([*rows, *levels]),
    )


def free_action_keys(choices: list[dict[str, Any]]) -> dict[str, str]:
    """The keys of actions that no choice of the scheme uses."""
    used = {row.get("key") for row in choices}
    return {action: key for action, key in ACTION_KEYS.items() if key not in used}
