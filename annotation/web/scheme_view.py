"""A scheme as a page shows it: names in the reader's language, categories in groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation.labelspaces.actions import ACTION_KEYS
from annotation.labelspaces.presets import CORE_7
from annotation.labelspaces.rules import CONTROL
from annotation.models import Scheme
from annotation.services import shortcuts
from annotation.templatetags.annotation_ui import localised


@dataclass(frozen=True)
class PageScheme:
    """`groups`: the core categories, then finer ones, then those that settle on none."""

    mode: str
    groups: list[list[dict[str, Any]]]
    levels: list[dict[str, Any]]
    eis_optional: list[str]
    action_keys: dict[str, str]  # an action without a key is left out

    @property
    def all(self) -> list[dict[str, Any]]:
        return [row for group in self.groups for row in group]


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
        mode=scheme.mode,
        groups=[group for group in (core, [*finer, *control]) if group],
        levels=levels,
        eis_optional=sorted(CONTROL) if required else [row["code"] for row in rows],
        action_keys=action_keys(keys),
    )


def action_keys(keys: dict[str, str]) -> dict[str, str]:
    """Of what is not a choice, by name; what has no key is left out."""
    named = {action.removeprefix("action:"): key for action, key in keys.items()}
    return {name: key for name, key in named.items() if name in ACTION_KEYS and key}
