"""`manage.py demo` on a small corpus: complete, marked, and nothing added the second time."""

from __future__ import annotations

import io
import json
import stat
from collections import Counter

import numpy as np
import pytest
import soundfile
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from annotation.demo import annotators, build, people
from annotation.models import Annotation, Campaign, Clip, Item, Membership
from annotation.services import queue
from speecheq.models import ApiToken, User
from speecheq.models.token import digest

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LABELS = [("NEU", 0), ("HAP", 2), ("ANG", 3), ("SAD", 1), ("FEA", 2)]
CLIPS = 30


@pytest.fixture
def corpus(tmp_path):
    """A manifest corpus of short tones with intended labels."""
    folder = tmp_path / "my tones"
    folder.mkdir()
    rows = ["key,audio,speaker,intended_esc,intended_eis"]
    for i in range(CLIPS):
        tone = 0.3 * np.sin(2 * np.pi * (200 + 10 * i) * np.arange(4000) / 16000)
        soundfile.write(folder / f"{i}.wav", tone, 16000)
        esc, eis = LABELS[i % len(LABELS)]
        rows.append(f"tone{i:02d},{i}.wav,s{i % 4},{esc},{eis}")
    (folder / "manifest.csv").write_text("\n".join(rows))
    return folder


@pytest.fixture
def home(tmp_path, settings):
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    return settings.HOME


def accounts(home):
    return json.loads((home / people.FILE).read_text())


def everything():
    models = (User, Membership, ApiToken, Clip, Campaign, Item, Annotation)
    return {model.__name__: model.objects.count() for model in models}


def test_a_named_corpus_becomes_a_campaign_that_is_partly_labelled(home, corpus):
    built = build.build(home=home, corpus=str(corpus))
    assert built.campaign.corpus.slug == "my-tones"
    assert built.imported == CLIPS and built.refused == []
    done = Counter(built.campaign.items.values_list("done", flat=True))
    assert done == {3: 8, 2: 4, 0: 18}  # 40 % of 30 clips; the last third of them lacks one label


def test_the_next_clip_of_a_visitor_lacks_one_label_and_completes(home, corpus):
    campaign = build.build(home=home, corpus=str(corpus)).campaign
    visitor = User.objects.get(username="annotator1")
    (assignment,) = queue.claim_next(campaign=campaign, annotator=visitor)
    assert assignment.item.done == 2


def test_simulated_labels_and_people_are_marked_and_nobody_else_is(home, corpus):
    build.build(home=home, corpus=str(corpus))
    assert not Annotation.objects.filter(is_simulated=False).exists()
    simulated = User.objects.filter(is_simulated=True)
    assert set(simulated.values_list("username", flat=True)) == {
        annotator.username for annotator in annotators.ANNOTATORS
    }
    assert not any(user.has_usable_password() for user in simulated)


def test_a_second_run_adds_nothing(home, corpus):
    build.build(home=home, corpus=str(corpus))
    before, file = everything(), (home / people.FILE).read_text()
    again = build.build(home=home, corpus=str(corpus))
    assert (again.imported, again.labelled) == (0, 0)
    assert everything() == before
    assert (home / people.FILE).read_text() == file


def test_a_killed_run_goes_on_where_it_stopped(home, corpus, monkeypatch):
    submitted = annotators._submit
    left = iter(range(10))

    def dies(*args):
        if next(left, None) is None:
            raise KeyboardInterrupt
        submitted(*args)

    with monkeypatch.context() as patch:
        patch.setattr(annotators, "_submit", dies)
        with pytest.raises(KeyboardInterrupt):
            build.build(home=home, corpus=str(corpus))
    assert Annotation.objects.count() == 10
    again = build.build(home=home, corpus=str(corpus))
    assert (again.labelled, Annotation.objects.count()) == (22, 32)


def test_what_visitors_labelled_is_left_alone(home, corpus):
    campaign = build.build(home=home, corpus=str(corpus)).campaign
    visitor = User.objects.get(username="annotator1")
    (assignment,) = queue.claim_next(campaign=campaign, annotator=visitor)
    annotators._submit(assignment, annotators.ANNOTATORS[0], visitor, seed=1)
    assert build.build(home=home, corpus=str(corpus)).labelled == 0
    assert Annotation.objects.filter(annotator=visitor).count() == 1


def test_the_accounts_are_for_their_owner_alone_and_work(home):
    people.ensure_accounts(home)
    assert stat.S_IMODE((home / people.FILE).stat().st_mode) == 0o600
    for account in accounts(home):
        user = authenticate(username=account["username"], password=account["password"])
        assert user is not None
        assert ApiToken.objects.valid().filter(user=user, sha256=digest(account["token"])).exists()


