"""Pages of long recordings: sending a file, and the editor of its regions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from annotation.api.recording.long_files import SearchRequestSerializer, as_json, request_search
from annotation.models import LongRecording
from annotation.models.long_recording import LongState
from annotation.models.take import Verdict
from annotation.recording.long_sound import REGION_MAX_S
from annotation.recording.silence import Search
from annotation.services.recording import consents, long_files, long_regions
from annotation.services.recording.visitors import find_session
from annotation.web.label_texts import REFUSED
from annotation.web.recording.long_tools import TOOLS
from speecheq.error_words import words_of
from speecheq.errors import DomainError, field_error
from speecheq.models.job import OPEN_STATES
from speecheq.sentences import say

EMPTY_ROWS = 3
CHANNELS_OFFERED = 8


def session_long(request: HttpRequest, public_id: str) -> HttpResponse:
    """Long recordings of a session, and how to send another one."""
    session = find_session(public_id, user=request.user)
    status = 200
    if request.method == "POST":
        try:
            made = _request(request, public_id)
        except DomainError as error:
            messages.error(request, words_of(error))
            status = error.status
        else:
            return redirect("annotation:long-recording", made.public_id)
    context = {
        "session": session,
        "recordings": long_files.long_recordings_of(session),
        "others": long_files.files_of_corpus(session),
        "agreed": consents.in_force(session.speaker, "record") is not None,
        "channels": range(CHANNELS_OFFERED),
    }
    return render(request, "annotation/recording/session_long.html", context, status=status)


def _request(request: HttpRequest, public_id: str) -> LongRecording:
    channel = request.POST.get("channel", "0")
    if channel not in map(str, range(CHANNELS_OFFERED)):
        detail = say(
            "Channel {channel!r} is not there; files have 0 to {channels_offered}.",
            channel=channel[:20],
            channels_offered=CHANNELS_OFFERED - 1,
        )
        raise field_error("channel", "out_of_range", detail)
    given = {name: request.POST.get(name, "") for name in ("upload", "path", "recording")}
    made, _job = long_files.request_long(public_id, by=request.user, channel=int(channel), **given)
    return made


def long_recording(request: HttpRequest, public_id: str) -> HttpResponse:
    """The editor. Without scripts, its table is a form that does the same; what was typed into it
    stays when it is refused, and can be saved over somebody else's once that was told."""
    recording = long_files.find_long(public_id, user=request.user)
    status, typed = 200, None
    if request.method == "POST":
        try:
            _act(request, recording)
        except DomainError as error:
            messages.error(request, words_of(error))
            status = error.status
            recording.refresh_from_db()
            typed = request.POST if request.POST.get("action") == "save" else None
        else:
            return redirect("annotation:long-recording", public_id)
    context = _context(recording)
    if typed is not None and context["ready"]:
        context["regions"] = _typed_rows(context["regions"], typed)
    return render(request, "annotation/recording/long_recording.html", context, status=status)


def _act(request: HttpRequest, recording: LongRecording) -> None:
    action = request.POST.get("action", "")
    if action == "cut":
        long_files.request_cut(recording, by=request.user)
    elif action in ("preview", "search"):
        request_search(recording, _search(request.POST), by=request.user)
    else:
        rows = rows_of_form(recording, request.POST)
        revision = _whole(request.POST.get("revision", ""), "revision")
        long_regions.save_regions(recording, rows, revision=revision, by=request.user)
        messages.success(request, _("The regions were saved."))


def _search(form: QueryDict) -> dict[str, Any]:
    names = ("min_silence_ms", "above_noise_db", "threshold_dbfs", "keep_ms")
    given: dict[str, Any] = {name: form[name] for name in names if form.get(name)}
    given["preview"] = form.get("action") == "preview"
    if not given["preview"]:
        given["revision"] = form.get("revision", "")
    query = QueryDict(mutable=True)
    query.update(given)
    asked = SearchRequestSerializer(data=query)
    asked.is_valid(raise_exception=False)
    if asked.errors:
        name, told = next(iter(asked.errors.items()))
        raise field_error(
            name, "out_of_range", say("{place}: {detail}", place=name, detail=str(told[0]))
        )
    return dict(asked.validated_data)


