"""Fill the platform for a first visitor: people, a corpus, a campaign, simulated labels.

Each step looks first at what is there, so that a second run adds nothing and a killed one goes on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from annotation.demo import annotators, in_depth, people, recording, speech
from annotation.models import Campaign, Corpus
from annotation.models.campaign import CampaignState, Order
from annotation.recipes import RECIPES, Reading, RecipeError, read
from annotation.services import campaigns, imports
from speecheq import outbox
from speecheq.models import User
from speecheq.roles import Role

CAMPAIGN = "Demo"
SEED = 20_220_613
LABELLED_SHARE, LABELLED_MAX = 0.4, 480

FACTS = ("name", "language", "licence", "licence_source")
SYNTHETIC = {
    "name": "Demo speech (synthetic)",
    "language": "mul",
    "licence": "CC0-1.0",
    "licence_source": "Spoken by espeak-ng when the demo was set up; no person was recorded.",
}
SYNTHETIC_SLUG = "demo-speech"

Progress = Callable[[str, int, int], None]


class NoCorpus(Exception):
    """The corpus that was named cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Source:
    """Where the demo's clips come from."""

    slug: str
    recipe: str
    path: Path
    facts: dict[str, str]
    synthetic: bool = False


@dataclass
class Built:
    """What there is now, and what this run added."""

    accounts: list[people.Account]
    campaign: Campaign
    imported: int = 0
    refused: list[str] = field(default_factory=list)
    labelled: int = 0


def build(
    *, home: Path, corpus: str = "", progress: Progress = lambda what, done, total: None
) -> Built:
    """Make the demo. `corpus` is a folder or manifest; empty: RAVDESS if at hand, else espeak-ng.

    Raises:
        NoCorpus: the folder is absent or no recipe reads it.
        SpeechFailed: the synthetic corpus is wanted and espeak-ng is absent.
    """
    accounts = people.ensure_accounts(home)
    source = find_source(corpus, home)
    campaign = Campaign.objects.filter(corpus__slug=source.slug, name=CAMPAIGN).first()
    built = Built(accounts, campaign) if campaign else _fill(accounts, source, progress)
    built.labelled = _simulate(built.campaign)
    admin = User.objects.get(username="admin")
    recording.ensure(built.campaign.corpus, by=admin, seed=SEED)
    return built


def find_source(wanted: str, home: Path) -> Source:
    """What to import. Raises NoCorpus."""
    if wanted:
        return named_source(Path(wanted).expanduser().absolute())
    ravdess = shared_data() / "ravdess"
    if ravdess.is_dir():
        return Source("ravdess", "ravdess", ravdess, _facts(ravdess, read("ravdess", ravdess)))
    folder = home / "import" / SYNTHETIC_SLUG
    return Source(SYNTHETIC_SLUG, "manifest", folder, SYNTHETIC, synthetic=True)


def shared_data() -> Path:
    """Corpora beside the checkout, where there are any: SPEECHEQ_DATA, else ../shared/data."""
    beside = Path(settings.BASE_DIR).parent / "shared" / "data"
    return Path(os.environ.get("SPEECHEQ_DATA") or beside)


def named_source(path: Path) -> Source:
    """The corpus a person named, by the first recipe that reads it. Raises NoCorpus."""
    if not path.exists():
        raise NoCorpus(f"CORPUS={path}: there is nothing. Name a folder or a manifest.")
    said = []
    for recipe in sorted(RECIPES):
        try:
            reading = read(recipe, path)
        except RecipeError as error:
            said.append(f"{recipe}: {error.detail}")
            continue
        if reading.rows:
            slug = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:60] or "corpus"
            return Source(slug, recipe, path, _facts(path, reading))
    raise NoCorpus(f"CORPUS={path} cannot be read by any recipe. {' '.join(said)}")


def _facts(path: Path, reading: Reading) -> dict[str, str]:
    """What the recipe knows of its corpus; of a manifest, only that nobody has said."""
    if reading.facts:
        return {name: getattr(reading.facts, name) for name in FACTS}
    unsaid = "not stated"
    return {"name": path.stem, "language": "mul", "licence": unsaid, "licence_source": ""}


def _fill(accounts: list[people.Account], source: Source, progress: Progress) -> Built:
    """Import the corpus and open a campaign over it."""
    if source.synthetic:
        speech.write_corpus(source.path, progress=lambda d, t: progress("speaking", d, t))
    admin = User.objects.get(username="admin")
    corpus = imports.ensure_corpus(source.slug, facts=source.facts, by=admin)
    if source.synthetic:
        corpus.is_synthetic = True
        corpus.save(update_fields=["is_synthetic"])
    reading = read(source.recipe, source.path)
    report = imports.ingest(
        corpus, reading, progress=lambda d, t: progress("importing", d, t)
    ).as_result()
    people.join_corpus(corpus)
    simulated = annotators.ensure_users(corpus)
    in_depth.ensure(corpus, by=admin, seed=SEED)
    campaign = _open_campaign(corpus, admin, simulated)  # made last, so listed first
    refused = [f"{row['key']}: {row['detail']}" for row in report["refused"]]
    return Built(accounts, campaign, imported=report["imported"], refused=refused)


def _open_campaign(corpus: Corpus, admin: User, simulated: list[str]) -> Campaign:
    """Three labels a clip, in an order that is random and always the same."""
    visitors = [name for name, role in people.PEOPLE.items() if role == Role.ANNOTATOR]
    request = campaigns.CampaignRequest(
        name=CAMPAIGN,
        scheme="seqd-1",
        overlap=3,
        order=Order.RANDOM,
        seed=SEED,
        control_share=0.1,
        members=[*visitors, *simulated],
        state=CampaignState.OPEN,
    )
    return campaigns.create_campaign(corpus=corpus, request=request, by=admin)


def _simulate(campaign: Campaign) -> int:
    """Simulated labels on the first part of the queue; the rest waits for visitors."""
    if campaign.state != CampaignState.OPEN or not annotators.can_judge(campaign.corpus):
        return 0
    clips = min(round(LABELLED_SHARE * campaign.items.count()), LABELLED_MAX)
    labelled = annotators.label(campaign, clips=clips, seed=SEED)
    if labelled:
        outbox.drain()  # so that the first page shows agreement without waiting for a worker
    return labelled
