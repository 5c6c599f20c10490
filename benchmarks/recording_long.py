"""A long recording: memory, speed, and whether its cut points are those of pydub on the whole.

Real speech of RAVDESS is joined to a stereo dialogue of 3 h at 48 kHz, one speaker a channel, the
gaps known. A process of its own does what the job does (hash, facts, waveform, search, alignment)
and tells its peak memory and CPU time; another one runs pydub on the whole channel, whose memory is
not counted. Then the regions are held against where each clip was put, and the prompts proposed for
them against what was said, with a script that is repeated and missed now and then. No sound of
RAVDESS stays: the file is removed.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from tests.data import ROOT

RATE_HZ = 48_000
CLIP_HZ = 16_000  # of the clips as they come
NOISE = 10 ** (-72 / 20)
GAPS_S = (0.9, 2.2)
SEED = 5
MIB = 1 << 20


def clips(folder: Path) -> list[dict[str, str]]:
    with (folder / "metadata.csv").open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


def voice(folder: Path, row: dict[str, str]) -> np.ndarray:
    """(frames,) float32 at 48 kHz."""
    samples, rate = soundfile.read(folder / row["file"], dtype="float32")
    return np.asarray(soxr.resample(samples, rate, RATE_HZ))


def join(folder: Path, path: Path, seconds: float) -> list[dict[str, Any]]:
    """Write the dialogue; where each clip lies: channel, start and end in frames, its row."""
    rng = np.random.default_rng(SEED)
    rows = clips(folder)
    order = rng.permutation(len(rows))
    placed: list[dict[str, Any]] = []
    end = round(seconds * RATE_HZ)
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, "PCM_16", format="WAV") as file:
        at = 0
        while at < end:
            row = rows[order[len(placed) % len(rows)]]
            spoken = voice(folder, row)
            gap = round(rng.uniform(*GAPS_S) * RATE_HZ)
            block = rng.normal(0, NOISE, (min(gap + len(spoken), end - at), 2)).astype(np.float32)
            if gap + len(spoken) > end - at:
                file.write(block)
                break
            channel = len(placed) % 2
            block[gap:, channel] += spoken
            file.write(np.clip(block, -1, 1))
            placed.append(
                {"channel": channel, "start": at + gap, "end": at + gap + len(spoken), **row}
            )
            at += len(block)
    return placed


# --- in processes of their own ----------------------------------------------------------------


def ingest(path: Path) -> dict[str, Any]:
    """What the job does with a file, with all that a worker has loaded."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "speecheq.settings"
    os.environ["SPEECHEQ_HOME"] = str(path.parent)
    import django

    django.setup()
    import annotation.tasks  # noqa: F401 -- for its memory
    from annotation.recording.long_sound import find_regions, survey
    from annotation.services.recording.long_files import Reader

    begun, cpu = time.perf_counter(), time.process_time()
    with Reader(survey) as read:
        facts, blobs = read(path, channel=0)
    with Reader(find_regions) as read:
        found = read(path, channel=0, search={}, noise_dbfs=facts["noise_dbfs"])[0]
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    return {
        **found,
        "facts": facts,
        "peaks_bytes": len(blobs["peaks"]),
        "wall_s": time.perf_counter() - begun,
        "cpu_s": time.process_time() - cpu + child.ru_utime + child.ru_stime,
        "peak_mib": (own.ru_maxrss + child.ru_maxrss) / 1024,
    }


def whole(path: Path) -> dict[str, Any]:
    """The same cut points by pydub, which holds the whole channel."""
    from pydub import AudioSegment
    from pydub.silence import detect_nonsilent

    from annotation.recording.silence import Search, frame_at, with_margins

    how = Search()
    threshold = float(os.environ["BENCH_THRESHOLD"])
    samples = soundfile.read(path, dtype="int16", always_2d=True)[0][:, 0]
    sound = AudioSegment(samples.tobytes(), sample_width=2, frame_rate=RATE_HZ, channels=1)
    begun = time.perf_counter()
    spoken = detect_nonsilent(sound, how.min_silence_ms, threshold)
    wall_s = time.perf_counter() - begun
    kept = [(a, b) for a, b in spoken if b - a >= how.min_speech_ms]
    wide = with_margins(kept, how.keep_ms, len(sound))
    regions = [[frame_at(a, RATE_HZ), min(frame_at(b, RATE_HZ), len(samples))] for a, b in wide]
    return {"regions": regions, "wall_s": wall_s}


