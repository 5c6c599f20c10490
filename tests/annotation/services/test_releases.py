import hashlib
from collections import Counter
from dataclasses import replace

import pytest

from annotation.exports.rows import row_bytes
from annotation.models import ClipAlias, LabelSpace, Release, Scheme, SplitLedger
from annotation.services import release_build
from annotation.services.releases import find_release, request_release
from speecheq import jobs
from speecheq.errors import Conflict, DomainError, Forbidden, NotFound
from speecheq.models import Job
from speecheq.roles import Role
from tests.annotation.releasing import asked, corpus_of, release_of, rows_of, vote
from tests.factories import (
    ClipFactory,
    CorpusFactory,
    SpeakerFactory,
    UserFactory,
    campaign,
    member,
)

pytestmark = pytest.mark.django_db


def refused(corpus, *, by=None, **changed):
    """Code and field of the refusal, after which nothing may be stored."""
    before = Release.objects.count(), Job.objects.count()
    with pytest.raises(DomainError) as caught:
        request_release(asked(corpus, **changed), by=by)
    assert (Release.objects.count(), Job.objects.count()) == before
    return caught.value.code, caught.value.errors[0].field


# What a release holds


def test_a_release_of_intended_labels_is_frozen_with_every_clip():
    release = release_of(corpus_of(6))
    assert (release.state, release.error) == ("frozen", None)
    rows = rows_of(release)
    assert len(rows) == 24
    assert {row["provenance"] for row in rows} == {"intended"}
    assert {row["n_ratings"] for row in rows} == {0}


def test_rows_stand_in_the_order_of_the_bytes_of_corpus_and_key():
    corpus = corpus_of(5)
    for key in ("Zebra", "äpfel", "abc"):
        ClipFactory(speaker=corpus.speakers.first(), key=key, intended_esc="SAD", intended_eis=1)
    keys = [row["key"] for row in rows_of(release_of(corpus))]
    assert keys == sorted(keys, key=str.encode)


def test_the_hash_of_a_release_is_that_of_its_lines():
    release = release_of(corpus_of(5))
    lines = b"".join(row_bytes(row) for row in rows_of(release))
    assert release.sha256 == hashlib.sha256(lines).hexdigest()
    assert release.manifest["checksums"]["release"] == release.sha256


def test_the_same_request_gives_the_same_hash_under_another_name():
    corpus = corpus_of(8)
    first, second = (release_of(corpus, name=name) for name in ("one", "two"))
    assert first.sha256 == second.sha256 != ""


def test_the_hash_is_the_same_on_every_machine_and_database():
    """It changes only with the form of a row or the split search: then old hashes lose meaning."""
    release = release_of(corpus_of(6))
    assert release.sha256 == "948e5ee20cc1676eb14512c4e409c746de246fc9a255418c430df4bbc15a8501"


def test_another_seed_is_another_release():
    corpus = corpus_of(12)
    hashes = {release_of(corpus, name=f"r{n}", splits={"seed": n}).sha256 for n in range(4)}
    assert len(hashes) > 1


def test_no_speaker_is_in_two_splits_and_none_is_empty():
    rows = rows_of(release_of(corpus_of(9)))
    assert set(Counter(row["split"] for row in rows)) == {"train", "dev", "test"}
    splits_of = {}
    for row in rows:
        splits_of.setdefault(row["speaker"], set()).add(row["split"])
    assert all(len(splits) == 1 for splits in splits_of.values())


def test_an_alias_keeps_both_speakers_in_one_split():
    corpus = corpus_of(6, clips_each=1)
    clips = list(corpus.clips.order_by("key"))
    for one, other in zip(clips[::2], clips[1::2], strict=True):
        ClipAlias.objects.create(
            clip=one, corpus=corpus, speaker=other.speaker, key=f"{other.key}-again"
        )
    release = release_of(corpus, splits={"ratios": {"train": 0.4, "dev": 0.3, "test": 0.3}})
    where = {row["key"]: row["split"] for row in rows_of(release)}
    assert [where[a.key] for a in clips[::2]] == [where[b.key] for b in clips[1::2]]
    assert release.leaks["components"] == 3


def test_a_clip_of_unknown_speaker_is_in_train_and_names_nobody():
    corpus = corpus_of(5)
    nobody = SpeakerFactory(corpus=corpus, code="unknown", is_unknown=True)
    ClipFactory(speaker=nobody, key="x", intended_esc="SAD", intended_eis=1)
    row = next(row for row in rows_of(release_of(corpus)) if row["key"] == "x")
    assert (row["speaker"], row["split"]) == (None, "train")