def rows_of_form(recording: LongRecording, form: QueryDict) -> list[dict[str, Any]]:
    """Regions as the table has them: seconds, and prompts by their keys. Rows without times, and
    those marked to go, are left out. Raises RuleBroken."""
    prompts = {prompt.key: prompt.public_id for prompt in long_regions.prompts_of(recording)}
    columns = [form.getlist(name) for name in ("id", "start_s", "end_s", "prompt")]
    gone = set(form.getlist("remove"))
    rows = []
    for n, (region, start, end, key) in enumerate(zip(*columns, strict=False)):
        if str(n) in gone or not (start.strip() or end.strip()):
            continue
        key = key.strip()
        if key and key not in prompts:
            detail = say(
                "There is no prompt {key!r} in this session. Choose one of the list.", key=key
            )
            raise field_error(f"regions.{n}.prompt", "unknown_prompt", detail)
        row: dict[str, Any] = {"prompt": prompts.get(key)}
        row["start_frame"] = _frame(recording, start, f"regions.{n}.start_frame")
        row["end_frame"] = _frame(recording, end, f"regions.{n}.end_frame")
        rows.append({**row, "id": region} if region else row)
    return rows


def _frame(recording: LongRecording, text: str, name: str) -> int:
    try:
        seconds = float(text.replace(",", "."))
        return round(seconds * (recording.sample_rate_hz or 1))
    except (ValueError, OverflowError):
        detail = say("{text!r} is no time. Write seconds, such as 12.345.", text=text[:40])
        raise field_error(name, "outside", detail) from None


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise field_error(
            name,
            "outside",
            say("{name} is {text!r}; a number is expected.", name=name, text=text[:40]),
        )
    return int(text)


def _context(recording: LongRecording) -> dict[str, Any]:
    job = long_files.latest_job(recording)
    ready = recording.state == LongState.READY
    context: dict[str, Any] = {
        "recording": recording,
        "session": recording.session,
        "job": job,
        "busy": job is not None and job.state in OPEN_STATES,
        "ready": ready,
        "empty_rows": range(EMPTY_ROWS),
        "search": Search(**recording.search.get("used", {})),
    }
    if ready:
        prompts = long_regions.prompts_of(recording)
        regions = list(long_regions.regions_of(recording))
        context |= {
            "tools": TOOLS,
            "prompts": prompts,
            "regions": [_row(recording, region) for region in regions],
            "uncut": sum(bool(r.prompt) and not long_regions.is_cut(r) for r in regions),
            "editor": _editor(recording, prompts),
        }
    return context


def _row(recording: LongRecording, region: Any) -> dict[str, Any]:
    rate = recording.sample_rate_hz or 1
    confidence = long_regions.confidence_of(recording, region)
    return {
        "id": region.public_id,
        "start_s": f"{region.start_frame / rate:.6f}",
        "end_s": f"{region.end_frame / rate:.6f}",
        "key": region.prompt.key if region.prompt else "",
        "confidence": confidence,
        "is_unsure": confidence is not None and confidence < long_regions.SURE,
        "take": region.take,
        "is_cut": long_regions.is_cut(region),
    }


def _typed_rows(stored: list[dict[str, Any]], form: QueryDict) -> list[dict[str, Any]]:
    """The table as it was sent; regions that are gone meanwhile are new ones."""
    known = {row["id"]: row for row in stored}
    gone = set(form.getlist("remove"))
    columns = [form.getlist(name) for name in ("id", "start_s", "end_s", "prompt")]
    rows = []
    for n, (region, start, end, key) in enumerate(zip(*columns, strict=False)):
        if region or start.strip() or end.strip():
            typed = {"start_s": start, "end_s": end, "key": key, "is_removed": str(n) in gone}
            rows.append({**known.get(region, {"id": "", "confidence": None}), **typed})
    return rows


def _editor(recording: LongRecording, prompts: list[Any]) -> dict[str, Any]:
    """What the module needs: the recording with its regions, the prompts, and addresses."""
    addresses = {
        name: reverse(f"api:long-recording-{name}", args=[recording.public_id])
        for name in ("regions", "peaks", "audio")
    }
    return {
        "recording": as_json(recording),
        "prompts": [{"id": p.public_id, "key": p.key, "text": p.text} for p in prompts],
        "urls": addresses,
        "play_max_s": REGION_MAX_S,
        "sure": long_regions.SURE,
        "words": {
            **dict(Verdict.choices),
            "changed": _("changed since"),
            "check": pgettext("of a proposed prompt", "check"),
        },
        "texts": {name: str(text) for name, text in REFUSED.items()},
    }
