"""The home page is put together from panels; each app offers its own in `<app>/web/panels.py`.

    @home_panel(order=10)
    def my_campaigns(request) -> Panel | None: ...

None means there is nothing for this person, and the panel is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True)
class Panel:
    """One card of the home page."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


PanelFunction = Callable[[HttpRequest], Panel | None]

_panels: list[tuple[int, PanelFunction]] = []


def home_panel(*, order: int) -> Callable[[PanelFunction], PanelFunction]:
    """Register a panel; a lower `order` stands higher on the page."""

    def register(function: PanelFunction) -> PanelFunction:
        _panels.append((order, function))
        _panels.sort(key=lambda pair: pair[0])
        return function

    return register


def panels_for(request: HttpRequest) -> list[Panel]:
    """The panels that have something to say to whoever asks."""
    autodiscover_modules("web.panels")
    made = (function(request) for _order, function in _panels)
    return [panel for panel in made if panel is not None]
