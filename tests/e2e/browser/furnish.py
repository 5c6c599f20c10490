"""A platform that has seen some use: something to show on every page there is.

Runs inside `manage.py shell` of the served platform, whose own workers do the jobs; prints the ids
of what it made as JSON, by the names that `tools/pages.py` gives to records.
"""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from annotation.demo import annotators
from annotation.models import Campaign, Corpus, Membership, Session, Speaker
from annotation.models.ids import speaker_id
from annotation.services import queue
from annotation.services.campaigns import CampaignRequest, create_campaign
from annotation.services.consensus import request_consensus
from annotation.services.exports import request_export
from annotation.services.groups import Group, set_groups
from annotation.services.judgements import Judgement
from annotation.services.labelling import submit
from annotation.services.people import invite_user
from annotation.services.questions import ask
from annotation.services.recording import links, sessions
from annotation.services.recording.long_files import request_long
from annotation.services.references import Reference, set_references
from annotation.services.releases import ReleaseRequest, SplitRequest, request_release
from speecheq.models import User
from speecheq.roles import Role
from tests import recording
from tests.annotation.releasing import LABELS
from tests.annotation.services.recording.stored import take
from tests.e2e.browser.furnish_consent import consented
from tests.e2e.browser.furnish_links import make_linked
from tests.e2e.browser.jobs import finish
from tests.e2e.browser.people import person
from tests.e2e.browser.seed import add_clip, tone
from tests.long_sounds import dialogue, file_bytes
from tests.training.learning import TINY
from training.models import Checkpoint
from training.services.acquisition import RoundRequest, request_round
from training.services.runs import request_run

SPEAKERS, CLIPS_EACH = 6, 4
PEOPLE = {
    "annotator": Role.ANNOTATOR,
    "data_manager": Role.DATA_MANAGER,
    "researcher": Role.RESEARCHER,
    "adjudicator": Role.ADJUDICATOR,
    "session_operator": Role.SESSION_OPERATOR,
}
"""User name, which is what tools/pages.py calls the role, and role."""


def furnish() -> None:
    """Make it all and print the ids."""
    corpus, people = make_corpus(), {}
    for name, role in PEOPLE.items():
        people[name] = person(name)
        Membership.objects.create(user=people[name], corpus=corpus, role=role)
    manager, researcher = people["data_manager"], people["researcher"]
    campaign = make_campaign(corpus, manager, "Voices", "seqd-1")
    multi = make_campaign(corpus, manager, "Voices, several emotions", "brighter-1")
    rich = make_campaign(corpus, manager, "Voices, with pictures", "seqd-vad-1")
    practice = make_campaign(corpus, manager, "Voices, practised first", "seqd-1")
    show(practice, "practice", [("HAP", 2), ("SAD", 1)], by=manager)
    show(multi, "anchor", [("ANG", 1), ("ANG", 3), ("SAD", 2)], by=manager)
    set_references(rich, known_clips(corpus), by=manager)
    set_groups(rich, [Group("early", ["annotator"])], by=manager)
    annotators.label(campaign, clips=16, seed=5)
    label_one(campaign, people["annotator"])
    settled = request_consensus(campaign, method="plurality", by=manager)
    release, frozen = request_release(wanted(corpus), by=manager)
    finish(settled, frozen)
    release.refresh_from_db()
    _export, written = request_export(release, format="csv", by=manager)
    run, trained = request_run(release, preset="quick", config=TINY, by=researcher)
    finish(written, trained)
    model = Checkpoint.objects.get(run=run)
    asked = RoundRequest(campaign.public_id, acquisition="entropy", budget=5, control_share=0.4)
    scored = finish(request_round(model, asked, by=researcher))
    invited = invite_user(username="guest", memberships=[(corpus.slug, Role.ANNOTATOR)], by=manager)
    made = {
        "corpus": corpus.slug,
        "clip": corpus.clips.first().public_id,
        "campaign": campaign.public_id,
        "campaign_multi": multi.public_id,
        "campaign_vad": rich.public_id,
        "campaign_practice": practice.public_id,
        "release": release.public_id,
        "run": run.public_id,
        "model": model.public_id,
        "round": scored[0].result["round"],
        "job": trained.public_id,
        **make_recorded(corpus, people["session_operator"]),
        **make_linked(corpus, people["session_operator"]),
        "invitation": invited.invite_path.removeprefix("/accounts/invite/").rstrip("/"),
        # recording: consent
        **consented(corpus, by=manager),
    }
    print(json.dumps(made))


