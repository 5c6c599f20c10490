"""Figures of sounds whose figures are known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.recording.qc import measure
from annotation.recording.qc.figures import FLOOR_DBFS
from tests.annotation.recording.signals import RATE_HZ, noise, rumble, take, voice

RATES_HZ = [8_000, 16_000, 22_050, 44_100, 48_000, 96_000]


# Levels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_level_noise_and_snr_are_those_that_were_mixed(rate_hz):
    figures = measure(take(level_dbfs=-26, noise_dbfs=-66, rate_hz=rate_hz), rate_hz)
    assert figures.level_dbfs == pytest.approx(-26, abs=0.3)
    assert figures.noise_dbfs == pytest.approx(-66.5, abs=0.7)
    assert figures.snr_db == pytest.approx(40.5, abs=0.8)


@pytest.mark.parametrize("snr_db", [10, 20, 30, 40, 50])
def test_snr_follows_the_mixture_in_steps(snr_db):
    figures = measure(take(level_dbfs=-20, noise_dbfs=-20 - snr_db), RATE_HZ)
    assert figures.snr_db == pytest.approx(snr_db, abs=1.2)


def test_a_sine_at_full_scale_has_three_decibels_less_than_its_peak():
    at = np.arange(RATE_HZ) / RATE_HZ
    figures = measure(np.sin(2 * np.pi * 440 * at), RATE_HZ)
    assert figures.level_dbfs == pytest.approx(-3.01, abs=0.05)
    assert figures.peak_dbfs == pytest.approx(0, abs=0.01)


def test_the_level_is_that_of_the_speech_however_long_the_silence():
    short, long = take(lead_s=0.3), take(lead_s=3.0)
    assert measure(short, RATE_HZ).level_dbfs == pytest.approx(
        measure(long, RATE_HZ).level_dbfs, abs=0.1
    )


def test_a_dc_offset_is_measured_and_spoils_no_level():
    plain, moved = measure(take(), RATE_HZ), measure(take() + 0.03, RATE_HZ)
    assert moved.dc_offset == pytest.approx(0.03, abs=0.001)
    assert moved.noise_dbfs == pytest.approx(plain.noise_dbfs, abs=0.01)
    assert moved.snr_db == pytest.approx(plain.snr_db, abs=0.01)


def test_zeros_before_the_microphone_began_are_not_the_noise_of_the_room():
    late = np.concatenate((np.zeros(RATE_HZ), take(noise_dbfs=-60)))
    assert measure(late, RATE_HZ).noise_dbfs == pytest.approx(-60.5, abs=1)


# Where speech is -------------------------------------------------------------------------------


@pytest.mark.parametrize("noise_dbfs", [-80, -60, -40])
def test_lead_and_tail_are_the_time_around_speech(noise_dbfs):
    figures = measure(take(lead_s=0.26, tail_s=0.6, noise_dbfs=noise_dbfs), RATE_HZ)
    assert (figures.lead_ms, figures.tail_ms) == (260, 600)
    assert figures.speech_ms == 1500


def test_noise_alone_holds_no_speech():
    for seed in range(20):
        figures = measure(noise(2, -50, seed=seed), RATE_HZ)
        assert figures.speech_ms == 0
        assert (figures.lead_ms, figures.tail_ms, figures.snr_db) == (None, None, None)


@pytest.mark.parametrize("slope", [1, 2, 3])
def test_rumble_holds_no_speech(slope):
    for seed in range(10):
        figures = measure(rumble(4, -50, slope=slope, seed=seed), RATE_HZ)
        assert figures.speech_ms == 0 or slope == 3


def test_hum_of_the_mains_holds_no_speech():
    at = np.arange(4 * RATE_HZ) / RATE_HZ
    hum = sum(0.01 / k * np.sin(2 * np.pi * 50.02 * k * at) for k in (1, 2, 3, 5))
    assert measure(hum + noise(4, -70), RATE_HZ).speech_ms == 0


def test_a_click_is_no_speech():
    sound = noise(2, -70)
    sound[9000:9200] += 0.5
    assert measure(sound, RATE_HZ).speech_ms == 0


def test_the_closure_of_a_stop_does_not_end_a_word_but_a_pause_is_not_spoken():
    word = voice(0.4, -20)
    closure, pause = np.zeros(round(0.1 * RATE_HZ)), np.zeros(RATE_HZ)
    spoken = np.concatenate((pause, word, closure, word, pause, word, pause))
    figures = measure(spoken + noise(len(spoken) / RATE_HZ, -70), RATE_HZ)
    assert figures.speech_ms == pytest.approx(1300, abs=30)


def test_a_word_cut_at_the_edge_leaves_no_lead():
    whole = take()
    figures = measure(whole[round(0.6 * RATE_HZ) :], RATE_HZ)
    assert figures.lead_ms == 0
    assert figures.tail_ms == 400


# Clipping --------------------------------------------------------------------------------------


def clipped_truth(sound, limit):
    return float(np.mean(np.abs(sound) >= limit))


@pytest.mark.parametrize("gain_db", [14, 20, 30])
def test_samples_held_at_full_scale_are_clipped(gain_db):
    loud = take(level_dbfs=-20) * 10 ** (gain_db / 20)
    figures = measure(np.clip(loud, -1, 32767 / 32768), RATE_HZ)
    assert figures.clipped_share == pytest.approx(clipped_truth(loud, 1), rel=0.15)


def test_flat_tops_below_full_scale_are_clipped_too():
    loud = take(level_dbfs=-4)
    figures = measure(0.5 * np.clip(loud, -0.8, 0.8), RATE_HZ)
    assert figures.clipped_share == pytest.approx(clipped_truth(loud, 0.8), rel=0.4)


@pytest.mark.parametrize("peak", [1.0, 32767 / 32768, 0.5, 0.01])
def test_a_sound_normalised_to_its_peak_is_not_clipped(peak):
    sound = take(rate_hz=48_000)
    assert measure(peak * sound / np.abs(sound).max(), 48_000).clipped_share == 0


@pytest.mark.parametrize("rate_hz", [*RATES_HZ, 192_000])
@pytest.mark.parametrize("hz", [80, 200, 440])
def test_a_pure_tone_is_not_clipped_at_any_rate(rate_hz, hz):
    tone = 0.7 * np.sin(2 * np.pi * hz * np.arange(rate_hz) / rate_hz)
    assert measure(np.rint(tone * 32768) / 32768, rate_hz).clipped_share == 0


# Dropouts --------------------------------------------------------------------------------------


def test_a_whole_take_lost_nothing():
    for seed in range(10):
        assert measure(take(seed=seed), RATE_HZ).dropouts == 0


@pytest.mark.parametrize("value", ["zeros", "held"])
def test_a_gap_within_speech_is_a_dropout(value):
    sound = take()
    for at in (10_000, 20_000):
        sound[at : at + 160] = 0 if value == "zeros" else sound[at]
    assert measure(sound, RATE_HZ).dropouts == 2


def test_zeros_outside_speech_are_no_dropout():
    sound = take()
    sound[1000:2000] = 0
    figures = measure(sound, RATE_HZ)
    assert (figures.dropouts, figures.missing_ms) == (0, 0)


def test_a_hole_that_is_filled_counts_by_its_length():
    sound = take()
    sound[10_000 : 10_000 + round(0.3 * RATE_HZ)] = 0
    figures = measure(sound, RATE_HZ)
    assert 0 < figures.dropouts < 3, "its two ends"
    assert figures.missing_ms == pytest.approx(300, abs=1)


@pytest.mark.parametrize("block", [128, 480, 1024])
def test_a_block_that_came_twice_is_a_dropout(block):
    sound = take()
    at = 12_000
    sound[at : at + block] = sound[at - block : at]
    assert measure(sound, RATE_HZ).dropouts == 1


def test_a_jump_at_a_lost_block_is_a_dropout():
    sound = take(level_dbfs=-16)
    sharp = int(np.argmax(sound[10_000:12_000])) + 10_000
    lost = int(np.argmin(sound[sharp : sharp + 200])) + sharp
    assert measure(np.delete(sound, slice(sharp, lost)), RATE_HZ).dropouts == 1


def test_a_clipped_take_is_not_told_to_have_dropouts():
    loud = np.clip(take(level_dbfs=-20) * 30, -1, 1)
    assert measure(loud, RATE_HZ).dropouts == 0


# The edges of what can be measured -------------------------------------------------------------


@pytest.mark.parametrize("sound", [np.zeros(1), np.zeros(8000), np.full(8000, 0.25)])
def test_a_sound_that_stands_still_has_figures_without_speech(sound):
    figures = measure(sound, RATE_HZ)
    assert figures.noise_dbfs == FLOOR_DBFS
    assert figures.speech_ms == 0 and figures.snr_db is None


def test_a_sound_shorter_than_a_frame_is_measured():
    assert measure(np.array([0.1, -0.1]), RATE_HZ).duration_ms == 1


@pytest.mark.parametrize("shape", [(0,), (4, 2), ()])
def test_samples_of_another_shape_are_an_error(shape):
    with pytest.raises(ValueError, match="Samples of one channel"):
        measure(np.zeros(shape), RATE_HZ)


def test_samples_that_are_not_finite_are_an_error():
    with pytest.raises(ValueError, match="1 samples are NaN"):
        measure(np.array([0.0, math.nan]), RATE_HZ)


@given(st.integers(0, 2**31), st.floats(0.001, 1.0), st.integers(1, 9000))
@settings(max_examples=40)
def test_figures_of_any_sound_are_within_their_ranges(seed, scale, length):
    rng = np.random.default_rng(seed)
    sound = np.clip(rng.normal(0, scale, length) * rng.uniform(0, 1, length) ** 8, -1, 1)
    figures = measure(sound, RATE_HZ)
    assert 0 <= figures.clipped_share <= 1 and figures.dropouts >= 0
    assert FLOOR_DBFS <= figures.noise_dbfs <= figures.peak_dbfs + 0.01
    if figures.snr_db is not None:
        assert figures.lead_ms + figures.speech_ms + figures.tail_ms <= figures.duration_ms + 10


@given(st.floats(-20, 0))
@settings(max_examples=20)
def test_turning_the_gain_down_moves_levels_alike_and_no_snr(gain_db):
    plain = measure(take(noise_dbfs=-55), RATE_HZ)
    turned = measure(take(noise_dbfs=-55) * 10 ** (gain_db / 20), RATE_HZ)
    assert turned.level_dbfs - plain.level_dbfs == pytest.approx(gain_db, abs=1e-6)
    assert turned.snr_db == pytest.approx(plain.snr_db, abs=1e-6)
    assert turned.lead_ms == plain.lead_ms


@pytest.mark.parametrize(("seen", "told", "counted"), [(0, 2, 2), (3, 2, 3), (1, 0, 1)])
def test_places_that_the_recorder_knows_are_not_counted_beside_those_that_were_seen(
    seen, told, counted
):
    figures = replace(measure(np.zeros(RATE_HZ), RATE_HZ), dropouts=seen)
    assert figures.with_gaps(told).dropouts == counted


def test_what_the_recorder_left_out_is_missing_beside_what_stands_still():
    figures = replace(measure(np.zeros(RATE_HZ), RATE_HZ), missing_ms=20)
    assert figures.with_gaps(1, 300).missing_ms == 320
