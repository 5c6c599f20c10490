"""Label spaces of the database, as the pure code reads them."""

from __future__ import annotations

from annotation.labelspaces.presets import PRESETS
from annotation.labelspaces.projection import FinerScale, Projection
from annotation.labelspaces.space import LabelSpace as PureSpace
from annotation.models import LabelSpace
from annotation.services.versions import named_version
from speecheq.errors import field_error
from speecheq.sentences import say

UNIFIED = PureSpace.from_data(next(each for each in PRESETS if each["code"] == "full-13"))
"""The scale that intended labels are stored on, whatever the native labels were."""


def find_label_space(name: str, *, field: str = "label_space") -> LabelSpace:
    """`core-7` is its newest version, `core-7@1` that version. Raises RuleBroken."""
    space = named_version(LabelSpace.objects.all(), name)
    if space is None:
        known = ", ".join(sorted(set(LabelSpace.objects.values_list("code", flat=True))))
        detail = say("No label space {name!r}. Known: {known}.", name=name, known=known)
        raise field_error(field, "unknown_label_space", detail)
    return space


def pure(space: LabelSpace) -> PureSpace:
    """The row without its database."""
    return PureSpace.from_data(
        {
            "code": space.code,
            "version": space.version,
            "categories": space.categories,
            "levels": space.levels,
        }
    )


def projection(source: PureSpace, target: PureSpace) -> Projection:
    """How labels of `source` read in `target`. Raises RuleBroken where the target is finer."""
    try:
        return Projection(source, target)
    except FinerScale as error:
        raise field_error("label_space", error.code, error.detail) from error
