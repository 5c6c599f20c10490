"""Migrations that move data, on a database that already holds some.

The database is one of its own: going back and forth would leave that of the other tests in pieces.
Run as a program, this file is the check inside it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import surroundings

ROOT = Path(__file__).resolve().parents[2]
BEFORE = [("annotation", "0005_agreement_snapshot")]
AFTER = [("annotation", "0008_seed_seqd_vad")]
PLACED = [("annotation", "0010_place_by_purpose")]
ATTACHED = [("annotation", "0012_attach_questions")]
THREE_CURSORS = [("annotation", "0016_remove_item_returned")]


@pytest.mark.processes
def test_an_installation_made_before_gets_numbered_offers_and_the_newer_scheme(tmp_path: Path):
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    home = {"SPEECHEQ_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "speecheq.settings"}
    home |= {"PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, __file__],
        env=surroundings.plain() | home,
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def models_at(point: list[tuple[str, str]]) -> Any:
    """Migrate to `point`; the models as they were there."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    executor.migrate(point)
    return executor.loader.project_state(point).apps


def check() -> None:
    old_apps = models_at(BEFORE)
    user = old_apps.get_model("speecheq", "User").objects.create(username="old", public_id="usr_1")
    # New installations have it since 0003; those made before did not.
    old_apps.get_model("annotation", "Scheme").objects.filter(code="seqd-vad-1").delete()
    names = {"slug": "c", "name": "c", "language": "en", "licence": "none"}
    corpus = old_apps.get_model("annotation", "Corpus").objects.create(**names)
    voice = {"corpus": corpus, "code": "s", "public_id": "spk_1"}
    speaker = old_apps.get_model("annotation", "Speaker").objects.create(**voice)
    scheme = old_apps.get_model("annotation", "Scheme").objects.get(code="seqd-1")
    work = {"corpus": corpus, "scheme": scheme, "name": "w", "public_id": "cmp_1"}
    campaign = old_apps.get_model("annotation", "Campaign").objects.create(**work)
    member = old_apps.get_model("annotation", "CampaignMember").objects.create(
        campaign=campaign, user=user
    )
    for number, state in enumerate(["done", "skipped", "done"]):
        clip = old_apps.get_model("annotation", "Clip").objects.create(
            corpus=corpus,
            speaker=speaker,
            key=f"k{number}",
            public_id=f"clp_{number}",
            label_only=True,
        )
        item = old_apps.get_model("annotation", "Item").objects.create(
            campaign=campaign, clip=clip, needed=1, done=1, free=0, rank=number
        )
        old_apps.get_model("annotation", "Assignment").objects.create(
            campaign=campaign,
            item=item,
            clip=clip,
            annotator=user,
            state=state,
            public_id=f"asg_{number}",
            expires_at="2026-01-01T00:00:00Z",
        )

    apps = models_at(AFTER)
    offers = apps.get_model("annotation", "Assignment").objects.order_by("pk")
    assert list(offers.values_list("ordinal", "kind")) == [(n, "normal") for n in (1, 2, 3)]
    member = apps.get_model("annotation", "CampaignMember").objects.get(pk=member.pk)
    assert (member.offered, member.done) == (3, 2)
    [vad] = apps.get_model("annotation", "Scheme").objects.filter(code="seqd-vad-1")
    assert [each["code"] for each in vad.extras] == ["valence", "arousal", "dominance"]
    check_places(apps)


def check_places(apps: Any) -> None:
    """Known clips were numbered over all purposes."""
    clips = apps.get_model("annotation", "Clip").objects.order_by("pk")
    for place, (clip, purpose) in enumerate(zip(clips, ["practice", "gold", "gold"], strict=True)):
        apps.get_model("annotation", "ReferenceClip").objects.create(
            campaign=apps.get_model("annotation", "Campaign").objects.get(),
            clip=clip,
            purpose=purpose,
            labels=[],
            place=place,
            public_id=f"ref_{place}",
        )
    apps = models_at(PLACED)
    known = apps.get_model("annotation", "ReferenceClip").objects.order_by("pk")
    assert list(known.values_list("purpose", "place")) == [
        ("practice", 0),
        ("gold", 0),
        ("gold", 1),
    ]
    check_questions(apps)


def check_questions(apps: Any) -> None:
    """Threads were kept by clip, also where it came twice or was never offered."""
    get = apps.get_model
    first, _second, third = get("annotation", "Assignment").objects.order_by("pk")
    third.delete()
    whose = {"campaign_id": first.campaign_id, "annotator_id": first.annotator_id}
    get("annotation", "Assignment").objects.create(
        **whose,
        item_id=first.item_id,
        clip_id=first.clip_id,
        kind="repeat",
        public_id="asg_again",
        expires_at=first.expires_at,
    )
    for number, clip_id in enumerate([first.clip_id, third.clip_id]):
        get("annotation", "Question").objects.create(
            **whose, clip_id=clip_id, public_id=f"qst_{number}"
        )
    apps = models_at(ATTACHED)
    threads = apps.get_model("annotation", "Question").objects.order_by("pk")
    assert list(threads.values_list("assignment__public_id", flat=True)) == ["asg_0", None]
    check_cursors(apps)


def check_cursors(apps: Any) -> None:
    """One cursor was over everything: it stands in the front, behind it, or is out of date."""
    campaign = apps.get_model("annotation", "Campaign").objects.get()
    type(campaign).objects.update(order_version=2)
    items = apps.get_model("annotation", "Item").objects.order_by("pk")
    for item, rank, returned in zip(items, [-1.0, 1.0, 2.0], [False, True, False], strict=True):
        items.filter(pk=item.pk).update(rank=rank, returned=returned)
    members = apps.get_model("annotation", "CampaignMember").objects
    members.all().delete()
    for name, rank, version in [("front", -1.0, 2), ("base", 2.0, 2), ("stale", 2.0, 1)]:
        user = apps.get_model("speecheq", "User").objects.create(username=name, public_id=name)
        cursor = {"cursor_rank": rank, "cursor_item": 7, "cursor_version": version}
        members.create(campaign=campaign, user=user, **cursor)
    apps = models_at(THREE_CURSORS)
    now = apps.get_model("annotation", "CampaignMember").objects.order_by("pk")
    cursors = ("cursor_rank", "cursor_item", "front_rank", "front_item", "front_version")
    assert list(now.values_list(*cursors)) == [
        (None, 0, -1.0, 7, 2),
        (2.0, 7, 0.0, 0, 2),
        (None, 0, None, 0, 1),
    ]
    campaign = apps.get_model("annotation", "Campaign").objects.get()
    assert (campaign.front_end, campaign.returns) == (0.0, 1)
    numbers = apps.get_model("annotation", "Item").objects.order_by("pk")
    assert list(numbers.values_list("came_back", flat=True)) == [0, 1, 0]
    back = models_at(ATTACHED).get_model("annotation", "Item").objects.order_by("pk")
    assert list(back.values_list("returned", flat=True)) == [False, True, False]


if __name__ == "__main__":
    import django

    django.setup()
    check()
