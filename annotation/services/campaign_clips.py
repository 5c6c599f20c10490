"""Which clips a campaign is about, and the items made of them."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db.models import Q, QuerySet

from annotation.models import Campaign, Clip, Corpus, Item
from annotation.models.campaign import Order
from speecheq.errors import FieldError, RuleBroken, field_error
from speecheq.sentences import say

KEYS_AT_ONCE = 5000  # a query holds so many values only
KEY_LENGTH = 255
CLIP_FILTERS = ("speaker", "language", "intended_esc", "key_prefix")


def choose_clips(corpus: Corpus, wanted: Any) -> list[tuple[int, str]]:
    """Clips with audio of the corpus: all, those with the listed keys, or those that match.

    Returns (database key, public id) in the order of the clips' keys.
    """
    clips = corpus.clips.filter(label_only=False)
    if isinstance(wanted, list):
        return _by_keys(clips, wanted)
    chosen = clips if wanted == "all" else _matching(clips, wanted)
    return list(chosen.order_by("key").values_list("pk", "public_id"))


def _matching(clips: QuerySet[Clip], wanted: Any) -> QuerySet[Clip]:
    if not isinstance(wanted, dict) or set(wanted) - set(CLIP_FILTERS):
        known = ", ".join(CLIP_FILTERS)
        detail = say(
            'Clips are "all", a list of keys, or a filter with some of: {known}.', known=known
        )
        raise field_error("clips", "unknown_filter", detail)
    for name, value in wanted.items():
        prefix = name == "key_prefix"
        listed = value if isinstance(value, list) and not prefix else [value]
        fits = len(listed) <= KEYS_AT_ONCE and all(
            isinstance(each, str) and len(each) <= KEY_LENGTH for each in listed
        )
        if not fits:
            raise field_error(f"clips.{name}", "bad_filter", _wanted(name, or_list=not prefix))
        clips = clips.filter(_match(name, listed))
    return clips


def _wanted(name: str, *, or_list: bool) -> str:
    if not or_list:
        return say("{name} is a text of at most {most} characters.", name=name, most=KEY_LENGTH)
    return say(
        "{name} is a text of at most {most} characters, or a list of at most {keys} of them.",
        name=name,
        most=KEY_LENGTH,
        keys=KEYS_AT_ONCE,
    )


def _match(name: str, listed: list[str]) -> Q:
    """Clips for which `name` is one of these; a speaker goes by id or by code."""
    if name == "speaker":
        return Q(speaker__public_id__in=listed) | Q(speaker__code__in=listed)
    if name == "key_prefix":
        return Q(key__startswith=listed[0])
    return Q(**{f"{name}__in": listed})


def _by_keys(clips: QuerySet[Clip], keys: list[str]) -> list[tuple[int, str]]:
    known = clips_by_key(clips, keys)
    missing = [(i, key) for i, key in enumerate(keys) if key not in known]
    if missing:
        errors = [
            FieldError(f"clips.{i}", "unknown_clip", say("No clip with audio {key!r}.", key=key))
            for i, key in missing[:20]
        ]
        raise RuleBroken(
            say(
                "{n_missing} of the {n_keys} keys are no clips with audio of this corpus.",
                n_missing=len(missing),
                n_keys=len(keys),
            ),
            errors=errors,
            code="unknown_clip",
        )
    return [known[key] for key in sorted(known)]


def clips_by_key(clips: QuerySet[Clip], keys: list[str]) -> dict[str, tuple[int, str]]:
    """Key to (database key, public id) of those of `clips` that have one of `keys`."""
    known: dict[str, tuple[int, str]] = {}
    for start in range(0, len(keys), KEYS_AT_ONCE):
        part = clips.filter(key__in=keys[start : start + KEYS_AT_ONCE])
        known |= {key: (pk, name) for key, pk, name in part.values_list("key", "pk", "public_id")}
    return known


def create_items(campaign: Campaign, clips: list[tuple[int, str]]) -> None:
    """Items in the order policy's own order; a round of acquisition may move them later."""
    rank = {pk: float(i) for i, (pk, _public_id) in enumerate(clips)}
    if campaign.order != Order.FIXED:
        rank = {pk: own_rank(campaign.seed, public_id) for pk, public_id in clips}
    Item.objects.bulk_create(
        (
            Item(
                campaign=campaign,
                clip_id=pk,
                needed=campaign.overlap,
                free=campaign.overlap,
                base_rank=rank[pk],
                rank=rank[pk],
            )
            for pk, _public_id in clips
        ),
        batch_size=1000,
    )


def own_rank(seed: int, public_id: str) -> float:
    """A number in [0, 1) that seed and clip decide, so that the order can be made again."""
    digest = hashlib.sha256(f"{seed}:{public_id}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
