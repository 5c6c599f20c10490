"""Scripts for people: what is spoken, its sounds, its versions, and the form for the next one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotation.models import Script
from annotation.recording.sounds import LEAST, Sounds
from annotation.services.recording.script_files import (
    CONTENT_TYPES,
    CSV,
    YAML,
    export_script,
    file_name,
    import_script,
)
from annotation.services.recording.script_sounds import sounds_of
from annotation.services.recording.scripts import find_script, may_continue, next_version
from annotation.web.recording.forms_scripts import ScriptForm
from speecheq.errors import DomainError
from speecheq.roles import Role


def _manages(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.is_superuser or user.has_any_role({Role.DATA_MANAGER}))


def script_list(request: HttpRequest) -> HttpResponse:
    """Scripts by code: the newest version of each, and how many came before it."""
    found: dict[str, list[Script]] = {}
    versions = Script.objects.select_related("created_by").annotate(n_prompts=Count("prompts"))
    for script in versions.order_by("code", "-version"):
        found.setdefault(script.code, []).append(script)
    rows = [{"newest": each[0], "versions": each} for each in found.values()]
    context = {"rows": rows, "may_make": _manages(request)}
    return render(request, "annotation/recording/script_list.html", context)


def script_detail(request: HttpRequest, name: str) -> HttpResponse:
    """Prompts by section, how often each sound occurs, and all versions."""
    script = find_script(name)
    sections = list(script.sections.prefetch_related("prompts"))
    report = sounds_of(script)
    context = {
        "script": script,
        "sections": sections,
        "n_prompts": sum(len(section.prompts.all()) for section in sections),
        "versions": Script.objects.filter(code=script.code).select_related("created_by"),
        "report": report,
        "groups": sound_groups(report.sounds) if report.sounds else [],
        "may_make": _manages(request),
        "may_continue": not script.is_builtin and may_continue(script.code, request.user),
    }
    return render(request, "annotation/recording/script_detail.html", context)


def sound_groups(sounds: Sounds) -> list[dict[str, Any]]:
    """Each group with its name for people, and its sounds with counts."""
    names = {
        "initials": _("Initials"),
        "finals": _("Finals"),
        "tones": _("Tones"),
        "phones": _("Phones"),
    }
    return [
        {
            "name": names[group],
            "sounds": [{"sound": each, "n": n, "rare": n < LEAST} for each, n in counts.items()],
            "fewest": min(counts.values()),
        }
        for group, counts in sounds.groups.items()
    ]


def script_file(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """The script as a file that the form takes again."""
    script = find_script(name)
    answer = HttpResponse(export_script(script, kind), content_type=CONTENT_TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{file_name(script, kind)}"'
    return answer


def script_create(request: HttpRequest) -> HttpResponse:
    """A script from a file or from text; `?from=` begins with an existing one."""
    base = request.GET.get("from", "")
    if request.method != "POST":
        return _show(request, ScriptForm(initial=_first_draft(base, request.user)))
    form = ScriptForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            script, is_new = _make(form.cleaned_data, by=request.user)
        except DomainError as error:
            form.add_domain_error(error)
        else:
            _tell(request, script, is_new=is_new)
            return redirect("annotation:script-detail", script.name)
    return _show(request, form, status=422)


def _tell(request: HttpRequest, script: Script, *, is_new: bool) -> None:
    if is_new:
        text = _("%(name)s was made. Sessions planned from now on may speak it.")
        messages.success(request, text % {"name": script.name})
    else:
        text = _("Nothing changed: this is version %(version)s of %(code)s, which says the same.")
        messages.info(request, text % {"version": script.version, "code": script.code})


def _show(request: HttpRequest, form: ScriptForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "base": request.GET.get("from", "")}
    return render(request, "annotation/recording/script_form.html", context, status=status)


def _first_draft(base: str, user: Any) -> dict[str, Any]:
    """What the form begins with: the text of an existing script, under its code or a new one."""
    if not base:
        return {}
    script = find_script(base)
    own = not script.is_builtin and may_continue(script.code, user)
    return {
        "text": export_script(script, YAML).decode(),
        "code": script.code if own else "",
        "version": next_version(script.code) if own else 1,
    }


def _make(given: dict[str, Any], *, by: Any) -> tuple[Script, bool]:
    """Store what the form holds: the file where there is one, else the text. Says whether it is
    new."""
    file, text = given["file"], given["text"]
    head = {name: str(given[name] or "") for name in ("code", "version", "title", "language")}
    if file is not None:
        return import_script(file.name, file.read(), given=head, by=by)
    kind = CSV if looks_like_csv(text) else YAML
    return import_script(f"text.{kind}", text.encode(), given=head, by=by)


def looks_like_csv(text: str) -> bool:
    """A table begins with the names of its columns, YAML with a name and a colon."""
    first = text.lstrip().partition("\n")[0]
    return "," in first and ":" not in first