def test_label_only_clips_are_in_the_rows_and_counted():
    corpus = corpus_of(5)
    ClipFactory(
        speaker=corpus.speakers.first(),
        key="silent",
        label_only=True,
        sha256="",
        audio16k="",
        duration_ms=None,
        intended_esc="SAD",
        intended_eis=1,
    )
    release = release_of(corpus)
    row = next(row for row in rows_of(release) if row["key"] == "silent")
    assert (row["audio_sha256"], row["duration_ms"]) == (None, None)
    assert release.manifest["counts"]["all"]["label_only"] == 1


def test_calm_becomes_neutral_at_zero_and_keeps_its_own_words():
    corpus = corpus_of(5)
    ClipFactory(
        speaker=corpus.speakers.first(),
        key="calm",
        intended_esc="CAL",
        intended_eis=3,
        native_emotion="calm",
        native_intensity="strong",
    )
    row = next(row for row in rows_of(release_of(corpus)) if row["key"] == "calm")
    assert (row["esc"], row["eis"]) == ("NEU", 0)
    assert row["intended"] == {"esc": "CAL", "eis": 3}
    assert row["native"] == {"emotion": "calm", "intensity": "strong"}


def test_what_has_no_place_in_the_label_space_leaves_and_is_counted():
    corpus = corpus_of(5)
    speaker = corpus.speakers.first()
    ClipFactory(speaker=speaker, key="bored", intended_esc="BOR", intended_eis=1)
    ClipFactory(speaker=speaker, key="unlabelled")
    release = release_of(corpus)
    assert not {"bored", "unlabelled"} & {row["key"] for row in rows_of(release)}
    assert release.manifest["left_out"] == {"unlabelled": 1, "without_category": {"BOR": 1}}


def test_a_finer_space_keeps_what_a_coarser_one_drops():
    corpus = corpus_of(5)
    ClipFactory(speaker=corpus.speakers.first(), key="x", intended_esc="BOR", intended_eis=1)
    release = release_of(corpus, label_space="full-13")
    assert "BOR" in {row["esc"] for row in rows_of(release)}


def test_the_manifest_names_the_licence_of_every_corpus():
    release = release_of(corpus_of(5))
    assert [(c["slug"], c["licence"]) for c in release.manifest["corpora"]] == [
        ("demo", "CC BY 4.0")
    ]


# Labels from votes


def labelled(n_speakers=4, *, raters=3):
    corpus = corpus_of(n_speakers, clips_each=2)
    people = [UserFactory() for _ in range(raters)]
    return corpus, campaign(corpus, annotators=people), people


def voted_release(corpus, made, **changed):
    return release_of(corpus, consensus="plurality", campaigns=[made.public_id], **changed)


def vote_on_all(corpus, made, people, labels=(("HAP", 2),)):
    for clip in corpus.clips.all():
        for person, (esc, eis) in zip(people, labels * len(people), strict=False):
            vote(made, clip, person, esc, eis)


def test_votes_become_the_plurality_with_its_mean_intensity():
    corpus, made, people = labelled()
    vote_on_all(corpus, made, people, labels=(("HAP", 2), ("HAP", 3), ("SAD", 1)))
    row = rows_of(voted_release(corpus, made))[0]
    assert (row["esc"], row["eis"], row["eis_score"]) == ("HAP", 2, 2.5)
    assert row["votes"] == {"HAP": 2, "SAD": 1}
    assert row["soft_esc"] == {"HAP": 0.666667, "SAD": 0.333333}
    assert (row["n_ratings"], row["provenance"]) == (3, "perceived")


def test_votes_are_read_at_the_coarser_scale_before_they_are_counted():
    """One for each of two kinds of joy and one sad: a tie at the fine scale, joy at the coarse."""
    corpus, made, people = labelled()
    vote_on_all(corpus, made, people, labels=(("HAP", 2), ("EXC", 3), ("SAD", 1)))
    assert {row["esc"] for row in rows_of(voted_release(corpus, made))} == {"HAP"}
    fine = voted_release(corpus, made, name="fine", label_space="full-13")
    assert {row["esc"] for row in rows_of(fine)} == {"UNK"}


def test_a_minority_does_not_win_because_the_majority_has_no_place():
    corpus, made, people = labelled()
    vote_on_all(corpus, made, people)
    clip = ClipFactory(speaker=corpus.speakers.first(), key="zz")
    for person, esc in zip(people, ("BOR", "BOR", "SAD"), strict=True):
        vote(made, clip, person, esc, 1)
    release = voted_release(corpus, made)
    assert "zz" not in {row["key"] for row in rows_of(release)}
    assert release.manifest["left_out"]["without_category"] == {"BOR": 1}


