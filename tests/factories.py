"""Records for tests: each factory makes only what the test speaks of."""

from __future__ import annotations

import hashlib
from typing import Any

import factory
from django.core.files.base import ContentFile
from django.db.models import F
from factory.django import DjangoModelFactory
from rest_framework.test import APIClient

from annotation.models import (
    Campaign,
    CampaignMember,
    Clip,
    Corpus,
    Item,
    Membership,
    ReferenceClip,
    Scheme,
    Speaker,
)
from annotation.models.ids import clip_id, speaker_id
from speecheq.models import ApiToken, User
from speecheq.roles import Role, Scope


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    # Where gold and repeats fall depends on it.
    public_id = factory.Sequence(lambda n: f"usr_person{n}")


class CorpusFactory(DjangoModelFactory):
    class Meta:
        model = Corpus

    slug = factory.Sequence(lambda n: f"corpus-{n}")
    name = factory.SelfAttribute("slug")
    language = "en"
    licence = "CC BY 4.0"


class SpeakerFactory(DjangoModelFactory):
    class Meta:
        model = Speaker

    corpus = factory.SubFactory(CorpusFactory)
    code = factory.Sequence(lambda n: f"s{n:03d}")
    public_id = factory.LazyAttribute(lambda o: speaker_id(o.corpus.slug, o.code))
    sex = factory.Iterator(["female", "male"])


class ClipFactory(DjangoModelFactory):
    """A clip whose record says that it has audio; the file holds its key only."""

    class Meta:
        model = Clip

    speaker = factory.SubFactory(SpeakerFactory)
    corpus = factory.SelfAttribute("speaker.corpus")
    key = factory.Sequence(lambda n: f"clip{n:05d}")
    public_id = factory.LazyAttribute(lambda o: clip_id(o.corpus.slug, o.key))
    sha256 = factory.LazyAttribute(lambda o: hashlib.sha256(o.key.encode()).hexdigest())
    duration_ms = 1500
    sample_rate_hz = 16000
    channels = 1
    audio16k = factory.LazyAttribute(lambda o: ContentFile(o.key.encode(), name=f"{o.key}.flac"))


def member(corpus: Corpus, role: Role | str = Role.ANNOTATOR, **user: Any) -> User:
    """A new person with one role in `corpus`."""
    person = UserFactory(**user)
    Membership.objects.create(user=person, corpus=corpus, role=role)
    return person


def clips(corpus: Corpus, n: int, *, speakers: int = 2) -> list[Clip]:
    voices = SpeakerFactory.create_batch(speakers, corpus=corpus)
    return [ClipFactory(speaker=voices[i % speakers]) for i in range(n)]


def campaign(
    corpus: Corpus, *, annotators: list[User], overlap: int = 3, scheme: str = "seqd-1", **more: Any
) -> Campaign:
    """An open campaign over all clips of the corpus."""
    defaults = {"name": "labels", "state": "open", "order": "fixed", **more}
    made = Campaign.objects.create(
        corpus=corpus, scheme=Scheme.objects.get(code=scheme), overlap=overlap, **defaults
    )
    Item.objects.bulk_create(
        Item(campaign=made, clip=clip, needed=overlap, free=overlap, rank=i, base_rank=i)
        for i, clip in enumerate(corpus.clips.order_by("key"))
    )
    for annotator in annotators:
        CampaignMember.objects.create(campaign=made, user=annotator)
    return made


def token(user: User, *scopes: str) -> str:
    """A bearer token of `user`, with every scope unless some are named."""
    allowed = list(scopes) or [s for s in Scope.values if s != Scope.ADMIN or user.is_superuser]
    return ApiToken.issue(user=user, name="test", scopes=allowed)[1]


def client(user: User, *scopes: str) -> APIClient:
    """A program of `user`, whose token has every scope unless some are named."""
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {token(user, *scopes)}")


def reference(
    campaign: Campaign, clip: Clip, purpose: str, esc: str = "HAP", eis: int | None = 2, **more: Any
) -> ReferenceClip:
    """A clip whose label the manager knows, out of the ordinary items."""
    campaign.items.filter(clip=clip).delete()
    more = {"place": campaign.references.count(), **more}
    labels = more.pop("labels", [{"esc": esc, "eis": eis}])
    made = ReferenceClip.objects.create(
        campaign=campaign, clip=clip, purpose=purpose, labels=labels, **more
    )
    if purpose == "practice":
        Campaign.objects.filter(pk=campaign.pk).update(n_practice=F("n_practice") + 1)
        campaign.refresh_from_db(fields=["n_practice"])
    return made
