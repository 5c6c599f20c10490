"""What the release pages call methods and provenances."""

from django import template
from django.utils.translation import gettext_lazy as _

from speecheq.naming import name_codes

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

name_codes(
    register,
    format_word=FORMAT_WORDS,
    sex_word=SEX_WORDS,
    consensus_word=CONSENSUS_WORDS,
    provenance_word=PROVENANCE_WORDS,
)
