from hypothesis import given
from hypothesis import strategies as st

from annotation.splits.groups import SplitClip, folded, group_clips


def ids(groups):
    return [[clip.id for clip in group.clips] for group in groups]


def test_clips_of_one_speaker_stay_together():
    clips = [SplitClip("a", ("s1",)), SplitClip("b", ("s2",)), SplitClip("c", ("s1",))]
    assert ids(group_clips(clips)) == [["a", "c"], ["b"]]


def test_the_same_audio_joins_two_speakers():
    clips = [SplitClip("a", ("s1",), ("h",)), SplitClip("b", ("s2",), ("h",))]
    assert ids(group_clips(clips)) == [["a", "b"]]


def test_an_alias_joins_the_speakers_of_both_files():
    clips = [SplitClip("a", ("s1", "s2")), SplitClip("b", ("s1",)), SplitClip("c", ("s2",))]
    assert ids(group_clips(clips)) == [["a", "b", "c"]]
    assert group_clips(clips)[0].speakers == ("s1", "s2")


def test_sessions_and_texts_join_only_when_asked():
    clips = [
        SplitClip("a", ("s1",), session="x", text="Dogs sit."),
        SplitClip("b", ("s2",), session="x", text="Kids talk."),
        SplitClip("c", ("s3",), session="y", text="dogs  SIT."),
    ]
    assert len(group_clips(clips)) == 3
    assert ids(group_clips(clips, disjoint=frozenset({"session"}))) == [["a", "b"], ["c"]]
    assert ids(group_clips(clips, disjoint=frozenset({"text"}))) == [["a", "c"], ["b"]]


def test_clips_of_unknown_speakers_are_not_one_speaker():
    clips = [SplitClip("a", ()), SplitClip("b", ())]
    assert ids(group_clips(clips)) == [["a"], ["b"]]
    assert all(group.has_unknown_speaker for group in group_clips(clips))


def test_a_missing_text_joins_nothing():
    clips = [SplitClip("a", ("s1",), text=""), SplitClip("b", ("s2",), text="")]
    assert len(group_clips(clips, disjoint=frozenset({"text"}))) == 2


def test_case_and_spacing_do_not_make_another_text():
    assert folded("  Dogs\tSIT ") == "dogs sit"


speakers = st.sampled_from([f"s{n}" for n in range(8)])
hashes = st.sampled_from([f"h{n}" for n in range(12)])
contents = st.lists(st.tuples(st.sets(speakers, max_size=2), st.sets(hashes, max_size=2)))


def clips_from(content):
    return [
        SplitClip(f"c{n:03}", tuple(sorted(who)), tuple(sorted(what)))
        for n, (who, what) in enumerate(content)
    ]


@given(contents)
def test_groups_share_nothing_and_hold_every_clip_once(content):
    groups = group_clips(clips_from(content))
    seen = sorted(clip.id for group in groups for clip in group.clips)
    assert seen == sorted(clip.id for clip in clips_from(content))
    for kind in ("speakers", "audio"):
        held = [{each for clip in g.clips for each in getattr(clip, kind)} for g in groups]
        assert sum(len(values) for values in held) == len(set().union(*held))


@given(contents, st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_of_clips(content, random):
    clips = clips_from(content)
    shuffled = random.sample(clips, len(clips))
    assert group_clips(shuffled) == group_clips(clips)


@given(contents)
def test_no_group_could_be_parted_further(content):
    """Slow direct version: from its first clip, walking over what is shared reaches the rest."""
    for group in group_clips(clips_from(content)):
        reached, grew = {group.clips[0]}, True
        while grew:
            touched = {each for clip in reached for each in (*clip.speakers, *clip.audio)}
            more = {c for c in group.clips if touched & {*c.speakers, *c.audio}}
            grew = not more <= reached
            reached |= more
        assert reached == set(group.clips)
