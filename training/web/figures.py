"""Figures of a model as pages show them: headline measures, confusion and recall with names."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.models import Release
from annotation.templatetags.annotation_ui import local_name

SPLIT_NAMES = {"test": _("test split"), "dev": _("dev split")}

# name in the figures -> (title, how to read it, whether it is a share)
HEADLINES: dict[str, tuple[Any, Any, bool]] = {
    "ua": (_("UA, emotion"), _("mean recall over the categories"), True),
    "wa": (_("WA, emotion"), _("share of clips right"), True),
    "eis_ua": (_("UA, intensity"), _("mean recall over levels above 0"), True),
    "gender_ua": (_("UA, gender"), _("mean recall over the two"), True),
    "phoneme_error": (_("Phoneme error"), _("edits per phoneme; 0 is best"), False),
}


def headlines(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """The measures that there are, in their order."""
    return [
        {"name": name, "title": title, "help": note, "value": figures[name], "is_share": share}
        for name, (title, note, share) in HEADLINES.items()
        if name in figures
    ]


def split_tables(metrics: dict[str, Any], release: Release) -> list[dict[str, Any]]:
    """For each split that was measured: headline figures, confusion and recall, ready to draw."""
    names = category_names(release)
    return [
        {
            "split": split,
            "title": title,
            "n_clips": metrics[split].get("n_clips"),
            "headlines": headlines(metrics[split]),
            **_confusion(metrics[split], names),
        }
        for split, title in SPLIT_NAMES.items()
        if split in metrics
    ]


def category_names(release: Release) -> dict[str, str]:
    """Category code to its name in the language of the page."""
    categories = release.manifest.get("label_space", {}).get("categories", [])
    return {each["code"]: local_name(each["names"], fallback=each["code"]) for each in categories}


def _confusion(figures: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A row per true category: cells with counts and shares of the row, and its recall."""
    if "confusion" not in figures:
        return {}
    codes = figures["confusion"]["labels"]
    columns = [{"code": code, "name": names.get(code, code)} for code in codes]
    rows = []
    for column, counts in zip(columns, figures["confusion"]["matrix"], strict=True):
        total = sum(counts)
        cells = [
            {"n": n, "share": n / total if total else None, "right": code == column["code"]}
            for n, code in zip(counts, codes, strict=True)
        ]
        recall = figures["recall"].get(column["code"])
        rows.append({**column, "cells": cells, "total": total, "recall": recall})
    return {"columns": columns, "rows": rows}