def test_simulated_votes_are_marked():
    corpus, made, people = labelled()
    for clip in corpus.clips.all():
        vote(made, clip, people[0], "HAP", 1, is_simulated=True)
    release = voted_release(corpus, made)
    assert {row["provenance"] for row in rows_of(release)} == {"simulated"}
    assert release.manifest["consensus"]["inputs"][0]["simulated"] == 8


def test_superseded_and_uncounted_votes_play_no_part():
    corpus, made, people = labelled()
    vote_on_all(corpus, made, people[:1])
    clip = corpus.clips.order_by("key").first()
    vote(made, clip, people[1], "SAD", 1, counted=False)
    old = vote(made, clip, people[2], "SAD", 1)
    old.superseded_at = old.created_at
    old.save()
    assert rows_of(voted_release(corpus, made))[0]["votes"] == {"HAP": 1}


def test_one_person_has_one_vote_even_in_two_campaigns():
    corpus, first, people = labelled()
    second = campaign(corpus, annotators=people, name="second")
    vote_on_all(corpus, first, people[:1], labels=(("SAD", 1),))
    vote_on_all(corpus, second, people[:1], labels=(("HAP", 2),))
    ids = [first.public_id, second.public_id]
    release = release_of(corpus, consensus="plurality", campaigns=ids)
    assert rows_of(release)[0]["votes"] == {"HAP": 1}


def test_clips_without_votes_are_left_out_and_counted():
    corpus, made, people = labelled()
    for clip in corpus.clips.filter(key__endswith="00"):
        vote(made, clip, people[0], "HAP", 1)
    release = voted_release(corpus, made)
    assert (release.rows.count(), release.manifest["left_out"]["unlabelled"]) == (4, 4)


def test_the_sampling_probability_travels_with_the_clip():
    corpus, made, people = labelled()
    vote_on_all(corpus, made, people[:1])
    made.items.filter(clip__key="s00/00").update(probability=0.25)
    rows = {
        row["key"]: row["inclusion_probability"] for row in rows_of(voted_release(corpus, made))
    }
    assert (rows["s00/00"], rows["s01/00"]) == (0.25, None)


# Over time


def test_a_frozen_speaker_stays_when_new_ones_come():
    corpus = corpus_of(8)
    old = {row["key"]: row["split"] for row in rows_of(release_of(corpus))}
    for n in range(8, 14):
        speaker = SpeakerFactory(corpus=corpus, code=f"s{n:02}")
        ClipFactory(speaker=speaker, key=f"{n}", intended_esc="SAD", intended_eis=2)
    grown = release_of(corpus, version="1.1.0", splits={"seed": 99})
    new = {row["key"]: row["split"] for row in rows_of(grown)}
    assert {key: new[key] for key in old} == old
    assert len(new) == len(old) + 6


def test_the_ledger_has_one_row_for_each_speaker_and_names_the_release():
    corpus = corpus_of(6)
    first = release_of(corpus)
    release_of(corpus, version="1.0.1")
    assert SplitLedger.objects.count() == 6
    assert set(SplitLedger.objects.values_list("release", flat=True)) == {first.pk}


def test_given_folds_are_kept():
    corpus = corpus_of(6)
    ids = list(corpus.speakers.order_by("code").values_list("public_id", flat=True))
    folds = {speaker: ("train", "dev", "test")[n % 3] for n, speaker in enumerate(ids)}
    release = release_of(corpus, splits={"assign": {"speaker": folds}})
    assert {row["speaker"]: row["split"] for row in rows_of(release)} == folds


def test_folds_may_name_speakers_by_their_code():
    corpus = corpus_of(6)
    release = release_of(corpus, splits={"assign": {"speaker": {"s04": "test"}}})
    speaker = corpus.speakers.get(code="s04").public_id
    assert {r["split"] for r in rows_of(release) if r["speaker"] == speaker} == {"test"}
    assert release.config["splits"]["assign"] == {"speaker": {speaker: "test"}}


def test_building_again_after_a_crash_replaces_what_was_left():
    corpus = corpus_of(5)
    release, job = request_release(asked(corpus), by=None)
    clip = corpus.clips.last()
    release.rows.create(clip=clip, position=0, split="dev", esc="SAD", eis=1, row={"old": True})
    jobs.run_job(job.pk)
    release.refresh_from_db()
    assert release.state == "frozen"
    assert all("old" not in row for row in rows_of(release))


