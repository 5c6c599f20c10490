"""Rules, verdicts and reasons."""

import json
from dataclasses import replace

import numpy as np
import pytest

from annotation.recording.qc import (
    REASONS,
    RULES,
    Figures,
    RuleError,
    Rules,
    as_json,
    judge,
    measure,
)
from annotation.recording.qc.syllables import expected_ms, syllables
from tests.annotation.recording.signals import RATE_HZ, noise, take

GOOD = Figures(
    duration_ms=2300,
    rate_hz=48_000,
    peak_dbfs=-12.0,
    level_dbfs=-26.0,
    noise_dbfs=-70.0,
    snr_db=44.0,
    clipped_share=0.0,
    lead_ms=400,
    tail_ms=400,
    speech_ms=1500,
    dc_offset=0.0001,
    dropouts=0,
)
TEXT = "Kids are talking by the door"
ROOM = replace(GOOD, lead_ms=None, tail_ms=None, snr_db=None, speech_ms=0, duration_ms=5000)


def told(figures, rules=None, **how):
    """(code, severity) of each reason."""
    judged = judge(figures, rules or Rules(), **{"text": TEXT, "language": "en", **how})
    return [(reason.code, reason.severity) for reason in judged.reasons]


# Verdicts --------------------------------------------------------------------------------------


def test_a_good_take_is_green_and_gives_no_reason():
    judged = judge(GOOD, Rules(), text=TEXT, language="en")
    assert (judged.verdict, judged.reasons) == ("green", ())
    assert judged.expected_ms == 1750


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"clipped_share": 1e-4}, ("clipping", "yellow")),
        ({"clipped_share": 0.01}, ("clipping", "red")),
        ({"lead_ms": 60}, ("cut_start", "yellow")),
        ({"lead_ms": 0}, ("cut_start", "red")),
        ({"tail_ms": 99}, ("cut_end", "yellow")),
        ({"tail_ms": 29}, ("cut_end", "red")),
        ({"snr_db": 20.0}, ("low_snr", "yellow")),
        ({"snr_db": 5.0}, ("low_snr", "red")),
        ({"noise_dbfs": -45.0}, ("noisy", "yellow")),
        ({"noise_dbfs": -30.0}, ("noisy", "red")),
        ({"level_dbfs": -50.0}, ("too_quiet", "yellow")),
        ({"level_dbfs": -70.0}, ("too_quiet", "red")),
        ({"level_dbfs": -10.0}, ("too_loud", "yellow")),
        ({"level_dbfs": -3.0}, ("too_loud", "red")),
        ({"speech_ms": 700}, ("too_short", "yellow")),
        ({"speech_ms": 500}, ("too_short", "red")),
        ({"speech_ms": 6_000}, ("too_long", "yellow")),
        ({"speech_ms": 20_000}, ("too_long", "red")),
        ({"dc_offset": -0.02}, ("dc_offset", "yellow")),
        ({"dc_offset": 0.1}, ("dc_offset", "red")),
        ({"dropouts": 1}, ("dropouts", "yellow")),
        ({"dropouts": 3}, ("dropouts", "red")),
        ({"missing_ms": 51}, ("sound_missing", "yellow")),
        ({"missing_ms": 151}, ("sound_missing", "red")),
    ],
)
def test_one_bad_figure_gives_one_reason(change, reason):
    assert told(replace(GOOD, **change)) == [reason]


@pytest.mark.parametrize(
    "name", ["lead_ms", "tail_ms", "snr_db", "noise_dbfs", "clipped_share", "missing_ms"]
)
def test_a_figure_that_equals_its_limit_passes(name):
    yellow, _ = Rules().limits(name)
    assert told(replace(GOOD, **{name: yellow})) == []


def test_the_worst_reason_is_the_verdict_and_comes_first():
    judged = judge(replace(GOOD, lead_ms=60, snr_db=1.0), Rules())
    assert judged.verdict == "red"
    assert [reason.code for reason in judged.reasons] == ["low_snr", "cut_start"]


def test_silence_is_told_as_silence_alone():
    figures = measure(noise(2, -60), RATE_HZ)
    assert told(figures) == [("no_speech", "red")]


def test_speech_that_drowns_in_noise_is_told_as_noise_too():
    figures = measure(noise(2, -30), RATE_HZ)
    assert told(figures) == [("no_speech", "red"), ("noisy", "red")]


def test_a_dead_microphone_is_told_as_such():
    assert told(measure(np.zeros(8000), RATE_HZ)) == [("dead_input", "red")]
    assert told(measure(np.zeros(8000), RATE_HZ), kind="room_tone") == [("dead_input", "red")]


def test_without_a_text_the_length_is_not_judged():
    assert told(replace(GOOD, speech_ms=20_000), text="") == []
    assert judge(GOOD, Rules()).expected_ms is None


def test_a_script_we_cannot_count_is_not_judged_by_length():
    assert told(replace(GOOD, speech_ms=20_000), text="Добрый день", language="ru") == []


def test_a_take_made_as_it_should_be_is_green():
    assert told(measure(take(), RATE_HZ)) == []


# Room tone -------------------------------------------------------------------------------------


