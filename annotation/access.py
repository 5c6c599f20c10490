"""Who may call annotation's routes: full route name, then HTTP method."""

from __future__ import annotations

from speecheq.authorisation import Routes, public, roles, signed_in
from speecheq.roles import Role, Scope

MANAGER = roles(Role.DATA_MANAGER, scope=Scope.MANAGE)
IMPORTER = roles(Role.DATA_MANAGER, scope=Scope.MANAGE, takes_files=True)
OPERATOR = roles(Role.DATA_MANAGER, Role.SESSION_OPERATOR, scope=Scope.MANAGE)
# Whoever does more than label; which corpus is decided where the row is looked up.
# Recording: the operator, the data manager, and the speaker whose one-time link leads there.
RECORDER = roles(Role.DATA_MANAGER, Role.SESSION_OPERATOR, scope=Scope.MANAGE, by_link=True)
SENDER = roles(
    Role.DATA_MANAGER, Role.SESSION_OPERATOR, scope=Scope.MANAGE, by_link=True, takes_files=True
)
# Who may hear takes: all but those who only label, and the speaker by link.
HEARER = roles(
    Role.DATA_MANAGER,
    Role.ADJUDICATOR,
    Role.RESEARCHER,
    Role.SESSION_OPERATOR,
    scope=(Scope.MANAGE, Scope.RESEARCH),
    by_link=True,
)
STAFF = roles(
    Role.DATA_MANAGER,
    Role.ADJUDICATOR,
    Role.RESEARCHER,
    Role.SESSION_OPERATOR,
    scope=(Scope.MANAGE, Scope.RESEARCH),
)
LABELLER = signed_in(scope=Scope.LABEL)  # campaign membership decides, in the service
ANYONE = signed_in()
# Whoever works in a corpus may look at its sessions, and the speaker by link at their own.
SESSION_READER = roles(
    Role.DATA_MANAGER,
    Role.ADJUDICATOR,
    Role.RESEARCHER,
    Role.SESSION_OPERATOR,
    scope=(Scope.MANAGE, Scope.RESEARCH),
    by_link=True,
)
# Settled labels and votes: not for those who label, who must not see what others answered, nor for
# the token of a labelling program.
READER = roles(
    Role.DATA_MANAGER,
    Role.ADJUDICATOR,
    Role.RESEARCHER,
    scope=(Scope.MANAGE, Scope.RESEARCH),
)
SETTLER = roles(Role.DATA_MANAGER, Role.ADJUDICATOR, scope=Scope.MANAGE)