def test_a_job_delivered_twice_makes_one_release():
    release, job = request_release(asked(corpus_of(5)), by=None)
    assert jobs.run_job(job.pk) is True
    assert jobs.run_job(job.pk) is False
    assert Job.objects.get(pk=job.pk).result == {"release": release.public_id}
    assert release.rows.count() == 20


# What is refused at once


def test_one_speaker_is_refused():
    assert refused(corpus_of(1)) == ("one_speaker", "splits.ratios")


def test_fewer_speakers_than_splits_are_refused():
    assert refused(corpus_of(2)) == ("too_few_groups", "splits.ratios")


def test_an_unknown_label_space_is_refused():
    assert refused(corpus_of(5), label_space="core-9") == ("unknown_label_space", "label_space")
    assert refused(corpus_of(1, slug="b"), label_space="core-7@9")[0] == "unknown_label_space"


def test_a_finer_label_space_than_the_votes_is_refused():
    corpus, _, people = labelled()
    space = LabelSpace.objects.get(code="core-7")
    Scheme.objects.create(code="coarse", label_space=space, esc=[], eis=[])
    made = campaign(corpus, annotators=people, scheme="coarse", name="coarse")
    vote_on_all(corpus, made, people)
    found = refused(
        corpus, label_space="full-13", consensus="plurality", campaigns=[made.public_id]
    )
    assert found == ("finer_scale", "label_space")


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"corpora": ["nowhere"]}, "unknown_corpus", "corpora.0"),
        ({"campaigns": ["cmp_none"]}, "unknown_campaign", "campaigns.0"),
        ({"consensus": "oracle"}, "unknown_consensus", "consensus"),
        ({"consensus": "plurality"}, "no_campaigns", "campaigns"),
        ({"splits": {"ratios": {"train": 0.9}}}, "bad_ratios", "splits.ratios"),
        ({"splits": {"ratios": {"a": 1.0}}}, "bad_ratios", "splits.ratios.a"),
        ({"splits": {"disjoint": ["mood"]}}, "bad_disjoint", "splits.disjoint"),
        ({"splits": {"assign": {"clip": {}}}}, "bad_assign", "splits.assign.clip"),
        (
            {"splits": {"assign": {"speaker": {"who": "dev"}}}},
            "unknown_speaker",
            "splits.assign.speaker.who",
        ),
        (
            {"splits": {"assign": {"speaker": {"s01": "eval"}}}},
            "bad_assign",
            "splits.assign.speaker.s01",
        ),
    ],
)
def test_a_wrong_request_is_refused_with_code_and_field(changed, code, field):
    assert refused(corpus_of(5), **changed) == (code, field)


def test_campaigns_are_refused_with_intended_labels():
    corpus, made, _ = labelled()
    assert refused(corpus, campaigns=[made.public_id]) == ("campaigns_not_used", "campaigns")


def test_a_campaign_of_another_corpus_is_refused():
    corpus = corpus_of(5, slug="other")
    _, made, _ = labelled()
    found = refused(corpus, consensus="plurality", campaigns=[made.public_id])
    assert found == ("unknown_campaign", "campaigns.0")


def test_a_campaign_that_rates_several_emotions_is_refused():
    corpus = corpus_of(5)
    made = campaign(corpus, annotators=[], scheme="brighter-1")
    found = refused(corpus, consensus="plurality", campaigns=[made.public_id])
    assert found == ("multi_label_campaign", "campaigns.0")


def test_a_corpus_without_labels_is_refused():
    corpus = CorpusFactory()
    ClipFactory(speaker=SpeakerFactory(corpus=corpus))
    assert refused(corpus) == ("no_clips", "corpora")


def test_an_existing_version_is_a_conflict():
    corpus = corpus_of(5)
    release_of(corpus)
    with pytest.raises(Conflict, match=r"demo 1\.0\.0 exists"):
        request_release(asked(corpus), by=None)


def test_a_failed_version_can_be_asked_for_again():
    corpus = corpus_of(5)
    together = {"disjoint": ["text"]}
    assert release_of(corpus, splits=together).state == "failed"
    assert release_of(corpus).state == "frozen"


def test_an_assignment_against_earlier_versions_is_refused():
    corpus = corpus_of(6)
    first = release_of(corpus)
    row = next(row for row in rows_of(first) if row["split"] == "test")
    folds = {"speaker": {row["speaker"]: "train"}}
    code, field = refused(corpus, version="2.0.0", splits={"assign": folds})
    assert (code, field) == ("ledger_conflict", f"splits.assign.speaker.{row['speaker']}")


