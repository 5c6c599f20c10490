"""What can be wrong with labelling, by name."""

from __future__ import annotations

from speecheq.errors import Conflict, Forbidden, NotFound, RuleBroken


class CampaignNotOpen(Conflict):
    code = "campaign_not_open"


class NotInCampaign(Forbidden):
    code = "not_in_campaign"


class PracticeFirst(Conflict):
    """The practice clips of the campaign come before its others."""

    code = "practice_first"


class NotQualified(Forbidden):
    """Too few practice clips were right."""

    code = "not_qualified"


class StillBlind(Forbidden):
    """It would tell whoever labels what others answered."""

    code = "still_blind"


class PracticeOrder(Conflict):
    """Practice clips are answered once in an attempt, in their order."""

    code = "practice_order"


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


class SchemeChanged(Conflict):
    """The campaign has another version of its scheme by now."""

    code = "scheme_changed"


class NotHeard(RuleBroken):
    """The campaign wants each clip heard to its end."""

    code = "not_heard"


class TonesNotHeard(RuleBroken):
    """The volume check at the start of a shift was not passed."""

    code = "tones_not_heard"


class BadLabels(RuleBroken):
    code = "bad_labels"
