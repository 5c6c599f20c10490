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


TOOLS: tuple[tuple[Any, tuple[Tool, ...]], ...] = (
    (
        _("Listen"),
        (
            Tool("play", _("Play"), "KeyP", "P"),
            Tool("here", _("Play from cursor"), "KeyF", "F"),
            Tool("earlier", _("Cursor earlier"), "Comma", ","),
            Tool("later", _("Cursor later"), "Period", "."),
        ),
    ),
    (
        _("Region"),
        (
            Tool("previous", _("Previous"), "KeyK", "K"),
            Tool("next", _("Next"), "KeyJ", "J"),
            Tool("unsure", _("Next to check"), "KeyU", "U"),
            Tool("undo", _("Undo"), "KeyZ", "Z"),
        ),
    ),
    (
        _("Change"),
        (
            Tool("split", _("Split here"), "KeyS", "S"),
            Tool("merge", _("Join with next"), "KeyM", "M"),
            Tool("add", _("Add here"), "KeyA", "A"),
            Tool("remove", _("Remove"), "KeyD", "D"),
            Tool("start-earlier", _("Start earlier"), "KeyQ", "Q"),
            Tool("start-later", _("Start later"), "KeyW", "W"),
            Tool("end-earlier", _("End earlier"), "KeyE", "E"),
            Tool("end-later", _("End later"), "KeyR", "R"),
        ),
    ),
    (
        _("This region and all after it"),
        (
            Tool("on", _("Next prompt"), "KeyN", "N"),
            Tool("back", _("Prompt before"), "KeyB", "B"),
        ),
    ),
    (
        _("View"),
        (
            Tool("left", _("Earlier"), "KeyH", "H"),
            Tool("right", _("Later"), "KeyL", "L"),
            Tool("in", _("Zoom in"), "KeyI", "I"),
            Tool("out", _("Zoom out"), "KeyO", "O"),
        ),
    ),
)
"""Groups of them, each with its name."""
