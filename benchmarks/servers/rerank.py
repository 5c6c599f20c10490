"""A model that rewrites the order of a campaign, beside people who label in it.

Run as a child in the installation's environment. Puts N clips first, in a new random order each
time, `--times` over or until it is ended; prints a line at the begin and the end of each. Gives way
to the web process as the worker does that re-ranks for real.
"""

from __future__ import annotations

import argparse
import os
import random

import django

NICE = 10  # of the worker that scores clips


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("campaign", help="public id")
    parser.add_argument("--clips", type=int, required=True)
    parser.add_argument("--times", type=int, default=1_000_000)
    asked = parser.parse_args()
    os.nice(NICE)
    django.setup()
    for i in range(asked.times):
        print("begun", flush=True)
        print("placed", rerank(asked.campaign, n=asked.clips, seed=i), flush=True)


def rerank(campaign_id: str, *, n: int, seed: int) -> int:
    """Put the `n` clips of the highest keys first. Returns how many were placed."""
    from annotation.models import Campaign
    from annotation.services.priorities import QueuePriority, set_priorities

    campaign = Campaign.objects.get(public_id=campaign_id)
    rng = random.Random(seed)
    clips = campaign.items.order_by("-clip_id").values_list("clip_id", flat=True)[:n]
    rows = [
        QueuePriority(
            clip_id=clip,
            priority=rng.random(),
            score=0.5,
            probability=None,
            arm="chosen",
            why="entropy",
        )
        for clip in clips
    ]
    return set_priorities(campaign_id=campaign.pk, rows=rows, round_id=f"bench-{seed % 2}")


if __name__ == "__main__":
    main()
