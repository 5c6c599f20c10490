"""What can be wrong with labelling, by name."""

from __future__ import annotations

from speecheq.errors import Conflict, Forbidden, NotFound, RuleBroken


class CampaignNotOpen(Conflict):
    code = "campaign_not_open"


class NotInCampaign(Forbidden):
    code = "not_in_campaign"


class AssignmentUnknown(NotFound):
    code = "assignment_unknown"


class AssignmentClosed(Conflict):
    """It was submitted or skipped before."""

    code = "assignment_closed"


class AnnotationUnknown(NotFound):
    code = "annotation_unknown"


class AnnotationSuperseded(Conflict):
    code = "annotation_superseded"


class KeyReused(Conflict):
    """The idempotency key was used for another request."""

    code = "idempotency_key_reused"


class BadLabels(RuleBroken):
    code = "bad_labels"
