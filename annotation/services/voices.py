"""The speakers of an import: found by code, made when a row of theirs is taken."""

from __future__ import annotations

from collections.abc import Iterable

from annotation.models import Corpus, Speaker
from annotation.models.ids import speaker_id
from annotation.recipes import ManifestRow
from speecheq.sentences import say, word

UNKNOWN = "unknown"
"""The speaker code that stands for "nobody knows who"."""


class Voices:
    """Speakers of a corpus by code. `add` notes what rows say of them, `save` writes it."""

    def __init__(self, corpus: Corpus):
        self.corpus = corpus
        self._by_code: dict[str, Speaker] = {}
        self._changed: set[str] = set()

    def load(self, codes: Iterable[str]) -> None:
        """Read the speakers of a batch again: another import may have made them meanwhile."""
        wanted = set(codes)
        found = Speaker.objects.filter(corpus_id=self.corpus.pk, code__in=wanted)
        self._by_code = {code: s for code, s in self._by_code.items() if not s.pk}
        self._by_code |= {speaker.code: speaker for speaker in found}
        self._changed = set()

    def conflict(self, row: ManifestRow) -> str:
        """What contradicts the speaker's record, in words; empty when nothing does."""
        known = self._by_code.get(row.speaker)
        if known is None or not row.sex or not known.sex or known.sex == row.sex:
            return ""
        return say(
            "Speaker {speaker!r} is {sex} in the corpus, {row_sex} in this row.",
            speaker=row.speaker,
            sex=word(known.sex),
            row_sex=word(row.sex),
        )

    def add(self, row: ManifestRow) -> None:
        """Note the row's speaker, and their sex where nobody gave it before."""
        speaker = self._by_code.get(row.speaker)
        if speaker is None:
            speaker = Speaker(
                public_id=speaker_id(self.corpus.slug, row.speaker),
                corpus=self.corpus,
                code=row.speaker,
                is_unknown=row.speaker.lower() == UNKNOWN,
            )
            self._by_code[row.speaker] = speaker
        if row.sex and not speaker.sex:
            speaker.sex = row.sex
            self._changed.add(row.speaker)

    def save(self) -> dict[str, Speaker]:
        """Write what is new, in the caller's transaction; the speakers by code."""
        known = [self._by_code[code] for code in sorted(self._changed)]
        Speaker.objects.bulk_update([s for s in known if s.pk], ["sex"])
        Speaker.objects.bulk_create([s for s in self._by_code.values() if not s.pk])
        self._changed = set()
        return self._by_code
