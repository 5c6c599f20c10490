"""What the editor of a long recording can do: each by a button, and by its key."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class Tool(NamedTuple):
    """A button. `act`: of `long_editor.js`; `code`: of the key, as keyboard events name it."""

    act: str
    label: Any
    code: str
    key: str


Group = tuple[Any, tuple[Tool, ...]]
SIGNS = {",": "Comma", ".": "Period"}


def _group(name: Any, *tools: tuple[str, Any, str]) -> Group:
    """Tools by their act, label and key."""
    codes = ((*tool, SIGNS.get(tool[2], f"Key{tool[2]}")) for tool in tools)
    return name, tuple(Tool(act, label, code, key) for act, label, key, code in codes)


# Each with its name.
TOOLS: tuple[Group, ...] = (
    _group(
        _("Listen"),
        ("play", _("Play"), "P"),
        ("here", _("Play from cursor"), "F"),
        ("earlier", _("Cursor earlier"), ","),
        ("later", _("Cursor later"), "."),
    ),
    _group(
        _("Region"),
        ("previous", _("Previous"), "K"),
        ("next", _("Next"), "J"),
        ("unsure", _("Next to check"), "U"),
        ("undo", _("Undo"), "Z"),
    ),
    _group(
        _("Change"),
        ("split", _("Split here"), "S"),
        ("merge", _("Join with next"), "M"),
        ("add", _("Add here"), "A"),
        ("remove", _("Remove"), "D"),
        ("start-earlier", _("Start earlier"), "Q"),
        ("start-later", _("Start later"), "W"),
        ("end-earlier", _("End earlier"), "E"),
        ("end-later", _("End later"), "R"),
    ),
    _group(
        _("This region and all after it"),
        ("on", _("Next prompt"), "N"),
        ("back", _("Prompt before"), "B"),
    ),
    _group(
        _("View"),
        ("left", _("Earlier"), "H"),
        ("right", _("Later"), "L"),
        ("in", _("Zoom in"), "I"),
        ("out", _("Zoom out"), "O"),
    ),
)
