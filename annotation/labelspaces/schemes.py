"""Schemes and native mappings that every installation has, as data.

Keys are `KeyboardEvent.code` values, so that a keyboard layout or a Chinese input method changes
nothing: digits for the core categories under the left hand, H J K L for intensity under the right.
"""

from __future__ import annotations

from typing import Any

from annotation.labelspaces import presets

ESC_KEYS = {
    "NEU": "Digit1",
    "HAP": "Digit2",
    "ANG": "Digit3",
    "SAD": "Digit4",
    "FEA": "Digit5",
    "SUR": "Digit6",
    "DIS": "Digit7",
    "CAL": "KeyC",
    "EXC": "KeyE",
    "FRU": "KeyF",
    "ANX": "KeyX",
    "CON": "KeyN",
    "BOR": "KeyB",
    "OTH": "KeyO",
    "UNK": "KeyU",
}
LEVEL_KEYS = ["KeyH", "KeyJ", "KeyK", "KeyL"]
_MULTI = ["ANG", "DIS", "FEA", "HAP", "SAD", "SUR"]


def _esc(codes: list[str]) -> list[dict[str, Any]]:
    return [{"code": c, "names": presets.ESC_NAMES[c], "key": ESC_KEYS[c]} for c in codes]


_EIS = [{**level, "key": key} for level, key in zip(presets.LEVELS, LEVEL_KEYS, strict=True)]


def _manikin(code: str, key: str, zh: list[str], en: list[str]) -> dict[str, Any]:
    """A scale of nine steps with pictures; `zh` and `en`: its name, its low and its high end."""
    texts = [{"zh": z, "en": e} for z, e in zip(zh, en, strict=True)]
    ends = dict(zip(["names", "low", "high"], texts, strict=True))
    bounds = {"min": 1, "max": 9, "step": 1, "required": False}
    return {"code": code, "kind": "sam", "key": key, **bounds, **ends}


# Valence, arousal and dominance by pictures: names, lowest and highest value, in zh and en.
SAM_TEXTS: dict[str, tuple[str, ...]] = {
    "valence": ("效价", "Valence", "不愉快", "unpleasant", "愉快", "pleasant"),
    "arousal": ("唤醒度", "Arousal", "平静", "calm", "激动", "excited"),
    "dominance": ("支配度", "Dominance", "受支配", "controlled", "支配", "in control"),
}
_VAD = [
    _manikin(code, key, [zh, low_zh, high_zh], [en, low_en, high_en])
    for (code, (zh, en, low_zh, low_en, high_zh, high_en)), key in zip(
        SAM_TEXTS.items(), ["KeyV", "KeyW", "KeyD"], strict=True
    )
]

# Rows of every installation. One added here needs a migration for those made before, as 0008.
SCHEMES: list[dict[str, Any]] = [
    {
        "code": "seqd-1",
        "version": 1,
        "mode": "single",
        "label_space": "full-13",
        "esc": _esc([*presets.FULL_13, "OTH", "UNK"]),
        "eis": _EIS,
        "extras": [],
        "rules": {"eis_required": True},
    },
    {
        "code": "brighter-1",
        "version": 1,
        "mode": "multi",
        "label_space": "core-7",
        "esc": _esc(_MULTI),
        "eis": _EIS,
        "extras": [],
        "rules": {},
    },
    {
        "code": "seqd-vad-1",
        "version": 1,
        "mode": "single",
        "label_space": "full-13",
        "esc": _esc([*presets.FULL_13, "OTH", "UNK"]),
        "eis": _EIS,
        "extras": _VAD,
        "rules": {"eis_required": True, "secondary": 2},
    },
]

# RAVDESS file names: emotion 01..08, intensity 01 normal, 02 strong (Livingstone & Russo 2018).
# Normal and strong are read as moderate and strong; its neutral exists only as normal.
_RAVDESS = {
    "neutral": ("01", "NEU"),
    "calm": ("02", "CAL"),
    "happy": ("03", "HAP"),
    "sad": ("04", "SAD"),
    "angry": ("05", "ANG"),
    "fearful": ("06", "FEA"),
    "disgust": ("07", "DIS"),
    "surprised": ("08", "SUR"),
}
_RAVDESS_LEVELS = {"normal": ("01", 2), "strong": ("02", 3)}


def _ravdess_rows() -> list[dict[str, Any]]:
    source = "RAVDESS file name convention, doi:10.1371/journal.pone.0196391"
    rows = []
    for name, (number, esc) in _RAVDESS.items():
        for level, (level_number, eis) in _RAVDESS_LEVELS.items():
            if esc == "NEU" and level == "strong":
                continue
            target = {"esc": esc, "eis": 0 if esc == "NEU" else eis, "source": source}
            rows.append({"native_label": f"{name}/{level}", **target})
            rows.append({"native_label": f"{number}/{level_number}", **target})
    return rows


MAPPINGS: list[dict[str, Any]] = [{"code": "ravdess", "version": 1, "rows": _ravdess_rows()}]
