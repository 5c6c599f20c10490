"""Every page there is: its route, who opens it, where it lies. For the pictures and for the tests.

An address may hold `{campaign}` and the like: the id of a record, which the tests make and the
pictures look for with RECORDS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ANYBODY = ""  # nobody is signed in
VISITOR = "speaker_by_link"  # nobody either, but a link was opened in this browser
LABELLING = ".labelling[data-ready]:not([data-state=clip])"  # its clip is there, or there is none


@dataclass(frozen=True)
class Page:
    """A page as one role sees it."""

    route: str
    path: str
    role: str
    ready: str = "main"  # what is on the page once it is whole

    @property
    def name(self) -> str:
        """Short and usable as a file name, such as `campaigns-one-queue-data_manager`."""
        path = re.sub(r"\{\w+\}", "one", self.path).partition("?")[0].strip("/")
        return f"{path.replace('/', '-') or 'home'}-{self.role or 'anybody'}"

    @property
    def records(self) -> list[str]:
        """Names of the records its address needs."""
        return re.findall(r"\{(\w+)\}", self.path)


PAGES = [
    Page("login", "/accounts/login/", ANYBODY),
    Page("accept-invitation", "/accounts/invite/{invitation}/", ANYBODY),
    Page("api:docs", "/api/v1/docs/", ANYBODY),
    Page("home", "/", "annotator"),
    Page("password_change", "/accounts/password/", "annotator"),
    Page("annotation:campaign-list", "/campaigns/", "annotator"),
    Page("annotation:campaign-detail", "/campaigns/{campaign}/", "annotator"),
    Page("annotation:label", "/campaigns/{campaign}/label/", "annotator", LABELLING),
    Page("annotation:label", "/campaigns/{campaign_multi}/label/", "annotator", LABELLING),
    Page("annotation:practice", "/campaigns/{campaign_practice}/practice/", "annotator", LABELLING),
    Page("annotation:keys", "/campaigns/{campaign}/keys/", "annotator"),
    Page("annotation:history", "/campaigns/{campaign}/history/", "annotator"),
    Page("annotation:questions", "/campaigns/{campaign}/questions/", "annotator"),
    Page("annotation:my-work", "/work/", "annotator"),
    Page("home", "/", "data_manager"),
    Page("annotation:corpus-list", "/corpora/", "data_manager"),
    Page("annotation:corpus-create", "/corpora/new/", "data_manager"),
    Page("annotation:corpus-detail", "/corpora/{corpus}/", "data_manager"),
    Page("annotation:corpus-import", "/corpora/{corpus}/import/", "data_manager"),
    Page("annotation:corpus-speakers", "/corpora/{corpus}/speakers/", "data_manager"),
    Page("annotation:corpus-members", "/corpora/{corpus}/members/", "data_manager"),
    Page("annotation:clip-detail", "/clips/{clip}/", "data_manager"),
    Page("annotation:user-list", "/people/", "data_manager"),
    Page("annotation:campaign-list", "/campaigns/", "data_manager"),
    Page("annotation:campaign-create", "/campaigns/new/", "data_manager"),
    Page("annotation:campaign-detail", "/campaigns/{campaign}/", "data_manager"),
    Page("annotation:campaign-queue", "/campaigns/{campaign}/queue/", "data_manager"),
    Page("annotation:campaign-annotators", "/campaigns/{campaign}/annotators/", "data_manager"),
    Page("annotation:campaign-extras", "/campaigns/{campaign}/extras/", "data_manager"),
    Page("annotation:campaign-settings", "/campaigns/{campaign}/settings/", "data_manager"),
    Page("annotation:campaign-groups", "/campaigns/{campaign_vad}/groups/", "data_manager"),
    Page("annotation:campaign-references", "/campaigns/{campaign_vad}/references/", "data_manager"),
    Page("annotation:questions", "/campaigns/{campaign}/questions/", "data_manager"),
    Page("annotation:campaign-work", "/campaigns/{campaign}/work/", "data_manager"),
    Page(
        "annotation:practice-people",
        "/campaigns/{campaign_practice}/practice/people/",
        "data_manager",
    ),
    Page("annotation:campaign-agreement", "/campaigns/{campaign}/agreement/", "data_manager"),
    Page("annotation:campaign-consensus", "/campaigns/{campaign}/consensus/", "data_manager"),
    Page("annotation:script-list", "/scripts/", "data_manager"),
    Page("annotation:script-create", "/scripts/new/", "data_manager"),
    Page("annotation:script-detail", "/scripts/seqd-zh-1/", "data_manager"),
    Page("annotation:scheme-list", "/schemes/", "data_manager"),
    Page("annotation:scheme-editor", "/schemes/new/", "data_manager", "[data-mounted]"),
    Page("annotation:session-list", "/sessions/", "session_operator"),
    Page("annotation:session-create", "/sessions/new/", "session_operator"),
    Page("annotation:session-detail", "/sessions/{session}/", "session_operator"),
    Page("annotation:session-takes", "/sessions/{session}/takes/", "session_operator"),
    Page("annotation:session-long", "/sessions/{session}/long/", "session_operator"),
    Page("annotation:long-recording", "/long/{long}/", "session_operator", "form[data-ready]"),
    Page("annotation:release-list", "/releases/", "data_manager"),
    Page("annotation:release-create", "/releases/new/", "data_manager"),
    Page("annotation:release-detail", "/releases/{release}/", "data_manager"),
    Page("job-list", "/jobs/", "data_manager"),
    Page("job-detail", "/jobs/{job}/", "data_manager"),
    # recording: consent
    Page("annotation:consent-text-list", "/consent-texts/", "data_manager"),
    Page("annotation:consent-text-create", "/consent-texts/new/", "data_manager"),
    Page("annotation:consent-text-detail", "/consent-texts/consent-en-1/", "data_manager"),
    Page("annotation:speaker-consents", "/speakers/{speaker}/consents/", "session_operator"),
    Page("annotation:speaker-sign", "/speakers/{speaker}/consents/sign/", "session_operator"),
    Page("annotation:speaker-withdraw", "/speakers/{speaker}/withdraw/", "session_operator"),
    Page("annotation:consent-receipt", "/consents/{consent}/", "session_operator"),
    Page("annotation:session-consent", "/sessions/{session_unsigned}/consent/", "session_operator"),
    Page(
        "annotation:session-record",
        "/sessions/{session}/record/",
        "session_operator",
        ".recorder[data-ready]",
    ),
    Page(
        "annotation:session-operate",
        "/sessions/{session}/operate/",
        "session_operator",
        ".operating[data-ready]",
    ),
    Page("home", "/", "researcher"),
    Page("training:run-list", "/runs/", "researcher"),
    Page("training:run-new", "/runs/new/", "researcher"),
    Page("training:run-detail", "/runs/{run}/", "researcher"),
    Page("training:model-list", "/models/", "researcher"),
    Page("training:model-detail", "/models/{model}/", "researcher"),
    Page("training:model-score", "/models/{model}/score/", "researcher"),
    Page("training:round-detail", "/rounds/{round}/", "researcher"),
]

# What a speaker sees who came by a link. Its secret is shown once: only the tests have one.
LINKED_PAGES = [
    Page("annotation:session-link-open", "/s/{link}/", VISITOR),
    Page("annotation:session-link-open", "/s/{link_over}/", ANYBODY),
    Page("annotation:session-consent", "/sessions/{session_linked}/consent/", VISITOR),
    Page(
        "annotation:session-record",
        "/sessions/{session_linked}/record/",
        VISITOR,
        ".recorder[data-ready]",
    ),
    Page("annotation:session-thanks", "/sessions/{session_linked}/thanks/", VISITOR),
]

# Record -> (who finds it, on which page, what its address begins with).
RECORDS = {
    "session": ("session_operator", "/sessions/", "/sessions/"),
    "long": ("session_operator", "/sessions/{session}/long/", "/long/"),
    "corpus": ("data_manager", "/corpora/", "/corpora/"),
    "clip": ("data_manager", "/corpora/{corpus}/", "/clips/"),
    "campaign": ("data_manager", "/campaigns/", "/campaigns/"),
    # recording: consent
    "speaker": ("data_manager", "/corpora/{corpus}/speakers/", "/speakers/"),
    "consent": ("data_manager", "/speakers/{speaker}/consents/", "/consents/"),
    "session_unsigned": ("data_manager", "/sessions/", "/sessions/"),
    "release": ("data_manager", "/releases/", "/releases/"),
    "job": ("data_manager", "/jobs/", "/jobs/"),
    "run": ("researcher", "/runs/", "/runs/"),
    "model": ("researcher", "/models/", "/models/"),
    "round": ("researcher", "/models/{model}/", "/rounds/"),
}

# What answers to GET and is no page of its own: route -> what it is.
NO_PAGES = {
    "annotation:session-link-open": "its address is a secret: see LINKED_PAGES",
    "annotation:session-thanks": "for a speaker by link: see LINKED_PAGES",
    "health-live": "for load balancers",
    "health-ready": "for load balancers",
    "metrics": "for Prometheus",
    "training:run-progress": "a part of the page of the run",
    "annotation:release-exports": "a part of the page of the release",
    "annotation:export-download": "a file",
    "annotation:my-work-csv": "a file",
    "annotation:script-file": "a file",
}
