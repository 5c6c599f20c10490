"""What a key may do on the labelling page, and which keys a person may choose.

An action is named as `annotation.models.Shortcuts` keeps it: `esc:HAP`, `eis:2`, `action:replay`.
Keys are `KeyboardEvent.code` values. Enter submits and Escape leaves, whatever else is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

# What is not a choice. A scheme that uses one of these keys wins; the button then has no key.
ACTION_KEYS = {
    "replay": "Space",
    "pause": "KeyP",
    "loop": "KeyR",
    "undo": "Backspace",
    "skip": "KeyS",
    "back": "Comma",
    "forward": "Period",
    "slower": "Minus",
    "faster": "Equal",
    "region_from": "BracketLeft",
    "region_to": "BracketRight",
    "spectrogram": "KeyG",
    "examples": "KeyA",
    "ask": "KeyQ",
    "history": "KeyY",
    "guessing": "Digit8",
    "fairly_sure": "Digit9",
    "sure": "Digit0",
    "flags": "KeyZ",
    "note": "KeyM",
    "none": "Digit1",
}

# Left out: keys that browsers keep (F1, F5, F11, F12, Tab), that move the focus between radio
# buttons or scroll (arrows, Home, End), and the number pad, whose digits do what digits do.
CHOOSABLE = (
    *(f"Digit{n}" for n in range(10)),
    *(f"Key{letter}" for letter in ascii_uppercase),
    *(f"F{n}" for n in (2, 3, 4, 6, 7, 8, 9, 10)),
    "Space",
    "Backspace",
    "Delete",
    "Insert",
    "Minus",
    "Equal",
    "BracketLeft",
    "BracketRight",
    "Backslash",
    "Semicolon",
    "Quote",
    "Backquote",
    "Comma",
    "Period",
    "Slash",
)


def default_keys(
    esc: Sequence[Mapping[str, Any]],
    eis: Sequence[Mapping[str, Any]],
    extras: Sequence[Mapping[str, Any]] = (),
) -> dict[str, str]:
    """What each action's key is unless a person changed it; choices first. An action whose key a
    choice uses has none ("")."""
    keys = {f"esc:{row['code']}": str(row.get("key", "")) for row in esc}
    keys |= {f"eis:{row['value']}": str(row.get("key", "")) for row in eis}
    keys |= {f"extra:{row['code']}": str(row.get("key", "")) for row in extras}
    used = set(keys.values())
    actions = {f"action:{name}": key for name, key in ACTION_KEYS.items()}
    return keys | {name: "" if key in used else key for name, key in actions.items()}


def with_changes(defaults: Mapping[str, str], changed: Mapping[str, str]) -> dict[str, str]:
    """The keys as they are: changed ones first; a default that one of them took is gone ("")."""
    kept = {action: key for action, key in changed.items() if action in defaults}
    taken = set(kept.values())
    return {
        action: kept.get(action, "" if default in taken else default)
        for action, default in defaults.items()
    }
