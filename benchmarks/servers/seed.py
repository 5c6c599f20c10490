"""Rows for the labelling benchmarks: people, and campaigns of any size with a past.

Run as a child, in the environment of the installation that is measured; reads what to make from
the command line and prints JSON. Clips have no sound: nothing here listens.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from annotation.models import Campaign, CampaignMember, Corpus

PASSWORD = "quiet-harbour-9"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--annotators", type=int, required=True)
    parser.add_argument(
        "--campaign",
        action="append",
        default=[],
        metavar="NAME:CLIPS",
        help="a campaign over so many clips of its own",
    )
    parser.add_argument(
        "--history",
        action="append",
        default=[],
        metavar="NAME:PERSON:N",
        help="this person, from 0, labelled the first N clips of that campaign",
    )
    parser.add_argument("--overlap", type=int, default=3)
    parser.add_argument("--lease-s", type=int, default=600)
    parser.add_argument("--gold", type=int, default=0, help="of the clips of each campaign")
    parser.add_argument("--gold-share", type=float, default=0.0)
    parser.add_argument("--repeat-share", type=float, default=0.0)
    asked = parser.parse_args()
    django.setup()
    _hurry()
    made = seed(asked)
    _settle()
    print(json.dumps(made))


def seed(asked: argparse.Namespace) -> dict[str, Any]:
    """Make everything; ids of campaigns by name, and names to sign in with."""
    from speecheq.models import User

    people = _people(asked.annotators)
    campaigns = {}
    for text in asked.campaign:
        name, _, n = text.partition(":")
        campaigns[name] = _campaign(name, int(n), people, asked)
    for text in asked.history:
        name, person, n = text.split(":")
        user = User.objects.get(username=people[int(person)])
        _label_before(campaigns[name].members.get(user=user), int(n))
    ids = {name: campaign.public_id for name, campaign in campaigns.items()}
    return {"campaigns": ids, "usernames": people, "password": PASSWORD}


def _people(n: int) -> list[str]:
    """Users with one password: hashed once, since hashing is slow on purpose."""
    from django.contrib.auth.hashers import make_password

    from speecheq.models import User

    password = make_password(PASSWORD)
    names = [f"bench-{i}" for i in range(n)]
    User.objects.bulk_create(User(username=name, password=password) for name in names)
    return names


def _campaign(name: str, n_clips: int, people: list[str], asked: argparse.Namespace) -> Campaign:
    """An open campaign in random order over the clips of a corpus of its own."""
    from annotation.models import Campaign, CampaignMember, Corpus, Item, Membership, Scheme
    from benchmarks.servers import bulk
    from speecheq.models import User

    corpus = Corpus.objects.create(slug=f"bench-{name}", name=name, language="en", licence="none")
    _clips(corpus, n_clips)
    campaign = Campaign.objects.create(
        corpus=corpus,
        name=name,
        scheme=Scheme.objects.get(code="seqd-1"),
        state="open",
        overlap=asked.overlap,
        lease_s=asked.lease_s,
        gold_share=asked.gold_share,
        repeat_share=asked.repeat_share,
    )
    rng = random.Random(7)
    # Lists, here and below: while rows are copied in, the connection can read nothing else.
    clips = list(corpus.clips.order_by("pk").values_list("pk", flat=True))
    ranked = ((pk, rank, rank) for pk in clips for rank in [rng.random()])
    fixed = {"campaign_id": campaign.pk, "needed": asked.overlap, "free": asked.overlap}
    bulk.insert(Item, ["clip_id", "rank", "base_rank"], ranked, **fixed)
    for user in User.objects.filter(username__in=people):
        Membership.objects.create(user=user, corpus=corpus, role="annotator")
        CampaignMember.objects.create(campaign=campaign, user=user)
    if asked.gold:
        _gold(campaign, asked.gold)
    return campaign


def _gold(campaign: Campaign, n: int) -> None:
    """Let the first `n` clips be known: out of the ordinary ones, offered among them."""
    from annotation.services.references import Reference, set_references
    from speecheq.models import User

    manager = User.objects.create_superuser(f"manager-{campaign.name}")
    keys = campaign.corpus.clips.order_by("key").values_list("key", flat=True)[:n]
    gold = [Reference(clip=key, purpose="gold", labels=[("HAP", 2)]) for key in keys]
    set_references(campaign, gold, by=manager)


def _clips(corpus: Corpus, n: int) -> None:
    from annotation.models import Clip, Speaker
    from annotation.models.ids import speaker_id
    from benchmarks.servers import bulk

    public_id = speaker_id(corpus.slug, "s1")
    speaker = Speaker.objects.create(corpus=corpus, code="s1", public_id=public_id)

    def rows() -> Iterator[tuple]:
        for i in range(n):
            key = f"clip{i:07d}"
            sha256 = hashlib.sha256(f"{corpus.slug}/{key}".encode()).hexdigest()
            yield key, f"clp_{sha256[:20]}", sha256  # a real id takes longer than the row

    fixed = {"corpus_id": corpus.pk, "speaker_id": speaker.pk}
    sound = {"duration_ms": 1500, "audio16k": "none.flac"}
    bulk.insert(Clip, ["key", "public_id", "sha256"], rows(), **fixed, **sound)


def _label_before(member: CampaignMember, n: int) -> None:
    """Let the member have labelled the first `n` clips, in the order of the queue."""
    from django.db.models import F
    from django.utils import timezone

    from annotation.models import Annotation, AnnotationLabel, Assignment, Item
    from annotation.models.ids import annotation_id, assignment_id
    from benchmarks.servers import bulk

    campaign = member.campaign
    items = Item.objects.filter(campaign=campaign).order_by("rank", "pk")
    had = list(items.values_list("pk", "clip_id", "rank")[:n])
    if not had:
        return
    whose = {"campaign_id": campaign.pk, "annotator_id": member.user_id}
    now = timezone.now()
    offers = ((pk, clip, assignment_id(), i) for i, (pk, clip, _) in enumerate(had, start=1))
    closed = {"state": "done", "expires_at": now, "closed_at": now}
    names = ["item_id", "clip_id", "public_id", "ordinal"]
    bulk.insert(Assignment, names, offers, **whose, **closed)
    mine = Assignment.objects.filter(**whose).order_by("pk").values_list("pk", "clip_id")
    answers = ((pk, clip, annotation_id(), f"seed-{pk}") for pk, clip in list(mine))
    names = ["assignment_id", "clip_id", "public_id", "idempotency_key"]
    bulk.insert(Annotation, names, answers, **whose, scheme_id=campaign.scheme_id)
    stored = Annotation.objects.filter(**whose).values_list("pk")
    bulk.insert(AnnotationLabel, ["annotation_id"], list(stored), esc="HAP", eis=2)
    items.filter(rank__lte=had[-1][2]).update(done=F("done") + 1, free=F("free") - 1)
    member.offered = member.done = n
    member.cursor_item, _, member.cursor_rank = had[-1]
    member.save()


def _hurry() -> None:
    """Nothing here must survive a crash, and random ids are best put into an index in memory."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-1000000")


def _settle() -> None:
    """PostgreSQL would do this by itself within minutes, in the middle of the measurement. As it
    would, it leaves out what is empty: of a table known to be empty the best plan is to read all,
    and a connection keeps its plans."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
                if cursor.fetchone():
                    cursor.execute(f'VACUUM ANALYZE "{table}"')


if __name__ == "__main__":
    main()