# What only the builder finds


def test_texts_that_join_all_speakers_fail_the_release_with_the_reason():
    release = release_of(corpus_of(5), splits={"disjoint": ["speaker", "text"]})
    assert (release.state, release.sha256) == ("failed", "")
    assert release.error["code"] == "too_few_groups"
    assert release.error["errors"][0]["field"] == "splits.ratios"
    assert not SplitLedger.objects.exists()


def test_a_cancelled_job_fails_its_release():
    release, job = request_release(asked(corpus_of(5)), by=None)
    jobs.cancel_job(job, by=None)
    release.refresh_from_db()
    assert (release.state, release.error["code"]) == ("failed", "cancelled")


def test_speakers_joined_across_frozen_splits_fail_the_next_version():
    corpus = corpus_of(6)
    first = release_of(corpus)
    speaker_in = {row["split"]: row["speaker"] for row in rows_of(first)}
    clip = corpus.clips.filter(speaker__public_id=speaker_in["train"]).first()
    other = corpus.speakers.get(public_id=speaker_in["test"])
    ClipAlias.objects.create(clip=clip, corpus=corpus, speaker=other, key="again")
    second = release_of(corpus, version="2.0.0")
    assert (second.state, second.error["code"]) == ("failed", "ledger_conflict")


def test_a_leak_in_the_stored_rows_stops_the_release(monkeypatch):
    """The report does not trust the splitter: a plan that parts a speaker is found out."""
    honest = release_build.assign_splits

    def careless(clips, **wanted):
        plan = honest(clips, **wanted)
        parted = {clip.id: ("train", "test")[n % 2] for n, clip in enumerate(clips)}
        return replace(plan, clips=parted)

    monkeypatch.setattr(release_build, "assign_splits", careless)
    release = release_of(corpus_of(5))
    assert (release.state, release.error["code"]) == ("failed", "leak")


def test_a_speaker_frozen_by_another_version_meanwhile_is_followed(monkeypatch):
    corpus = corpus_of(6)
    other = Release.objects.create(
        name="demo", version="0.9.0", label_space=LabelSpace.objects.get(code="core-7")
    )
    honest, frozen = release_build._leaks, {}

    def meanwhile(release):
        report = honest(release)
        if not frozen:
            row = next(row for row in rows_of(release) if row["split"] == "train")
            frozen[row["speaker"]] = "test"
            speaker = corpus.speakers.get(public_id=row["speaker"])
            SplitLedger.objects.create(series="demo", speaker=speaker, split="test", release=other)
        return report

    monkeypatch.setattr(release_build, "_leaks", meanwhile)
    release = release_of(corpus)
    assert release.state == "frozen"
    [speaker] = frozen
    assert {r["split"] for r in rows_of(release) if r["speaker"] == speaker} == {"test"}


# Who may


@pytest.mark.parametrize("role", [r for r in Role if r != Role.DATA_MANAGER])
def test_only_a_data_manager_makes_releases(role):
    corpus = corpus_of(5)
    with pytest.raises(Forbidden):
        request_release(asked(corpus), by=member(corpus, role))


def test_a_corpus_of_others_does_not_exist():
    corpus = corpus_of(5)
    outsider = member(CorpusFactory(), Role.DATA_MANAGER)
    assert refused(corpus, by=outsider) == ("unknown_corpus", "corpora.0")


@pytest.mark.parametrize(
    ("role", "error"),
    [
        (Role.DATA_MANAGER, None),
        (Role.RESEARCHER, None),
        (Role.ADJUDICATOR, None),
        (Role.ANNOTATOR, Forbidden),
        (Role.SESSION_OPERATOR, Forbidden),
    ],
)
def test_who_reads_a_release(role, error):
    corpus = corpus_of(5)
    release, _ = request_release(asked(corpus), by=None)
    reader = member(corpus, role)
    if error is None:
        assert find_release(release.public_id, user=reader) == release
    else:
        with pytest.raises(error):
            find_release(release.public_id, user=reader)


def test_a_release_over_two_corpora_needs_membership_in_both():
    one, two = corpus_of(4), corpus_of(4, slug="two")
    release, _ = request_release(asked(one, corpora=["demo", "two"]), by=None)
    half = member(one, Role.DATA_MANAGER)
    with pytest.raises(NotFound):
        find_release(release.public_id, user=half)
    two.memberships.create(user=half, role=Role.RESEARCHER)
    assert find_release(release.public_id, user=half) == release