def test_a_quiet_room_is_green():
    assert told(measure(noise(5, -70), RATE_HZ), kind="room_tone") == []


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"noise_dbfs": -50.0}, ("room_too_loud", "yellow")),
        ({"noise_dbfs": -30.0}, ("room_too_loud", "red")),
        ({"speech_ms": 300}, ("speech_in_room", "yellow")),
        ({"speech_ms": 1500}, ("speech_in_room", "red")),
        ({"duration_ms": 2000}, ("room_too_short", "yellow")),
        ({"duration_ms": 500}, ("room_too_short", "red")),
        ({"clipped_share": 0.01}, ("clipping", "red")),
        ({"missing_ms": 900}, ("sound_missing", "red")),
    ],
)
def test_room_tone_has_rules_of_its_own(change, reason):
    assert told(replace(ROOM, **change), kind="room_tone") == [reason]


def test_an_unknown_kind_is_an_error():
    with pytest.raises(ValueError, match="not 'music'"):
        judge(GOOD, Rules(), kind="music")


# Reasons ---------------------------------------------------------------------------------------


def test_a_reason_says_its_value_and_its_limit():
    (reason,) = judge(replace(GOOD, snr_db=5.25), Rules()).reasons
    assert (reason.value, reason.limit) == (5.25, 12)
    assert reason.detail == "Speech is 5.2 dB above the noise; 12 are wanted."


def test_every_code_can_be_told():
    bad = {
        *(code for code, _ in told(replace(GOOD, clipped_share=1, snr_db=0.0, noise_dbfs=-10.0))),
        *(code for code, _ in told(replace(GOOD, dc_offset=1, dropouts=9, missing_ms=500))),
        *(code for code, _ in told(replace(GOOD, lead_ms=0, tail_ms=0))),
        *(code for code, _ in told(replace(GOOD, level_dbfs=-80.0, speech_ms=110))),
        *(code for code, _ in told(replace(GOOD, level_dbfs=-1.0, speech_ms=60_000))),
        *(code for code, _ in told(replace(GOOD, speech_ms=0))),
        *(code for code, _ in told(replace(GOOD, speech_ms=400))),
        *(code for code, _ in told(replace(GOOD, peak_dbfs=-120.0))),
        *(
            code
            for code, _ in told(
                replace(ROOM, noise_dbfs=0.0, speech_ms=9000, duration_ms=1), kind="room_tone"
            )
        ),
    }
    assert bad == set(REASONS)


def test_the_answer_is_plain_json_with_every_promised_field():
    figures = measure(take(lead_s=0), RATE_HZ)
    told = as_json(figures, judge(figures, Rules(), text=TEXT, language="en"))
    assert json.loads(json.dumps(told)) == told
    assert list(told) == [
        *("verdict", "reasons", "snr_db", "noise_dbfs", "clipped_share", "peak_dbfs"),
        *("level_dbfs", "lead_ms", "tail_ms", "speech_ms", "dc_offset", "dropouts"),
        *("missing_ms", "duration_ms", "expected_ms"),
    ]
    assert told["reasons"][0].keys() == {"code", "severity", "value", "limit", "detail"}


# Rules of a session ----------------------------------------------------------------------------


def test_every_rule_has_a_default_within_its_range():
    assert set(RULES) == set(Rules().as_dict())
    assert Rules().changed(Rules().as_dict()) == Rules()


def test_a_session_may_change_a_rule():
    rules = Rules().changed({"snr_db_yellow": 40, "snr_db_red": 30})
    assert told(replace(GOOD, snr_db=35.0), rules) == [("low_snr", "yellow")]


def test_rules_that_a_session_kept_from_before_there_were_further_ones_still_hold():
    kept = {"dropouts_yellow": 2, "dropouts_red": 2}
    rules = Rules().changed(kept)
    assert told(replace(GOOD, dropouts=1), rules) == []
    assert rules.limits("missing_ms") == (50, 150)


@pytest.mark.parametrize(
    "changes, code, words",
    [
        ({"snr": 3}, "unknown_rule", "No rule 'snr'. Known rules: clipped_share_yellow"),
        ({"snr_db_red": "12"}, "bad_rule_value", "snr_db_red is '12'; a number is wanted."),
        ({"snr_db_red": True}, "bad_rule_value", "is True"),
        ({"snr_db_red": float("nan")}, "bad_rule_value", "is nan"),
        ({"dropouts_red": 2.5}, "bad_rule_value", "a whole number is wanted"),
        ({"lead_ms_red": -1}, "out_of_range", "lead_ms_red -1 is outside 0 to 60000 ms."),
        ({"lead_ms_red": 10**400}, "bad_rule_value", "a number is wanted"),
        ({"snr_db_red": 30}, "rules_cross", "snr_db_yellow 25 is worse than snr_db_red 30"),
        ({"noise_dbfs_red": -60}, "rules_cross", "noise_dbfs_yellow -50 is worse"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_name(changes, code, words):
    with pytest.raises(RuleError, match=words.replace("(", r"\(")) as refused:
        Rules().changed(changes)
    assert refused.value.code == code


# Syllables -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, language, count",
    [
        ("Kids are talking by the door", "en", 7),
        ("Dogs are sitting by the door.", "en-GB", 7),
        ("The table walked while we wanted more cake", "en", 10),
        ("I'm at the door", "en", 4),
        ("今天天气很好。", "zh", 6),
        ("我有 3 本 book", "zh-Hans-CN", 5),
        ("Der Hund läuft über die Straße", "de", 8),
        ("", "en", None),
        ("...", "en", None),
        ("Добрый день", "ru", None),
    ],
)
def test_syllables_are_counted(text, language, count):
    assert syllables(text, language) == count


def test_mandarin_by_another_tag_is_mandarin():
    assert expected_ms(syllables("今天天气很好", "cmn"), "cmn") == round(6000 / 4.2)
