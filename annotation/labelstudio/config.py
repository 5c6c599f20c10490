"""The labelling interface that goes with our tasks, as Label Studio reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from annotation.labelspaces.presets import CONTROL_CATEGORIES

AUDIO = "audio"
ESC = "esc"
EIS = "eis"


def labelling_config(
    categories: Iterable[Mapping[str, Any]], levels: Iterable[Mapping[str, Any]], *, language: str
) -> str:
    """XML with one choice of category and one of intensity.

    Args:
        categories, levels: as in `annotation.labelspaces.presets`; control categories are added.
        language: `zh` or `en`, of the names shown. What is stored are codes.
    """
    view = ET.Element("View")
    ET.SubElement(view, "Audio", name=AUDIO, value="$audio")
    offered = {each["code"]: each["names"] for each in (*categories, *CONTROL_CATEGORIES)}
    _choices(view, ESC, ((code, names[language]) for code, names in offered.items()))
    _choices(view, EIS, ((str(each["value"]), each["names"][language]) for each in levels))
    ET.indent(view)
    return ET.tostring(view, encoding="unicode")


def _choices(view: ET.Element, name: str, options: Iterable[tuple[str, str]]) -> None:
    choices = ET.SubElement(view, "Choices", name=name, toName=AUDIO, choice="single")
    for stored, shown in options:
        # `alias` is what Label Studio stores, `value` what it shows.
        ET.SubElement(choices, "Choice", value=shown, alias=stored)