def make_corpus() -> Corpus:
    """Voices of six speakers, with labels that were intended."""
    corpus = Corpus.objects.create(slug="voices", name="Voices", language="en", licence="CC0-1.0")
    for n in range(SPEAKERS):
        code = f"s{n:02}"
        speaker = Speaker.objects.create(
            corpus=corpus,
            code=code,
            sex="female" if n % 2 else "male",
            public_id=speaker_id(corpus.slug, code),
        )
        for k in range(CLIPS_EACH):
            esc, eis = LABELS[k]
            facts = {"intended_esc": esc, "intended_eis": eis, "transcript": "dogs by the door"}
            samples = tone(0.6, hz=110 + 40 * k + 5 * n, seed=100 * n + k)
            add_clip(corpus, speaker, f"{code}/{k:02}", samples, **facts)
    return corpus


def make_campaign(corpus: Corpus, by: User, name: str, scheme: str) -> Campaign:
    members = ["annotator", *annotators.ensure_users(corpus)]
    request = CampaignRequest(
        name=name, scheme=scheme, order="random", seed=1, overlap=3, members=members, state="open"
    )
    return create_campaign(corpus=corpus, request=request, by=by)


def show(campaign: Campaign, purpose: str, labels: list[tuple[str, int]], *, by: User) -> None:
    """Make the campaign's last clips known ones."""
    items = campaign.items.select_related("clip").order_by("-rank")[: len(labels)]
    known = [
        Reference(item.clip.key, purpose, [label], "The end of the phrase falls.")
        for item, label in zip(items, labels, strict=True)
    ]
    set_references(campaign, known, by=by)


def known_clips(corpus: Corpus) -> list[Reference]:
    """A gold clip and an anchor."""
    clips = list(corpus.clips.filter(intended_esc="HAP").order_by("key"))
    return [
        Reference(clip.key, purpose, [("HAP", 2)], feedback="Listen to the pitch.")
        for clip, purpose in zip(clips, ("gold", "anchor"), strict=False)
    ]


def make_recorded(corpus: Corpus, operator: User) -> dict[str, str]:
    """A session and a long recording of it."""
    session = make_session(corpus, operator)
    Path(settings.IMPORT_ROOT).mkdir(parents=True, exist_ok=True)
    (Path(settings.IMPORT_ROOT) / "monday.wav").write_bytes(file_bytes(dialogue()))
    long, job = request_long(session.public_id, by=operator, path="monday.wav")
    finish(job)
    return {"session": session.public_id, "long": long.public_id}


def make_session(corpus: Corpus, operator: User) -> Session:
    """A session under way: a take chosen, a note, a prompt to say once more, a link given out."""
    session = recording.session(corpus, n_prompts=6, operator=operator, title="Monday")
    first, second, *_ = [place.prompt for place in session.places.select_related("prompt")]
    take(session, first, accepted=True)
    sessions.ask_again(session, by=operator, prompt_id=second.public_id)
    sessions.add_note(session, by=operator, text="The speaker has a cold.")
    links.make_link(session, by=operator)
    return session


def label_one(campaign: Campaign, person: User) -> None:
    """One answer, so that there is a last one to change, and a question about its clip."""
    [held] = queue.claim_next(campaign=campaign, annotator=person)
    submit(
        assignment_id=held.public_id,
        annotator=person,
        key="furnished",
        judgement=Judgement(labels=[("HAP", 2)]),
    )
    ask(campaign, clip_id=held.clip.public_id, annotator=person, text="Is a sigh sad?")


def wanted(corpus: Corpus) -> ReleaseRequest:
    """A release of the intended labels: every speaker's clips go into one split."""
    return ReleaseRequest(
        name="voices",
        version="1.0.0",
        corpora=[corpus.slug],
        label_space="core-7",
        consensus="intended",
        splits=SplitRequest(ratios={"train": 0.5, "dev": 0.25, "test": 0.25}),
    )
