"""What somebody answered beside the main labels, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from annotation.models import Annotation, Scheme
from annotation.templatetags.annotation_ui import SCALE_NAMES, localised
from annotation.web.answer_form import CONFIDENCES, FLAG_NAMES
from annotation.web.scheme_view import label_words


def further_words(annotation: Annotation, scheme: Scheme) -> list[str]:
    """Further emotions, further scales, certainty and remarks on the sound; empty without any."""
    said = [word["name"] for word in label_words(scheme, _labels(annotation.secondary))]
    words = [_("also %(emotions)s") % {"emotions": ", ".join(said)}] if said else []
    names = SCALE_NAMES | {row["code"]: localised(row) for row in scheme.extras}
    words += [f"{names.get(code, code)} {value:g}" for code, value in annotation.extras.items()]
    if annotation.confidence is not None:
        told = f"{annotation.confidence:g}"
        words.append(str(CONFIDENCES.get(told, _("certainty %(value)s") % {"value": told})))
    return words + [str(FLAG_NAMES.get(flag, flag)) for flag in annotation.flags]


def _labels(codes: list[str]) -> list[dict[str, str]]:
    return [{"esc": code} for code in codes]
