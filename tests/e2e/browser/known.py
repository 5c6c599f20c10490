"""Desks of campaigns with known clips. Runs inside `manage.py shell`, after `seed`."""

from __future__ import annotations

import json

from annotation.models import Corpus, Membership
from annotation.services.campaigns import CampaignRequest, change_campaign, create_campaign
from annotation.services.references import Reference, set_references
from speecheq.models import User
from speecheq.roles import Role
from tests.e2e.browser.people import person

PRACTICE = [
    Reference("tone-00", "practice", [("FEA", 2)], "A breath before the first word."),
    Reference("tone-01", "practice", [("DIS", 1)], "The end falls."),
]
EXAMPLES = [
    Reference("tone-05", "anchor", [("ANG", 3)], "Loud from the first word."),
    Reference("tone-06", "anchor", [("ANG", 1)]),
]


def known(*, practised: int, shown: int) -> None:
    """`practised` desks that begin with practice, `shown` desks with examples."""
    corpus = Corpus.objects.get(slug="tones")
    manager = User.objects.get(username="mia")
    made = {"practised": [], "shown": []}
    for kind, references, count in (
        ("practised", PRACTICE, practised),
        ("shown", EXAMPLES, shown),
    ):
        for n in range(count):
            name = f"{kind}{n}"
            annotator = person(name)
            Membership.objects.create(user=annotator, corpus=corpus, role=Role.ANNOTATOR)
            request = CampaignRequest(
                name=name, scheme="seqd-1", order="fixed", members=[name], state="open"
            )
            campaign = create_campaign(corpus=corpus, request=request, by=manager)
            set_references(campaign, references, by=manager)
            if kind == "practised":
                change_campaign(campaign, by=manager, practice_share=1.0)
            made[kind].append({"username": name, "campaign": campaign.public_id})
    print(json.dumps(made))
