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


@register.filter
def consensus_word(method: str) -> Any:
    return CONSENSUS_WORDS.get(method, method)


@register.filter
def provenance_word(name: str) -> Any:
    return PROVENANCE_WORDS.get(name, name)
