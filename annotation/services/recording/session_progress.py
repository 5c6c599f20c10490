"""How far sessions are: counts by intended emotion and intensity against what the scripts want."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from annotation.models import Corpus, Session, SessionPrompt, Take
from annotation.models.script import SectionKind
from annotation.models.session import PromptState


@dataclass(frozen=True)
class Counts:
    """`target`: prompts; `recorded`: those with a take; `accepted`: those with a chosen one."""

    target: int = 0
    recorded: int = 0
    accepted: int = 0
    again: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        mine, theirs = self.__dict__.items(), other.__dict__
        return Counts(**{name: value + theirs[name] for name, value in mine})

    @property
    def left(self) -> int:
        """Prompts that still want a take."""
        return max(0, self.target - self.accepted - self.skipped)


@dataclass(frozen=True)
class Cell:
    """One intended emotion at one intensity; `esc` is "" and `eis` None where none is intended."""

    esc: str
    eis: int | None
    counts: Counts


@dataclass(frozen=True)
class Progress:
    """Training prompts are counted apart: their takes never become clips."""

    overall: Counts = field(default_factory=Counts)
    training: Counts = field(default_factory=Counts)
    cells: list[Cell] = field(default_factory=list)


def progress_of(places: QuerySet[SessionPrompt]) -> Progress:
    """The progress over these places of one session or of many: one query."""
    overall, training = Counts(), Counts()
    cells: dict[tuple[str, int | None], Counts] = {}
    cell = ("prompt__target_esc", "prompt__target_eis", "prompt__section__kind")
    for esc, eis, kind, *counted in _counted(places, *cell):
        counts = Counts(*counted)
        if kind == SectionKind.TRAINING:
            training += counts
            continue
        overall += counts
        cells[esc, eis] = cells.get((esc, eis), Counts()) + counts
    ordered = sorted(cells.items(), key=lambda pair: (pair[0][0], pair[0][1] or 0))
    return Progress(overall, training, [Cell(esc, eis, c) for (esc, eis), c in ordered])


def counts_by_session(sessions: Iterable[Session]) -> dict[int, Counts]:
    """All prompts but those of training, by session's key: one query for a page of them."""
    places = SessionPrompt.objects.filter(session__in=[session.pk for session in sessions])
    main = places.exclude(prompt__section__kind=SectionKind.TRAINING)
    return {key: Counts(*counted) for key, *counted in _counted(main, "session_id")}


def _counted(places: QuerySet[SessionPrompt], *by: str) -> Any:
    """Rows of `by` and then the fields of Counts, in order."""
    takes = Take.objects.filter(session=OuterRef("session"), prompt=OuterRef("prompt"))
    marked = places.order_by().annotate(
        has_take=Exists(takes), has_chosen=Exists(takes.filter(accepted=True))
    )
    return (
        marked.values(*by)
        .annotate(
            n=Count("pk"),
            n_recorded=Count("pk", Q(has_take=True)),
            n_accepted=Count("pk", Q(has_chosen=True)),
            n_again=Count("pk", Q(state=PromptState.AGAIN)),
            n_skipped=Count("pk", Q(state=PromptState.SKIPPED)),
        )
        .values_list(*by, "n", "n_recorded", "n_accepted", "n_again", "n_skipped")
    )


def places_of_corpus(corpus: Corpus) -> QuerySet[SessionPrompt]:
    return SessionPrompt.objects.filter(session__corpus=corpus)