ROUTES: Routes = {
    "api:user-list": {"GET": MANAGER, "POST": MANAGER},
    "api:corpus-list": {"GET": ANYONE, "POST": MANAGER},
    "api:corpus-detail": {"GET": ANYONE, "PATCH": MANAGER},
    "api:corpus-members": {"GET": STAFF, "PUT": MANAGER},
    "api:speaker-list": {"GET": STAFF, "POST": OPERATOR},
    "api:speaker-detail": {"PATCH": MANAGER},
    "api:import-list": {"POST": IMPORTER},
    "api:corpus-clips": {"POST": MANAGER},
    "api:clip-list": {"GET": ANYONE},
    "api:clip-detail": {"GET": ANYONE, "PATCH": MANAGER},
    "api:clip-audio": {"GET": ANYONE},
    "api:clip-peaks": {"GET": ANYONE},
    "api:clip-spectrogram": {"GET": ANYONE},
    "api:campaign-list": {"GET": ANYONE, "POST": MANAGER},
    "api:campaign-detail": {"GET": ANYONE, "PATCH": MANAGER},
    "api:campaign-next": {"POST": LABELLER},
    "api:campaign-shift": {"POST": LABELLER},
    "api:campaign-progress": {"GET": ANYONE},
    "api:campaign-queue": {"GET": STAFF},
    "api:campaign-annotators": {"GET": READER},
    "api:campaign-extras": {"GET": READER},
    "api:campaign-groups": {"GET": STAFF, "PUT": MANAGER},
    "api:campaign-references": {"GET": READER, "PUT": MANAGER},
    "api:campaign-agreement": {"GET": ANYONE},
    "api:campaign-consensus": {"GET": READER, "POST": SETTLER},
    "api:assignment-renew": {"POST": LABELLER},
    "api:assignment-submit": {"POST": LABELLER},
    "api:assignment-skip": {"POST": LABELLER},
    "api:annotation-revise": {"POST": LABELLER},
    "api:label-space-list": {"GET": ANYONE},
    "api:label-mapping-list": {"GET": ANYONE},
    "api:scheme-list": {"GET": ANYONE, "POST": MANAGER},
    "api:release-list": {"GET": READER, "POST": MANAGER},
    "api:release-detail": {"GET": READER},
    "api:release-manifest": {"GET": READER},
    "api:release-leaks": {"GET": READER},
    "api:release-split": {"GET": READER},
    "api:export-list": {"GET": READER, "POST": READER},
    "api:export-download": {"GET": READER},
    # what belongs to one annotator; staff see all of some, which the service decides
    "api:campaign-history": {"GET": LABELLER},
    "api:campaign-worklog": {"GET": ANYONE},
    "api:campaign-practice": {"GET": LABELLER, "POST": LABELLER},
    "api:campaign-practice-again": {"POST": MANAGER},
    "api:campaign-anchors": {"GET": LABELLER},
    "api:campaign-questions": {"GET": ANYONE, "POST": signed_in(scope=(Scope.LABEL, Scope.MANAGE))},
    "api:my-shortcuts": {"GET": LABELLER, "PUT": LABELLER},
    # recording: scripts
    "api:script-list": {"GET": OPERATOR, "POST": MANAGER},
    "api:script-import": {"POST": MANAGER},
    "api:script-detail": {"GET": OPERATOR},
    "api:script-file": {"GET": OPERATOR},
    "api:script-sounds": {"GET": OPERATOR},
    # recording: consent
    "api:consent-text-list": {"GET": STAFF, "POST": MANAGER},
    "api:speaker-consents": {"GET": OPERATOR, "POST": OPERATOR},
    "api:speaker-withdraw": {"POST": RECORDER},
    "api:session-consent": {"POST": RECORDER},
    "annotation:consent-text-list": {"GET": STAFF},
    "annotation:consent-text-create": {"GET": MANAGER, "POST": MANAGER},
    "annotation:consent-text-detail": {"GET": STAFF},
    "annotation:speaker-consents": {"GET": OPERATOR},
    "annotation:speaker-sign": {"GET": OPERATOR, "POST": OPERATOR},
    "annotation:speaker-withdraw": {"GET": RECORDER, "POST": RECORDER},
    "annotation:consent-receipt": {"GET": RECORDER},
    "annotation:session-consent": {"GET": RECORDER, "POST": RECORDER},
    # recording: sessions and links
    "api:session-list": {"GET": STAFF, "POST": OPERATOR},
    "api:session-detail": {"GET": SESSION_READER, "PATCH": OPERATOR},
    "api:session-events": {"GET": STAFF},
    "api:session-notes": {"POST": RECORDER},
    "api:session-again": {"POST": OPERATOR},
    "api:session-skip": {"POST": RECORDER},
    "api:session-progress": {"GET": STAFF},
    "api:session-links": {"GET": OPERATOR, "POST": OPERATOR},
    "api:session-live": {"GET": SESSION_READER, "PUT": RECORDER},
    "api:session-device": {"PUT": RECORDER},
    "api:link-detail": {"DELETE": OPERATOR},
    "api:corpus-recording": {"GET": STAFF},
    "annotation:session-link-open": {"GET": public(), "POST": public()},
    "annotation:session-thanks": {"GET": RECORDER},
    "annotation:session-list": {"GET": STAFF},
    "annotation:session-create": {"GET": OPERATOR, "POST": OPERATOR},
    "annotation:session-detail": {"GET": STAFF},
    "annotation:session-state": {"POST": OPERATOR},
    "annotation:session-settings": {"POST": OPERATOR},
    "annotation:session-note": {"POST": OPERATOR},
    "annotation:session-links": {"POST": OPERATOR},
    "annotation:link-revoke": {"POST": OPERATOR},
    # recording: takes, uploads and clips
    "api:take-list": {"GET": HEARER, "POST": SENDER},
    "api:take-detail": {"GET": HEARER, "PATCH": RECORDER},
    "api:take-audio": {"GET": HEARER},
    "api:session-clips": {"POST": OPERATOR},
    "annotation:session-clips": {"POST": OPERATOR},
    "annotation:session-campaign": {"POST": MANAGER},
    "api:upload-list": {"OPTIONS": SENDER, "POST": SENDER},
    "api:upload-detail": {"OPTIONS": SENDER, "GET": SENDER, "PATCH": SENDER, "DELETE": SENDER},
    # recording: the recorder page and the operator's screen
    # recording: long files
    "api:long-recording-list": {"GET": OPERATOR, "POST": OPERATOR},
    "api:long-recording-detail": {"GET": OPERATOR},
    "api:long-recording-regions": {"PUT": OPERATOR},
    "api:long-recording-peaks": {"GET": OPERATOR},
    "api:long-recording-audio": {"GET": OPERATOR},
    "api:long-recording-search": {"POST": OPERATOR},
    "api:long-recording-cut": {"POST": OPERATOR},
    # recording: WebSpeechRecorderNg
    "api:wsr-project": {"GET": RECORDER},
    "api:wsr-session": {"GET": RECORDER},
    "api:wsr-project-session": {"PATCH": RECORDER},
    "api:wsr-script": {"GET": RECORDER},
    "api:wsr-recfile-list": {"GET": RECORDER},
    "api:wsr-recfile": {"GET": RECORDER},
    "api:wsr-session-file": {"GET": RECORDER},
    "api:wsr-file": {"GET": RECORDER, "PATCH": RECORDER},
    "api:wsr-item": {"GET": RECORDER, "POST": SENDER},
    "api:wsr-piece": {"POST": SENDER},
    "api:wsr-pieces": {"POST": RECORDER},
    # pages
    "annotation:corpus-list": {"GET": STAFF},
    "annotation:corpus-create": {"GET": MANAGER, "POST": MANAGER},
    "annotation:corpus-detail": {"GET": STAFF},
    "annotation:corpus-import": {"GET": MANAGER, "POST": IMPORTER},
    "annotation:corpus-speakers": {"GET": STAFF, "POST": OPERATOR},
    "annotation:corpus-members": {"GET": STAFF, "POST": MANAGER},
    "annotation:corpus-member-remove": {"POST": MANAGER},
    "annotation:clip-detail": {"GET": STAFF},
    "annotation:user-list": {"GET": MANAGER, "POST": MANAGER},
    "annotation:campaign-list": {"GET": ANYONE},
    "annotation:campaign-create": {"GET": MANAGER, "POST": MANAGER},
    "annotation:campaign-detail": {"GET": ANYONE},
    "annotation:campaign-state": {"POST": MANAGER},
    "annotation:campaign-members": {"POST": MANAGER},
    "annotation:campaign-settings": {"GET": MANAGER, "POST": MANAGER},
    "annotation:campaign-annotators": {"GET": READER},
    "annotation:campaign-qualify": {"POST": MANAGER},
    "annotation:campaign-extras": {"GET": READER},
    "annotation:campaign-caps": {"POST": MANAGER},
    "annotation:campaign-groups": {"GET": MANAGER, "POST": MANAGER},
    "annotation:campaign-references": {"GET": MANAGER, "POST": MANAGER},
    "annotation:campaign-queue": {"GET": STAFF},
    "annotation:campaign-agreement": {"GET": ANYONE},
    "annotation:campaign-consensus": {"GET": READER, "POST": SETTLER},
    "annotation:label": {"GET": LABELLER, "POST": LABELLER},
    "annotation:scheme-list": {"GET": MANAGER},
    "annotation:scheme-editor": {"GET": MANAGER, "POST": MANAGER},
    "annotation:scheme-preview": {"POST": MANAGER},
    "annotation:scheme-move": {"POST": MANAGER},
    "annotation:practice": {"GET": LABELLER, "POST": LABELLER},
    "annotation:practice-people": {"GET": SETTLER},
    "annotation:practice-again": {"POST": MANAGER},
    "annotation:keys": {"GET": LABELLER, "POST": LABELLER},
    "annotation:history": {"GET": LABELLER},
    "annotation:questions": {"GET": ANYONE, "POST": ANYONE},
    "annotation:campaign-work": {"GET": SETTLER},
    "annotation:my-work": {"GET": ANYONE},
    "annotation:my-work-csv": {"GET": ANYONE},
    "annotation:release-list": {"GET": READER},
    "annotation:release-create": {"GET": MANAGER, "POST": MANAGER},
    "annotation:release-detail": {"GET": READER},
    "annotation:release-exports": {"GET": READER, "POST": READER},
    "annotation:export-download": {"GET": READER},
}
