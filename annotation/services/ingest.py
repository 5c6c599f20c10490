"""From rows to clips: the one service behind the command, the pages and the REST calls.

Rows go through in batches. Decoding and storing happen outside any transaction; the rows of a batch
are then written in one short one. What is written is complete, so an import that is killed simply
runs again: keys that are there are compared by the hash of their sound and counted as `already`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from annotation.models import Clip, ClipAlias, Corpus, LabelMappingRow
from annotation.models.ids import clip_id
from annotation.recipes import ManifestRow, Reading, RowError
from annotation.recipes.mapping import Label, intended_label
from annotation.services.clip_files import forget_files, store_files
from annotation.services.decoding import Decoders, Outcome, Prepared
from annotation.services.voices import Voices
from speecheq.errors import DomainError
from speecheq.names import path_below
from speecheq.sentences import Sentence, say
from speecheq.texts import made_storable

BATCH = 64
AHEAD = 2  # batches being decoded while one is stored
MAX_LISTED = 1000
MAX_DETAIL = 1000
UNKNOWN_LANGUAGE = "mul"

Progress = Callable[[int, int], None]


def _storable(detail: str) -> str:
    def cut(text: str) -> str:
        return made_storable(text)[:MAX_DETAIL]

    return detail.with_texts(cut) if isinstance(detail, Sentence) else cut(detail)


@dataclass
class Report:
    """What an import did, row by row where a person must look."""

    imported: int = 0
    duplicates: int = 0
    already: int = 0
    n_refused: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    duplicate_rows: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, error: RowError) -> None:
        """Note a row that is not taken; of very many the beginning is kept, and all are counted."""
        self.n_refused += 1
        if len(self.refused) < MAX_LISTED:
            key, detail = made_storable(error.key), _storable(error.detail)
            row = {"line": error.line, "key": key, "field": error.field, "code": error.code}
            self.refused.append(row | {"detail": detail})

    def as_result(self) -> dict[str, Any]:
        """As a job's result; of very long lists the beginning, and how long they are."""
        listed = {"refused": self.refused, "duplicate_rows": self.duplicate_rows}
        result: dict[str, Any] = {
            "imported": self.imported,
            "duplicates": self.duplicates,
            "already": self.already,
            **{name: rows[:MAX_LISTED] for name, rows in listed.items()},
        }
        if self.n_refused > MAX_LISTED:
            result["refused_total"] = self.n_refused
        return result


@dataclass
class _Work:
    """A row and what becomes of its sound (None: label_only)."""

    row: ManifestRow
    sound: Future[Outcome] | None


@dataclass
class _Plan:
    """What one batch will write."""

    clips: list[tuple[ManifestRow, Prepared | None]] = field(default_factory=list)
    aliases: list[tuple[ManifestRow, str]] = field(default_factory=list)
    made_before: int = 0
    already: int = 0
    refused: list[RowError] = field(default_factory=list)
    duplicates: list[dict[str, Any]] = field(default_factory=list)

    def count_known(self, row: ManifestRow, own: Mapping[str, str]) -> None:
        """A key that the corpus has: of an import before, or of this one (`own`)."""
        if row.key not in own:
            self.already += 1
        elif own[row.key]:
            self.note_duplicate(row, own[row.key])
        else:
            self.made_before += 1

    def note_duplicate(self, row: ManifestRow, same_as: str) -> None:
        self.duplicates.append({"line": row.line, "key": row.key, "same_as": same_as})