def test_there_is_one_account_a_role_and_three_annotators(home):
    people.ensure_accounts(home)
    roles = Counter(account["role"] for account in accounts(home))
    assert roles == {
        "administrator": 1,
        "data_manager": 1,
        "researcher": 1,
        "adjudicator": 1,
        "session_operator": 1,
        "annotator": 3,
    }
    assert User.objects.get(username="admin").is_superuser
    assert not User.objects.get(username="manager").is_superuser


def test_a_lost_accounts_file_is_written_anew_and_old_tokens_end(home):
    old = people.ensure_accounts(home)
    (home / people.FILE).unlink()
    new = people.ensure_accounts(home)
    assert {a.username for a in new} == {a.username for a in old}
    hashes = [digest(account.token) for account in old]
    assert not ApiToken.objects.valid().filter(sha256__in=hashes).exists()
    assert ApiToken.objects.valid().count() == len(new)


def test_a_revoked_token_renews_the_accounts(home):
    people.ensure_accounts(home)
    token = ApiToken.objects.first()
    token.revoked_at = token.created_at
    token.save()
    renewed = people.ensure_accounts(home)
    assert ApiToken.objects.valid().count() == len(renewed)


def test_each_annotator_errs_alike_every_time_and_unlike_the_others():
    first, second, _ = annotators.ANNOTATORS
    clips = [f"clip{i}" for i in range(300)]

    def heard(annotator):
        return [
            annotators.judge(annotator, clip_id=clip, esc="FEA", eis=2, seed=7).labels[0]
            for clip in clips
        ]

    assert heard(first) == heard(first)
    assert heard(first) != heard(second)
    right = sum(esc == "FEA" for esc, _ in heard(second)) / len(clips)
    assert abs(right - second.accuracy) < 0.08
    assert {esc for esc, _ in heard(second)} == {"FEA", "SAD"}  # its own confusion


@pytest.mark.parametrize("annotator", annotators.ANNOTATORS, ids=lambda a: a.username)
def test_every_simulated_label_keeps_the_rule_of_neutral(annotator):
    for i in range(200):
        judged = annotators.judge(annotator, clip_id=str(i), esc=LABELS[i % 5][0], eis=2, seed=1)
        ((esc, eis),) = judged.labels
        assert (esc == "NEU") == (eis == 0)
        assert eis in (0, 1, 2, 3)


def test_a_corpus_without_intended_labels_is_not_labelled(home, corpus):
    manifest = corpus / "manifest.csv"
    bare = [",".join(line.split(",")[:3]) for line in manifest.read_text().splitlines()]
    manifest.write_text("\n".join(bare))
    built = build.build(home=home, corpus=str(corpus))
    assert (built.imported, built.labelled) == (CLIPS, 0)


def test_ravdess_beside_the_checkout_is_taken_first(home, tmp_path, monkeypatch):
    folder = tmp_path / "data" / "ravdess" / "Actor_01"
    folder.mkdir(parents=True)
    soundfile.write(folder / "03-01-06-01-02-01-01.wav", np.zeros(1600), 16000)
    monkeypatch.setenv("SPEECHEQ_DATA", str(tmp_path / "data"))
    source = build.find_source("", home)
    assert (source.slug, source.recipe, source.synthetic) == ("ravdess", "ravdess", False)
    assert source.facts["licence"] == "CC BY-NC-SA 4.0"


def test_without_any_corpus_the_synthetic_one_is_spoken(home, tmp_path, monkeypatch):
    monkeypatch.setenv("SPEECHEQ_DATA", str(tmp_path / "none"))
    source = build.find_source("", home)
    assert source.synthetic and source.path == home / "import" / "demo-speech"


def test_synthetic_speech_is_marked_wherever_the_corpus_is(home, tmp_path, monkeypatch):
    from annotation.demo import speech

    planned = list(speech.lines())[:4]
    monkeypatch.setattr(speech, "lines", lambda: iter(planned))
    monkeypatch.setenv("SPEECHEQ_DATA", str(tmp_path / "none"))
    built = build.build(home=home)
    assert built.campaign.corpus.is_synthetic
    assert "synthetic" in built.campaign.corpus.name
    assert built.imported == 4


@pytest.mark.parametrize("there", [True, False])
def test_a_corpus_that_cannot_be_read_is_one_sentence(home, tmp_path, there):
    folder = tmp_path / "empty"
    if there:
        folder.mkdir()
    with pytest.raises(CommandError, match=f"CORPUS={folder}"):
        call_command("demo", corpus=str(folder))


def test_the_command_prints_who_can_sign_in(home, corpus):
    out = io.StringIO()
    call_command("demo", corpus=str(corpus), stdout=out)
    for account in accounts(home):
        assert f"{account['username']} " in out.getvalue()
        assert account["password"] in out.getvalue()
        assert account["token"] not in out.getvalue()
