"""The whole path of one file: open, check, hash, derive."""

from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from typing import Any

from annotation.audio.decode import Bounds, Source, open_audio
from annotation.audio.derive import flac_bytes, peaks_json, to_16k
from annotation.audio.errors import AudioRefused
from annotation.audio.pcm import Pcm, read_pcm
from annotation.audio.stages import Stages
from speecheq.sentences import kept

Prepared = tuple[dict[str, Any], dict[str, bytes]]


def prepare_clip(
    path: str,
    *,
    bounds: dict[str, float] | None = None,
    derivatives: bool = True,
    time_stages: bool = False,
) -> Prepared:
    """Read a sound file and make what a clip needs from it.

    Args:
        path: the file.
        bounds: fields of `Bounds` to change.
        derivatives: whether to make `audio` (16 kHz mono FLAC), `peaks` and `spectrogram`.
        time_stages: whether the facts hold seconds per stage under `stages`.

    Returns:
        Facts (container, codec, suffix, media_type, pcm_sha256, duration_ms, sample_rate_hz,
        channels, frames, level_dbfs, peak_dbfs) and the derivatives' bytes by name. A refused
        file gives {"refused": {"code", "detail"}} and no derivatives: plain data, because this
        runs in a limited child.
    """
    stages = Stages(on=time_stages)
    try:
        source, pcm = _read(Path(path), _bounds(bounds), stages)
    except AudioRefused as refusal:
        return {"refused": kept({"code": refusal.code, "detail": refusal.detail})}, {}
    facts = _facts(source, pcm)
    made = _derive(pcm, stages) if derivatives else {}
    if time_stages:
        facts["stages"] = dict(stages.seconds)
    return facts, made


def _read(path: Path, bounds: Bounds, stages: Stages) -> tuple[Source, Pcm]:
    with ExitStack() as opened:
        with stages.time("open"):
            source = opened.enter_context(open_audio(path, bounds))
        return source, read_pcm(source, bounds, stages)


def _facts(source: Source, pcm: Pcm) -> dict[str, Any]:
    container = source.container
    return {
        "container": container.name,
        "codec": source.codec,
        "suffix": container.suffix,
        "media_type": container.media_type,
        "pcm_sha256": pcm.sha256,
        "duration_ms": pcm.duration_ms,
        "sample_rate_hz": pcm.sample_rate_hz,
        "channels": pcm.channels,
        "frames": pcm.frames,
        "level_dbfs": pcm.level_dbfs,
        "peak_dbfs": pcm.peak_dbfs,
    }


def _bounds(changes: dict[str, float] | None) -> Bounds:
    known = {field.name for field in fields(Bounds)}
    if unknown := set(changes or {}) - known:
        raise ValueError(f"No bound named {sorted(unknown)}. Known: {sorted(known)}.")
    return Bounds(**(changes or {}))  # type: ignore[arg-type]


def _derive(pcm: Pcm, stages: Stages) -> dict[str, bytes]:
    from annotation.audio.spectrogram import spectrogram_png  # Pillow, for those who draw

    with stages.time("resample"):
        samples = to_16k(pcm.mono, pcm.sample_rate_hz)
    with stages.time("flac"):
        audio = flac_bytes(samples)
    with stages.time("peaks"):
        drawn = peaks_json(samples)
    with stages.time("spectrogram"):
        picture = spectrogram_png(samples)
    return {"audio": audio, "peaks": drawn, "spectrogram": picture}
