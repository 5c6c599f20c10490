"""What templates share: the navigation, figures with units, state badges."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from speecheq.error_words import worded, words_of
from speecheq.naming import name_codes
from speecheq.navigation import entries_for

register = template.Library()

NONE = "–"

# state -> (badge class, word). One table for jobs, runs, campaigns, releases, sessions and items.
STATES: dict[str, tuple[str, Any]] = {
    "queued": ("badge-idle", _("queued")),
    "running": ("badge-run", _("running")),
    "succeeded": ("badge-ok", _("succeeded")),
    "failed": ("badge-bad", _("failed")),
    "cancelled": ("badge-idle", _("cancelled")),
    "draft": ("badge-idle", _("draft")),
    "open": ("badge-ok", _("open")),
    "paused": ("badge-warn", _("paused")),
    "closed": ("badge-info", _("closed")),
    "building": ("badge-run", _("building")),
    "frozen": ("badge-ok", _("frozen")),
    "amended": ("badge-warn", _("amended")),
    "planned": ("badge-idle", _("planned")),
    "pending": ("badge-idle", _("pending")),
    "ready": ("badge-ok", _("ready")),
    "done": ("badge-ok", _("done")),
    "expired": ("badge-warn", _("expired")),
    "skipped": ("badge-warn", _("skipped")),
    "withdrawn": ("badge-warn", _("withdrawn")),
    "active": ("badge-ok", _("active")),
    "archived": ("badge-info", _("archived")),
}


class NavigationNode(template.Node):
    """Draws the main navigation; what it encloses renders to the key of the current entry."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: template.Context) -> str:
        active = self.nodelist.render(context).strip()
        user = context.get("user")
        return render_to_string(
            "speecheq/parts/navigation.html",
            {"entries": entries_for(user), "active": active},
        )


@register.tag
def navigation(parser: Parser, token: Token) -> NavigationNode:
    nodelist = parser.parse(("endnavigation",))
    parser.delete_first_token()
    return NavigationNode(nodelist)


@register.filter
def badge_class(state: object) -> str:
    return STATES.get(str(state), ("", ""))[0]


@register.filter
def state_word(state: object) -> str:
    return STATES.get(str(state), ("", str(state)))[1]


@register.filter
def duration_ms(value: float | None) -> str:
    """83400 -> 1:23.4; 0 hours are left out."""
    if value is None:
        return NONE
    tenths = round(value / 100)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    clock = f"{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{minutes:02d}:{clock}" if hours else f"{minutes}:{clock}"


def rounded(value: float, digits: int) -> str:
    """Django's number_format cuts decimals off; a figure is rounded, and -0.0 is 0."""
    return number_format(round(value, digits) + 0.0, decimal_pos=digits, use_l10n=True)


@register.filter
def seconds(value: float | None) -> str:
    """A time in ms as seconds with one decimal and the unit."""
    return NONE if value is None else f"{rounded(value / 1000, 1)} s"


@register.filter
def fixed(value: float | str | None, digits: int = 2) -> str:
    """A figure with a fixed number of decimals; a dash where there is none (None, NaN, no text)."""
    if value is None or isinstance(value, str) or value != value:
        return NONE
    return rounded(value, digits)


@register.filter
def percent(value: float | str | None, digits: int = 1) -> str:
    """A share from 0 to 1 as per cent; a dash where there is none."""
    if value is None or isinstance(value, str):
        return NONE
    return f"{rounded(value * 100, digits)} %"


@register.filter
def short_hash(value: str | None) -> str:
    return (value or NONE)[:12]


@register.filter
def heat(value: float | None) -> str:
    """A share from 0 to 1 as the step 0 to 10 of the `heat-` classes."""
    return str(min(10, max(0, round((value or 0) * 10))))


@register.filter
def at(container: Any, key: Any) -> Any:
    """Entry of a dictionary or list; None where it has none."""
    if isinstance(container, Mapping):
        return container.get(key)
    if isinstance(container, Sequence) and isinstance(key, int):
        return container[key] if -len(container) <= key < len(container) else None
    return None


@register.filter
def widget_kind(field: Any) -> str:
    """How a bound form field is laid out: `choices` (a list of boxes), `checkbox`, or `line`."""
    kind = getattr(field.field.widget, "input_type", "")
    if kind in ("checkbox", "radio"):
        return "choices" if hasattr(field.field.widget, "choices") else "checkbox"
    return "line"


@register.filter
def is_optional(field: Any) -> bool:
    """Whether a bound field may be left empty; the `one_of` of a form are needed as a group."""
    return not field.field.required and field.name not in getattr(field.form, "one_of", ())


@register.filter
def error_words(error: Any) -> str:
    """An error with `code` and `detail` in the language of the page."""
    return words_of(error) if error else ""


