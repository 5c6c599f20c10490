"""Rows for the queue benchmark: clips without sound, a campaign, annotators with tokens.

Run as a child, in the environment of the installation that is measured; prints JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json

import django


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", type=int, required=True)
    parser.add_argument("--annotators", type=int, required=True)
    arguments = parser.parse_args()
    django.setup()
    print(json.dumps(seed(arguments.clips, arguments.annotators)))


def seed(n_clips: int, n_annotators: int) -> dict[str, object]:
    from annotation.models import Clip, Corpus, Membership, Speaker
    from annotation.models.ids import clip_id, speaker_id
    from annotation.services.campaigns import CampaignRequest, create_campaign
    from speecheq.models import ApiToken, User

    admin = User.objects.create_superuser("bench-admin")
    corpus = Corpus.objects.create(slug="bench", name="bench", language="en", licence="none")
    speaker = Speaker.objects.create(corpus=corpus, code="s1", public_id=speaker_id("bench", "s1"))
    keys = [f"clip{i:07d}" for i in range(n_clips)]
    Clip.objects.bulk_create(
        (
            Clip(
                corpus=corpus,
                speaker=speaker,
                key=key,
                public_id=clip_id("bench", key),
                sha256=hashlib.sha256(key.encode()).hexdigest(),
                duration_ms=1500,
                audio16k="none.flac",
            )
            for key in keys
        ),
        batch_size=2000,
    )
    people = [User.objects.create_user(f"bench-{i}") for i in range(n_annotators)]
    Membership.objects.bulk_create(
        Membership(user=user, corpus=corpus, role="annotator") for user in people
    )
    request = CampaignRequest(
        name="bench", scheme="seqd-1", members=[u.username for u in people], state="open"
    )
    campaign = create_campaign(corpus=corpus, request=request, by=admin)
    tokens = [ApiToken.issue(user=u, name="bench", scopes=["label"])[1] for u in people]
    return {"campaign": campaign.public_id, "tokens": tokens}


if __name__ == "__main__":
    main()