class Ingest:
    """One import into one corpus. `dry_run` decodes and reports, and writes nothing.

    `since` is when an import began that now goes on: what it made since then counts as its own.
    `allow` is called in the transaction that writes a batch, and raises where that may not be.
    """

    def __init__(
        self,
        corpus: Corpus,
        reading: Reading,
        decoders: Decoders,
        *,
        mapping: Mapping[str, Label] | None = None,
        dry_run: bool = False,
        since: datetime | None = None,
        allow: Callable[[], None] = lambda: None,
    ):
        self.corpus = corpus
        self.reading = reading
        self.decoders = decoders
        self.mapping = mapping or {}
        self.dry_run = dry_run
        self.since = since
        self.allow = allow
        self.report = Report()
        self.voices = Voices(corpus)
        self._dry_sounds: dict[str, str] = {}

    def run(self, progress: Progress = lambda done, total: None) -> Report:
        """Import every row. `progress(done, total)` is called after each batch and may raise."""
        for error in self.reading.errors:
            self.report.refuse(error)
        total = len(self.reading.rows) + len(self.reading.errors)
        done = len(self.reading.errors)
        progress(done, total)
        waiting: deque[list[_Work]] = deque()
        for batch in _batches(self.reading.rows):
            waiting.append(started := self._start(batch))
            done += len(batch) - len(started)  # refused before anything was decoded
            if len(waiting) > AHEAD:
                done += self._finish(waiting.popleft())
                progress(done, total)
        while waiting:
            done += self._finish(waiting.popleft())
            progress(done, total)
        return self.report

    # --- before the sound is known ---------------------------------------------------------

    def _start(self, rows: list[ManifestRow]) -> list[_Work]:
        known = self._known_keys(rows)
        started = []
        for row in rows:
            try:
                sound = None if row.label_only else self._decode(row, new=row.key not in known)
            except DomainError as error:
                self.report.refuse(RowError(row.line, row.key, error.code, error.detail, "audio"))
                continue
            started.append(_Work(row, sound))
        return started

    def _decode(self, row: ManifestRow, *, new: bool) -> Future[Outcome]:
        path = path_below(self.reading.root, row.audio)
        if not _is_plain_file(path):
            raise DomainError(
                say("There is no file {audio!r}.", audio=row.audio), code="audio_not_found"
            )
        return self.decoders.submit(path, derivatives=new and not self.dry_run)

    def _known_keys(self, rows: Iterable[ManifestRow]) -> dict[str, tuple[str, str]]:
        """(hash of the sound, "" for ratings alone; speaker's code) of each key the corpus has."""
        keys = [row.key for row in rows]
        clips = Clip.objects.filter(corpus_id=self.corpus.pk, key__in=keys)
        aliases = ClipAlias.objects.filter(corpus_id=self.corpus.pk, key__in=keys)
        found = clips.values_list("key", "sha256", "speaker__code")
        more = aliases.values_list("key", "clip__sha256", "speaker__code")
        return {key: (sha256, code) for key, sha256, code in (*found, *more)}

    def _made_since(self, rows: Iterable[ManifestRow]) -> dict[str, str]:
        """Keys that an earlier attempt of this import made: "" for a clip, and for an alias the key
        of the clip with its sound."""
        if self.since is None:
            return {}
        keys = [row.key for row in rows]
        recent = {"corpus_id": self.corpus.pk, "key__in": keys, "created_at__gte": self.since}
        clips = Clip.objects.filter(**recent).values_list("key", flat=True)
        aliases = ClipAlias.objects.filter(**recent).values_list("key", "clip__key")
        return dict.fromkeys(clips, "") | dict(aliases)

    # --- once it is ------------------------------------------------------------------------

    def _finish(self, batch: list[_Work]) -> int:
        sounds = [(work.row, work.sound.result() if work.sound else None) for work in batch]
        try:
            plan = self._carry_out(sounds)
        except IntegrityError:  # another import wrote the same keys or sounds meanwhile
            plan = self._carry_out(sounds)
        self.report.imported += len(plan.clips) + plan.made_before
        self.report.duplicates += len(plan.duplicates)
        self.report.already += plan.already
        self.report.duplicate_rows += plan.duplicates
        for error in plan.refused:
            self.report.refuse(error)
        return len(batch)

    def _carry_out(self, sounds: list[tuple[ManifestRow, Outcome | None]]) -> _Plan:
        plan = self._plan(sounds)
        if self.dry_run:
            self._dry_sounds |= {s.sha256: row.key for row, s in plan.clips if s}
            return plan
        clips = [self._clip(row, sound) for row, sound in plan.clips]
        try:
            with transaction.atomic():
                self.allow()
                self._write(plan, clips)
        except DomainError:
            forget_files(clips)
            raise
        return plan

    def _plan(self, sounds: list[tuple[ManifestRow, Outcome | None]]) -> _Plan:
        plan = _Plan()
        # Keys last: a clip whose sound is known is then known by its key too, and never taken for
        # another with the same sound, although a second import may write it at this moment.
        heard = self._known_sounds(sounds)
        own = self._made_since(row for row, _ in sounds)
        known = self._known_keys(row for row, _ in sounds)
        self.voices.load(row.speaker for row, _ in sounds)
        for row, sound in sounds:
            if error := self._wrong(row, sound, known):
                plan.refused.append(error)
                continue
            sha256 = sound.sha256 if isinstance(sound, Prepared) else ""
            if row.key in known:
                plan.count_known(row, own)
                continue
            self.voices.add(row)
            if sha256 and sha256 in heard:
                plan.aliases.append((row, sha256))
                plan.note_duplicate(row, heard[sha256])
                continue
            if sha256:
                heard[sha256] = row.key
            plan.clips.append((row, sound if isinstance(sound, Prepared) else None))
        return plan

    def _known_sounds(self, sounds: list[tuple[ManifestRow, Outcome | None]]) -> dict[str, str]:
        """Key of the clip for each of these sounds that the corpus has."""
        hashes = [sound.sha256 for _, sound in sounds if isinstance(sound, Prepared)]
        clips = Clip.objects.filter(corpus_id=self.corpus.pk, sha256__in=hashes)
        return self._dry_sounds | dict(clips.values_list("sha256", "key"))

    def _wrong(
        self, row: ManifestRow, sound: Outcome | None, known: dict[str, tuple[str, str]]
    ) -> RowError | None:
        if sound is not None and not isinstance(sound, Prepared):
            return RowError(row.line, row.key, sound.code, sound.detail, "audio")
        sha256 = sound.sha256 if sound else ""
        there, speaker = known.get(row.key, (sha256, row.speaker))
        if there != sha256:
            detail = say(
                "The corpus has {key!r} with another sound. Give this one another key.", key=row.key
            )
            return RowError(row.line, row.key, "key_conflict", detail, "key")
        if speaker != row.speaker:
            detail = say(
                "The corpus has {key!r} by {speaker!r}, not by {row_speaker!r}.",
                key=row.key,
                speaker=speaker,
                row_speaker=row.speaker,
            )
            return RowError(row.line, row.key, "key_conflict", detail, "speaker")
        if conflict := self.voices.conflict(row):
            return RowError(row.line, row.key, "speaker_conflict", conflict, "sex")
        return None

    # --- writing ---------------------------------------------------------------------------

    def _clip(self, row: ManifestRow, sound: Prepared | None) -> Clip:
        """The clip of a row, unsaved and without its speaker; its files are stored."""
        public_id = clip_id(self.corpus.slug, row.key)
        esc, eis = intended_label(row, self.mapping)
        language = self.corpus.language
        clip = Clip(
            public_id=public_id,
            corpus=self.corpus,
            key=row.key,
            label_only=row.label_only,
            language=row.language or ("" if language == UNKNOWN_LANGUAGE else language),
            transcript=row.transcript,
            native_emotion=row.native_emotion,
            native_intensity=row.native_intensity,
            intended_esc=esc,
            intended_eis=eis,
        )
        if sound is not None:
            _add_sound(clip, row, sound)
        return clip

    def _write(self, plan: _Plan, clips: list[Clip]) -> None:
        voices = self.voices.save()
        for clip, (row, _) in zip(clips, plan.clips, strict=True):
            clip.speaker = voices[row.speaker]
        Clip.objects.bulk_create(clips)
        wanted = {sha256 for _, sha256 in plan.aliases}
        heard = {
            clip.sha256: clip
            for clip in Clip.objects.filter(corpus_id=self.corpus.pk, sha256__in=wanted)
        }
        ClipAlias.objects.bulk_create(
            ClipAlias(
                clip=heard[sha256],
                corpus=self.corpus,
                speaker=voices[row.speaker],
                key=row.key,
                original_name=_file_name(row),
                native_emotion=row.native_emotion,
                native_intensity=row.native_intensity,
            )
            for row, sha256 in plan.aliases
        )


def _add_sound(clip: Clip, row: ManifestRow, sound: Prepared) -> None:
    files = store_files(clip.public_id, sound)
    for name in ("duration_ms", "sample_rate_hz", "channels", "level_dbfs", "peak_dbfs"):
        setattr(clip, name, sound.facts[name])
    clip.sha256 = sound.sha256
    clip.media_type = sound.facts["media_type"]
    clip.original_name = _file_name(row)
    clip.original_bytes = files.original_bytes
    clip.original.name = files.original
    clip.audio16k.name = files.audio
    clip.peaks.name = files.peaks
    clip.spectrogram.name = files.spectrogram


def _file_name(row: ManifestRow) -> str:
    return Path(row.audio).name[:255]


def _is_plain_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long
        return False


def _batches(rows: list[ManifestRow]) -> Iterable[list[ManifestRow]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch


def mapping_labels(code: str) -> dict[str, Label]:
    """The newest version of a label mapping: native label to (ESC, EIS). Empty without a code."""
    if not code:
        return {}
    rows = LabelMappingRow.objects.filter(mapping__code=code).order_by("mapping__version")
    return {row.native_label: (row.esc, row.eis) for row in rows}