# What each kind of background job, and each entry of its result, is called on a page.
JOB_NAMES = {
    "annotation.import_corpus": _("Import of a corpus"),
    "annotation.register_clips": _("Import of clips"),
    "annotation.clips_of_session": _("Clips of a session"),
    "annotation.campaign_of_session": _("Campaign of a session"),
    "annotation.ingest_long": _("Reading of a long recording"),
    "annotation.search_long": _("Search of a long recording"),
    "annotation.cut_long": _("Cut of a long recording"),
    "annotation.consensus": _("Consensus"),
    "annotation.build_release": _("Release"),
    "annotation.export_release": _("Export"),
    "training.train_run": _("Training"),
    "training.score_campaign": _("Scoring"),
}
RESULT_NAMES = {
    "imported": _("Imported"),
    "duplicates": _("Duplicates"),
    "already": _("Already there"),
    "refused_total": _("Refused rows"),
    "unchanged": _("Unchanged"),
    "long_recording": _("Long recording"),
    "regions": _("Regions"),
    "spoken_s": _("Spoken, s"),
    "threshold_dbfs": _("Threshold, dBFS"),
    "added": _("Added"),
    "known": _("Known already"),
    "unchosen": _("Takes no longer chosen"),
    "release": _("Release"),
    "export": _("Export"),
    "run": _("Run"),
    "model": _("Model"),
    "round": _("Round"),
    "consensus": _("Consensus"),
    "version": _("Version"),
    "method": _("Method"),
    "clips": _("Clips"),
    "campaign": _("Campaign"),
    "ties": _("Ties"),
    "unknown": _("Unknown"),
    "n_annotations": _("Labels used"),
    "n_simulated": _("Simulated labels"),
}
RESULT_WORDS = {"plurality": _("most votes win"), "multi_label": _("mean of the levels")}
# Shown below as tables of their own, or of use to programs only.
HIDDEN_RESULTS = ("refused", "duplicate_rows", "consensus")
MEASURING = re.compile(r"features (\d+)/(\d+)")
# What a result names can be opened here.
RESULT_ROUTES = {
    "long_recording": "annotation:long-recording",
    "campaign": "annotation:campaign-detail",
    "release": "annotation:release-detail",
    "run": "training:run-detail",
    "model": "training:model-detail",
    "round": "training:round-detail",
}
name_codes(register, job_name=JOB_NAMES, result_name=RESULT_NAMES)


@register.filter
def result_url(value: Any, name: str) -> str:
    """Address of the record that a job's result names, or ""."""
    try:
        return reverse(RESULT_ROUTES[name], args=[value])
    except (KeyError, NoReverseMatch):
        return ""


@register.filter
def next_url(job: Any) -> str:
    """Where one sees what a finished job made, beside the records its result names; or ""."""
    result = job.result or {}
    try:
        if "consensus" in result:
            return reverse("annotation:campaign-consensus", args=[job.params["campaign"]])
        if "imported" in result:
            clips = reverse("annotation:corpus-detail", args=[job.corpus])
            session = job.params.get("session")
            return f"{clips}?{urlencode({'key': session})}" if session else clips
    except (KeyError, NoReverseMatch):
        pass
    return ""


@register.filter
def session_url(job: Any) -> str:
    """The recording session that a job works for; or ""."""
    try:
        return reverse("annotation:session-detail", args=[job.params["session"]])
    except (KeyError, NoReverseMatch):
        return ""


@register.filter
def result_word(value: Any) -> Any:
    """A value of a job's result: the methods have names."""
    return RESULT_WORDS.get(value, value) if isinstance(value, str) else value


@register.filter
def is_shown_result(name: str) -> bool:
    return name not in HIDDEN_RESULTS


@register.filter
def in_line_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a report as they stand in the file; those without a line come last."""
    return sorted(rows, key=lambda row: (row.get("line") is None, row.get("line") or 0))


register.filter("worded", worded)


@register.filter
def message_words(message: str | None) -> str:
    """What a job says of itself while it runs, in the language of the page."""
    found = MEASURING.fullmatch(message or "")
    if found is None:
        return gettext(message) if message else ""
    return gettext("%(done)s of %(total)s clips measured") % {"done": found[1], "total": found[2]}


@register.filter
def moment(when: datetime | str | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """A moment, also as REST gives it, to the minute: in UTC, which times.js makes local."""
    if isinstance(when, str):
        when = parse_datetime(when)
    if when is None:
        return NONE
    shown = f"{when.astimezone(UTC).strftime(form)} UTC"
    return format_html('<time datetime="{}" data-utc>{}</time>', when.isoformat(), shown)


@register.filter
def moment_s(when: datetime | None) -> str:
    """A moment, to the second."""
    return moment(when, "%Y-%m-%d %H:%M:%S")
