"""The made-up corpus: who speaks, and that espeak-ng really does."""

from __future__ import annotations

import builtins
import csv
from collections import Counter

import numpy as np
import pytest
import soundfile

from annotation.demo import speech
from annotation.demo.espeak import Espeak, Prosody, SpeechFailed
from annotation.recipes import read

FULL_SCALE = 32767


@pytest.fixture(scope="module")
def espeak() -> Espeak:
    return Espeak()


def test_eight_voices_of_both_sexes_speak_two_languages():
    kinds = Counter((voice.language, voice.sex) for voice in speech.VOICES)
    assert kinds == {(lang, sex): 2 for lang in ("zh", "en") for sex in ("female", "male")}


def test_every_clip_has_a_key_of_its_own_and_an_allowed_label():
    planned = list(speech.lines())
    assert len(planned) >= 100
    assert len({line.key for line in planned}) == len(planned)
    assert all((line.esc == "NEU") == (line.eis == 0) for line in planned)


def test_stronger_feeling_moves_further_from_the_voice():
    voice = speech.VOICES[0]
    plain = speech.Line(voice, 0, "NEU", 0).prosody
    rates = [speech.Line(voice, 0, "ANG", eis).prosody.rate for eis in (1, 2, 3)]
    assert plain.rate == voice.rate
    assert plain.rate < rates[0] < rates[1] < rates[2]


@pytest.mark.parametrize("voice", speech.VOICES, ids=lambda voice: voice.code)
def test_each_voice_speaks(espeak, voice):
    line = speech.Line(voice, 0, "ANG", 3)
    samples = espeak.speak(line.text, voice=voice.name, prosody=line.prosody)
    assert samples.dtype == np.int16
    assert 0.8 < len(samples) / espeak.sample_rate_hz < 6
    assert 2000 < np.abs(samples.astype(int)).max() < FULL_SCALE


def test_voices_of_one_language_differ(espeak):
    first, second = (
        espeak.speak(speech.SENTENCES["zh"][0], voice=voice.name, prosody=Prosody())
        for voice in speech.VOICES[:2]
    )
    n = min(len(first), len(second))
    assert not np.array_equal(first[:n], second[:n])


def test_an_unknown_voice_is_named(espeak):
    with pytest.raises(SpeechFailed, match="no voice 'xx-none'"):
        espeak.speak("hello", voice="xx-none", prosody=Prosody())


def test_without_the_library_the_way_out_is_told(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "espeakng_loader":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SpeechFailed, match="extra `demo`, or name a corpus with CORPUS="):
        Espeak()


@pytest.fixture
def few(monkeypatch):
    """Three clips instead of all."""
    planned = list(speech.lines())[:3]
    monkeypatch.setattr(speech, "lines", lambda: iter(planned))


def test_the_manifest_is_one_the_import_reads_without_complaint(few, tmp_path):
    manifest = speech.write_corpus(tmp_path / "new")
    reading = read("manifest", manifest.parent)
    assert reading.errors == []
    assert [row.intended_esc for row in reading.rows] == ["NEU", "NEU", "NEU"]
    with manifest.open(encoding="utf-8") as file:
        assert [row["language"] for row in csv.DictReader(file)] == ["zh", "zh", "zh"]
    assert soundfile.info(manifest.parent / reading.rows[0].audio).channels == 1


def test_a_complete_corpus_is_left_alone(few, tmp_path, monkeypatch):
    manifest = speech.write_corpus(tmp_path)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}

    def silent() -> Espeak:
        raise AssertionError("it spoke again")

    monkeypatch.setattr(speech, "Espeak", silent)
    assert speech.write_corpus(tmp_path) == manifest
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before


def test_an_interrupted_corpus_is_spoken_again(few, tmp_path):
    (tmp_path / "zh-f1-neu0-s1.flac").write_bytes(b"half a file")
    speech.write_corpus(tmp_path)
    assert soundfile.info(tmp_path / "zh-f1-neu0-s1.flac").frames > 0


def test_a_key_says_who_what_and_how_strong():
    assert speech.Line(speech.VOICES[0], 1, "SAD", 2).key == "zh-f1-sad2-s2"
