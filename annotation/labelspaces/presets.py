"""Label spaces that every installation has, as data. Names are shown to people; codes are stored.

The category lists and levels are this project's own design. A database row made from an entry is
never changed: a change of meaning is a new version.
"""

from typing import TypedDict

Names = dict[str, str]


class CategoryData(TypedDict):
    """One emotion state; `parent` is its code on a coarser scale, None where it has none."""

    code: str
    names: Names
    parent: str | None


class LevelData(TypedDict):
    """One emotion intensity, from 0 (none) upwards."""

    value: int
    names: Names


class LabelSpaceData(TypedDict):
    """A versioned set of categories and levels."""

    code: str
    version: int
    categories: list[CategoryData]
    levels: list[LevelData]


ESC_NAMES: dict[str, Names] = {
    "NEU": {"zh": "中性", "en": "Neutral"},
    "HAP": {"zh": "高兴", "en": "Happy"},
    "ANG": {"zh": "愤怒", "en": "Angry"},
    "SAD": {"zh": "悲伤", "en": "Sad"},
    "FEA": {"zh": "恐惧", "en": "Fearful"},
    "SUR": {"zh": "惊讶", "en": "Surprised"},
    "DIS": {"zh": "厌恶", "en": "Disgusted"},
    "CAL": {"zh": "平静", "en": "Calm"},
    "EXC": {"zh": "兴奋", "en": "Excited"},
    "FRU": {"zh": "沮丧", "en": "Frustrated"},
    "ANX": {"zh": "焦虑", "en": "Anxious"},
    "CON": {"zh": "轻蔑", "en": "Contemptuous"},
    "BOR": {"zh": "无聊", "en": "Bored"},
    "OTH": {"zh": "其他", "en": "Other"},
    "UNK": {"zh": "无法判断", "en": "Cannot tell"},
}

PARENTS: dict[str, str] = {"CAL": "NEU", "EXC": "HAP", "FRU": "ANG", "ANX": "FEA", "CON": "DIS"}

LEVELS: list[LevelData] = [
    {"value": 0, "names": {"zh": "无", "en": "None"}},
    {"value": 1, "names": {"zh": "轻微", "en": "Slight"}},
    {"value": 2, "names": {"zh": "中等", "en": "Moderate"}},
    {"value": 3, "names": {"zh": "强烈", "en": "Strong"}},
]

CORE_7 = ["NEU", "HAP", "ANG", "SAD", "FEA", "SUR", "DIS"]
FULL_13 = [*CORE_7, "CAL", "EXC", "FRU", "ANX", "CON", "BOR"]
RAVDESS_8 = ["NEU", "CAL", "HAP", "SAD", "ANG", "FEA", "DIS", "SUR"]


def category(code: str, *, among: list[str] | None = None) -> CategoryData:
    """The category `code`; its parent is named only where the space `among` holds the parent."""
    parent = PARENTS.get(code)
    if among is not None and parent not in among:
        parent = None
    return {"code": code, "names": ESC_NAMES[code], "parent": parent}


def _space(code: str, esc: list[str]) -> LabelSpaceData:
    categories = [category(each, among=esc) for each in esc]
    return {"code": code, "version": 1, "categories": categories, "levels": LEVELS}


CONTROL_CATEGORIES: list[CategoryData] = [category("OTH"), category("UNK")]
"""Answers that belong to every space and are never trained on."""

PRESETS: list[LabelSpaceData] = [
    _space("core-7", CORE_7),
    _space("full-13", FULL_13),
    _space("ravdess-8", RAVDESS_8),
]
