"""The client's JSON, from plain values."""

from __future__ import annotations

import pytest

from annotation.recording import wsr


@pytest.mark.parametrize("key", ["p01", "HAP_2-a", "你好", "a.b~c"])
def test_a_key_that_an_address_can_hold_is_the_item_code(key):
    assert wsr.item_code(key, "pmt_1") == key


@pytest.mark.parametrize("key", ["a/b", "a b", "50%", "why?", "a#b", ".", "..", "", "room-tone"])
def test_another_key_gives_way_to_the_id_of_the_prompt(key):
    assert wsr.item_code(key, "pmt_1") == "pmt_1"


@pytest.mark.parametrize(
    ("state", "spoken", "trained", "missing", "expected"),
    [
        ("planned", 0, 0, 3, "CREATED"),
        ("open", 0, 0, 3, "LOADED"),
        ("open", 0, 2, 3, "STARTED_TRAINING"),
        ("open", 1, 2, 2, "STARTED"),
        ("paused", 1, 0, 2, "STARTED"),
        ("open", 3, 0, 0, "COMPLETED"),
        ("open", 0, 0, 0, "LOADED"),
        ("closed", 1, 0, 2, "COMPLETED"),
    ],
)
def test_the_status_follows_from_what_was_recorded(state, spoken, trained, missing, expected):
    assert wsr.status(state, spoken=spoken, trained=trained, missing=missing) == expected


def test_the_project_leaves_the_sound_alone():
    project = wsr.project("seqd")
    assert project["allowEchoCancellation"] is False
    assert [each["value"] for each in project["autoGainControlConfigs"]] == [False, False]
    assert project["mediaCaptureFormat"] == {"audioChannelCount": 1}


def test_the_project_asks_for_each_recording_whole():
    project = wsr.project("seqd")
    assert project["chunkedRecording"] is False
    assert project["clientAudioStorageType"] == "MEM_ENTIRE"


def test_neighbours_of_one_section_become_a_part():
    a, b, c = (wsr.Item(code, code) for code in "abc")
    parts = wsr.parts_of([("try", True, a), ("all", False, b), ("all", False, c)])
    assert parts == [wsr.Part("try", [a], True), wsr.Part("all", [b, c], False)]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("manual", "MANUAL"), ("auto_advance", "AUTOPROGRESS"), ("auto_record", "AUTORECORDING")],
)
def test_the_mode_is_said_in_the_words_of_the_client(ours, theirs):
    written = wsr.script("s@1", mode=ours, parts=[wsr.Part("all", [wsr.Item("a", "A")])])
    assert written["sections"][0]["mode"] == theirs


def test_a_script_keeps_the_order_of_its_items():
    items = [wsr.Item(code, code.upper()) for code in "cab"]
    section = wsr.script("s@1", mode="manual", parts=[wsr.Part("all", items)])["sections"][0]
    assert section["order"] == section["groups"][0]["order"] == "SEQUENTIAL"
    assert [each["itemcode"] for each in section["groups"][0]["promptItems"]] == list("cab")


def test_an_item_has_its_text_and_what_to_do():
    item = wsr.Item("a", "Go!", "Angry", duration_ms=5000).as_json()
    assert item == {
        "itemcode": "a",
        "mediaitems": [{"mimetype": "text/plain", "text": "Go!"}],
        "recinstructions": {"recinstructions": "Angry"},
        "recduration": 5000,
    }


def test_instructions_say_how_to_speak_in_the_language_of_the_script():
    english = wsr.instructions(esc="HAP", eis=2, hint="softly", scenario="You won.")
    assert english == "Happy, Moderate · You won. · softly"
    assert wsr.instructions(esc="HAP", eis=2, language="zh-CN") == "高兴, 中等"


def test_neutral_has_no_intensity_to_tell():
    assert wsr.instructions(esc="NEU", eis=0) == "Neutral"


def test_a_prompt_without_a_target_has_no_instructions():
    assert wsr.instructions(esc="", eis=None) == ""


@pytest.mark.parametrize("session", [None, "ses_1"])
def test_the_id_of_a_script_is_read_as_it_was_written(session):
    assert wsr.read_script_id(wsr.script_id("seqd-en-1@2", session)) == ("seqd-en-1@2", session)


def test_a_session_tells_the_dates_it_was_told_and_no_other():
    told = wsr.session(
        "ses_1",
        project="seqd",
        script_id="s@1",
        status="LOADED",
        sealed=False,
        dates={"loadedDate": "2026-01-01T00:00:00Z", "other": "x"},
    )
    assert told["loadedDate"] == "2026-01-01T00:00:00Z"
    assert "other" not in told and "startedDate" not in told


def test_the_project_asks_for_no_wake_lock():
    """Where it is denied, the client stops with an error of its own after each recording."""
    assert wsr.project("seqd")["recordingDeviceWakeLock"] is False
