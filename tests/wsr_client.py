"""Requests as WebSpeechRecorderNg makes them, read from the npm package speechrecorderng 3.11.26.

Facts only: address, method, headers and form of the body, each beside the symbol of the compiled
package (`fesm2022/speechrecorderng.mjs`) that makes it.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

END_POINT = "/api/v1/wsr"
ORIGIN = "http://testserver"
JSON = "application/json, text/plain, */*"  # Angular's HttpClient, where nothing is asked for
WAV = "audio/wav"


@dataclass(frozen=True)
class Call:
    """`symbol` makes it; parts in braces vary, `{!name}` without being encoded."""

    symbol: str
    method: str
    url: str
    accept: str = JSON
    body: str = ""  # json, wav or form


CALLS = {
    "session": Call("SessionService.sessionObserver", "GET", "session/{!session}"),
    "project": Call("ProjectService.projectObservable", "GET", "project/{project}"),
    "script": Call("ScriptService.scriptObservable", "GET", "script/{script}"),
    "progress": Call(
        "SessionService.patchSessionObserver",
        "PATCH",
        "project/{!project}/session/{!session}",
        body="json",
    ),
    "recordings": Call(
        "RecordingService.recordingFileDescrList",
        "GET",
        "project/{project}/session/{session}/recfile",
    ),
    "upload": Call(
        "SessionManager.stopped", "POST", "session/{!session}/recfile/{!code}", body="wav"
    ),
    "prepare": Call(
        "BasicRecorder.postAudioStreamStart",
        "POST",
        "session/{!session}/recfile/{!uuid}/prepareChunksRequest",
        body="form",
    ),
    "piece": Call(
        "SessionManager.postChunkAudioBuffer",
        "POST",
        "session/{!session}/recfile/{!code}/{!uuid}/{!piece}",
        body="wav",
    ),
    "concat": Call(
        "BasicRecorder.postAudioStreamEnd",
        "POST",
        "session/{!session}/recfile/{!uuid}/concatChunksRequest",
        body="form",
    ),
    "sound": Call(
        "RecordingService.fetchSprAudiofile",
        "GET",
        "project/{project}/session/{session}/recfile/{code}/{!version}",
        accept=WAV,
    ),
    "part": Call(
        "BasicRecordingService.chunkAudioRequest",
        "GET",
        "project/{project}/session/{session}/recfile/{code}/{!version}"
        "?startFrame={!start}&frameLength={!length}",
        accept=WAV,
    ),
    "file_sound": Call(
        "RecordingService.fetchAudiofile",
        "GET",
        "project/{project}/session/{session}/recordingfile/{file}",
        accept=WAV,
    ),
    "file_part": Call(  # by the UUID, of what was just recorded in pieces
        "RecordingService.audioFileUrlById, BasicRecordingService.chunkAudioRequest",
        "GET",
        "project/{project}/session/{session}/recordingfile/{file}"
        "?startFrame={!start}&frameLength={!length}",
        accept=WAV,
    ),
    "file_part_by_id": Call(
        "RecordingFileService.recoFileUrl, BasicRecordingService.chunkAudioRequestToNetAudioBuffer",
        "GET",
        "recordingfile/{file}?startFrame={!start}&frameLength={!length}",
        accept=WAV,
    ),
    "file": Call(
        "RecordingFileService.sprRecordingFileDescrObserver", "GET", "recordingfile/{file}"
    ),
    "file_sound_by_id": Call(
        "RecordingFileService.fetchAudiofile", "GET", "recordingfile/{file}", accept=WAV
    ),
    "select": Call(
        "RecordingFileService.saveEditSelection", "PATCH", "recordingfile/{!file}", body="json"
    ),
    # the free recorder of the same package, which knows no prompts
    "free_upload": Call(
        "AudioRecorder.postRecordingMultipart",
        "POST",
        "session/{!session}/recfile/{!uuid}",
        body="form",
    ),
    "free_piece": Call(
        "AudioRecorder.postChunkAudioBuffer",
        "POST",
        "session/{!session}/recfile/{!uuid}/{!piece}",
        body="wav",
    ),
}


def url_of(call: Call, values: dict[str, Any]) -> str:
    """Encoded where the client calls encodeURIComponent; elsewhere only as a browser does."""
    url = call.url
    for name, value in values.items():
        url = url.replace("{!" + name + "}", quote(str(value), safe="/@:~!$&'()*+,;="))
        url = url.replace("{" + name + "}", quote(str(value), safe="~!*'()"))
    return f"{END_POINT}/{url}"


class WsrClient:
    """The client in a browser that holds our cookies, and no CSRF token."""

    def __init__(self, browser: Client, *, origin: str | None = ORIGIN):
        self.browser = browser
        self.headers = {"Origin": origin} if origin else {}

    @classmethod
    def of(cls, user: Any, **more: Any) -> WsrClient:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(user)
        return cls(browser, **more)

    def __call__(self, name: str, data: Any = None, **values: Any) -> Any:
        """The answer to the call `name`; `data` is its body, `values` fill its address."""
        call = CALLS[name]
        headers = {"Accept": call.accept}
        if call.method != "GET":
            headers |= self.headers
        body: dict[str, Any] = {}
        if call.body == "wav":
            body = {"data": data, "content_type": WAV}
        elif call.body == "json":
            body = {"data": data, "content_type": "application/json"}
        elif call.body == "form":
            body = {"data": data}
        send = getattr(self.browser, call.method.lower())
        return send(url_of(call, values), headers=headers, **body)


def written_wav(samples: np.ndarray, *, rate_hz: int = 48_000, as_float: bool = True) -> bytes:
    """(frames,) or (frames, channels) float as `WavWriter.writeAsync` posts it: a RIFF size that
    counts a fact chunk also where there is none, and the rest of its buffer after the samples."""
    samples = samples if samples.ndim == 2 else samples[:, None]
    channels = samples.shape[1]
    if as_float:
        data, bits, tag = samples.astype("<f4").tobytes(), 32, 3
    else:
        data, bits, tag = np.round(samples * 32768).astype("<i2").tobytes(), 16, 1
    frame = channels * bits // 8
    fmt = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame, frame, bits)
    fmt += b"\0\0" if as_float else b""
    fact = b"fact" + struct.pack("<II", 4, len(samples)) if as_float else b""
    chunks = 4 if as_float else 3
    riff = 8 * chunks + len(fmt) + 4 + len(data)
    head = b"RIFF" + struct.pack("<I", riff) + b"WAVE" + b"fmt " + struct.pack("<I", len(fmt))
    written = head + fmt + fact + b"data" + struct.pack("<I", len(data)) + data
    return written.ljust(1024 + len(data), b"\0")


def new_uuid() -> str:
    """As UUID.generate."""
    return str(uuid.uuid4())


def sound_part(wav: bytes) -> SimpleUploadedFile:
    """A Blob within FormData."""
    return SimpleUploadedFile("blob", wav, content_type=WAV)
