"""Where each speaker stands in all versions of a release name: written once, never changed."""

from __future__ import annotations

from collections.abc import Mapping

from annotation.models import Release, Speaker, SplitLedger
from speecheq.errors import Conflict
from speecheq.sentences import say

BATCH = 1000


class LedgerMoved(Conflict):
    """Another version of the same name froze a speaker while this one was being built."""

    code = "ledger_moved"


def read_ledger(series: str) -> dict[str, str]:
    """Speaker's public id to split."""
    rows = SplitLedger.objects.filter(series=series)
    return dict(rows.values_list("speaker__public_id", "split"))


def write_ledger(release: Release, speakers: Mapping[str, str]) -> int:
    """Freeze the speakers that are new. Returns how many; call it in the freezing transaction.

    Raises:
        LedgerMoved: a speaker was frozen elsewhere in the meantime.
    """
    frozen = read_ledger(release.name)
    moved = [s for s, split in speakers.items() if frozen.get(s, split) != split]
    if moved:
        detail = say(
            "Another version of {name!r} froze {n_moved} speaker(s) meanwhile.",
            name=release.name,
            n_moved=len(moved),
        )
        raise LedgerMoved(detail)
    new = [speaker for speaker in speakers if speaker not in frozen]
    for start in range(0, len(new), BATCH):
        part = new[start : start + BATCH]
        keys = dict(Speaker.objects.filter(public_id__in=part).values_list("public_id", "pk"))
        SplitLedger.objects.bulk_create(
            SplitLedger(
                series=release.name, speaker_id=keys[each], split=speakers[each], release=release
            )
            for each in part
        )
    return len(new)