def apart(what: str, path: Path, **environment: str) -> dict[str, Any]:
    """Run one of the two in a fresh process."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.recording_long", "--part", what, str(path)],
        env={**os.environ, "PYTHONPATH": paths, **environment},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


# --- held against what is known ---------------------------------------------------------------


def whole_clips(placed: list[dict[str, Any]], regions: list[list[int]]) -> tuple[int, int]:
    """Clips of channel 0 that lie in one region alone with nothing else, and clips in all."""
    own = [clip for clip in placed if clip["channel"] == 0]
    starts = np.array([r[0] for r in regions])
    touched = []
    for clip in own:
        first = int(np.searchsorted(starts, clip["end"])) - 1
        inside = [k for k in (first - 1, first) if k >= 0 and regions[k][1] > clip["start"]]
        touched.append(inside)
    counts = np.bincount([k for inside in touched for k in inside], minlength=len(regions))
    good = sum(len(inside) == 1 and counts[inside[0]] == 1 for inside in touched)
    return good, len(own)


def aligned(
    folder: Path, sentences: int, *, by_sound: bool, sessions: int = 24
) -> tuple[float, float, float]:
    """Sessions of one speaker each: a prompt in 20 is said again, one in 50 missed.

    A prompt is one to `sentences` clips of real speech with 0.3 s between, its length found by the
    search in quiet; its text are theirs. What is said again is another clip of the same sentence,
    emotion and strength. Shares of regions with the right prompt, of regions the proposal is sure
    of (> 0.9), and of those that are right.
    """
    from annotation.recording.alignment import align
    from annotation.recording.likeness import same_words
    from annotation.recording.qc.syllables import syllables

    rng = np.random.default_rng(SEED)
    rows = clips(folder)
    right = sure = sure_right = n = 0
    for session in range(sessions):
        own = [row for row in rows if row["speaker"] == f"ravdess-{session + 1:02}"]
        prompts = grouped(own, sentences, rng)
        truth: list[int] = []
        regions: list[list[dict[str, str]]] = []
        for k, prompt in enumerate(prompts):
            if rng.random() >= 0.02:
                again = rng.random() < 0.05
                truth += [k, k] if again else [k]
                regions += [prompt, [another(row, own) for row in prompt]][: 1 + again]
        lengths = [sum(spoken_ms(folder, row) for row in r) + 300 * (len(r) - 1) for r in regions]
        counts = [sum(syllables(row["text"], "en") or 1 for row in prompt) for prompt in prompts]
        texts = [" ".join(row["text"] for row in prompt) for prompt in prompts]
        odds = same_words((joined(folder, r) for r in regions), CLIP_HZ) if by_sound else None
        matches = align(lengths, counts, same_words=odds, texts=texts)
        for match, k in zip(matches, truth, strict=True):
            n += 1
            right += match.place == k
            sure += match.confidence > 0.9
            sure_right += match.confidence > 0.9 and match.place == k
    return right / n, sure / n, sure_right / max(sure, 1)


def another(row: dict[str, str], own: list[dict[str, str]]) -> dict[str, str]:
    """The other time the speaker said this sentence so."""
    alike = ("statement", "emotion", "intensity")
    same = [r for r in own if all(r[name] == row[name] for name in alike) and r is not row]
    return same[0] if same else row


def joined(folder: Path, rows: list[dict[str, str]]) -> np.ndarray:
    """(frames,) clips with 0.3 s of silence between."""
    parts: list[np.ndarray] = []
    for row in rows:
        samples, rate_hz = soundfile.read(folder / row["file"], dtype="float32")
        assert rate_hz == CLIP_HZ
        parts += [samples, np.zeros(round(0.3 * rate_hz), np.float32)]
    return np.concatenate(parts[:-1])


def grouped(
    rows: list[dict[str, str]], sentences: int, rng: np.random.Generator
) -> list[list[dict[str, str]]]:
    """Prompts of one to `sentences` clips each, in turn."""
    prompts, at = [], 0
    while at < len(rows):
        n = int(rng.integers(1, sentences + 1))
        prompts.append(rows[at : at + n])
        at += n
    return prompts


_LENGTHS: dict[str, float] = {}


def spoken_ms(folder: Path, row: dict[str, str]) -> float:
    """From the first to the last millisecond of a clip that the search calls spoken."""
    from annotation.recording.silence import SilenceFinder, nonsilent

    if row["file"] not in _LENGTHS:
        samples, rate = soundfile.read(folder / row["file"], dtype="int16")
        finder = SilenceFinder(rate_hz=rate, bits=16, min_silence_ms=100, threshold_dbfs=-60)
        finder.feed(samples)
        spoken = nonsilent(*finder.finish()) or [(0, len(samples) * 1000 // rate)]
        _LENGTHS[row["file"]] = spoken[-1][1] - spoken[0][0]
    return _LENGTHS[row["file"]]


def measure(folder: Path, seconds: float, tmp: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="speecheq-bench-", dir=tmp) as home:
        path = Path(home) / "long.wav"
        placed = join(folder, path, seconds)
        size = path.stat().st_size
        ours = apart("ingest", path)
        reference = apart("whole", path, BENCH_THRESHOLD=repr(ours["threshold_dbfs"]))
    report(folder, seconds, size, placed, ours, reference)


def report(
    folder: Path,
    seconds: float,
    size: int,
    placed: list[dict[str, Any]],
    ours: dict[str, Any],
    reference: dict[str, Any],
) -> None:
    same = ours["regions"] == reference["regions"]
    good, n = whole_clips(placed, ours["regions"])
    print(
        f"{seconds / 3600:.2g} h stereo at 48 kHz, {size / 1e9:.2f} GB, {len(placed)} clips of "
        f"RAVDESS; noise floor {ours['facts']['noise_dbfs']:.1f} dBFS, threshold "
        f"{ours['threshold_dbfs']:.1f} dBFS.\n"
    )
    print("| what | measured |\n| --- | --- |")
    print(f"| peak memory of the worker during ingest | **{ours['peak_mib']:.0f} MiB** |")
    times = (
        f"**{seconds / ours['cpu_s']:.0f}** ({ours['cpu_s']:.1f} s; {ours['wall_s']:.1f} s elapsed)"
    )
    print(f"| times real time, by CPU seconds (hash, waveform, search) | {times} |")
    verdict = "**the same**" if same else "**different**"
    print(f"| {len(ours['regions'])} regions against pydub on the whole channel | {verdict} |")
    print(f"| pydub's own search, in memory | {reference['wall_s']:.0f} s |")
    print(f"| waveform file | {ours['peaks_bytes'] / 1e6:.1f} MB |")
    print(f"| clips of the channel that are one region, alone | {good} of {n} |")
    report_alignment(folder)


def report_alignment(folder: Path) -> None:
    for sentences, script in ((1, "two sentences alike"), (4, "prompts of 1 to 4 sentences")):
        for by_sound in (False, True):
            begun = time.process_time()
            right, sure, sure_right = aligned(folder, sentences, by_sound=by_sound)
            cpu_s = time.process_time() - begun
            how = "by order, length and likeness" if by_sound else "by order and length"
            print(
                f"| alignment {how}, 24 speakers, {script}: right; sure (> 0.9), and of those "
                f"right; CPU s | {right:.3f}; {sure:.3f}, {sure_right:.3f}; {cpu_s:.1f} |",
                flush=True,
            )


def through_the_page(folder: Path, seconds: float, tmp: Path) -> None:
    """As `benchmarks.recording_long_page` says, with the same dialogue."""
    from benchmarks.recording_long_page import measure as by_page

    with tempfile.TemporaryDirectory(prefix="speecheq-bench-", dir=tmp) as home:
        path = Path(home) / "long.wav"
        placed = join(folder, path, seconds)
        by_page(path, [clip for clip in placed if clip["channel"] == 0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3 * 3600)
    parser.add_argument("--tmp", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument(
        "--page", action="store_true", help="send the file through the page instead, in Chromium"
    )
    parser.add_argument("--alignment", action="store_true", help="only the alignment")
    parser.add_argument("--part", nargs=2, metavar=("WHAT", "PATH"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        what, path = asked.part
        done = {"ingest": ingest, "whole": whole}[what](Path(path))
        print(json.dumps(done))
        return
    base = Path(os.environ.get("SPEECHEQ_DATA", ROOT.parent / "shared" / "data"))
    if asked.alignment:
        report_alignment(base / "ravdess")
        return
    run = through_the_page if asked.page else measure
    run(base / "ravdess", asked.seconds, asked.tmp)


if __name__ == "__main__":
    main()
