"""What the release pages call methods and provenances."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

CONSENSUS_WORDS = {"plurality": _("what most annotators heard"), "intended": _("intended labels")}
PROVENANCE_WORDS = {
    "intended": _("intended"),
    "perceived": _("perceived"),
    "simulated": _("simulated"),
    "adjudicated": _("adjudicated"),
    "predicted": _("predicted"),
}
FORMAT_WORDS = {
    "jsonl": "JSONL",
    "csv": "CSV",
    "parquet": "Parquet",
    "labelstudio": "Label Studio",
}
SEX_WORDS = {
    "female": _("female speakers"),
    "male": _("male speakers"),
    "other": _("speakers of other sex"),
    "null": _("speakers of unknown sex"),
}


@register.filter
def format_word(name: str) -> str:
    return FORMAT_WORDS.get(name, name)


@register.filter
def sex_word(name: str) -> Any:
    return SEX_WORDS.get(name, name)


@register.filter
def consensus_word(method: str) -> Any:
    return CONSENSUS_WORDS.get(method, method)


@register.filter
def provenance_word(name: str) -> Any:
    return PROVENANCE_WORDS.get(name, name)
