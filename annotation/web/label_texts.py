"""What the modules of the labelling page say, in the language of the page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from annotation.web.listening import TEXTS as LISTENING_TEXTS


def texts() -> dict[str, str]:
    """What the modules say."""
    return {name: str(text) for name, text in (TEXTS | LISTENING_TEXTS | REFUSED).items()}


# Said before a refusal that has no words of its own, but a number. What REST refuses it tells in
# the language of the page.
REFUSED = {"error.error": gettext_lazy("The server refused this.")}

TEXTS = {
    "play": gettext_lazy("Play"),
    "pause": gettext_lazy("Pause"),
    "error.scheme_changed": gettext_lazy("It was given on labels that are replaced by now."),
    "submit": gettext_lazy("Submit"),
    "save_change": gettext_lazy("Save change"),
    "choose_esc": gettext_lazy("Choose an emotion first."),
    "choose_eis": gettext_lazy("Choose how strong it is."),
    "neutral_is_zero": gettext_lazy("Neutral has no intensity: set to 0."),
    "zero_is_neutral": gettext_lazy("0 means no emotion: set to Neutral."),
    "zero_cleared": gettext_lazy("0 goes with Neutral only: choose how strong it is."),
    "neutral_cleared": gettext_lazy("Neutral goes with 0 only: choose the emotion."),
    "rate_scale": gettext_lazy("Rate %s as well."),
    "secondary_full": gettext_lazy("No more than %d further emotions."),
    "secondary_is_primary": gettext_lazy("%s is your first emotion already."),
    "secondary_cleared": gettext_lazy(
        "Neutral has no emotion beside it: the further ones were taken away."
    ),
    "secondary_neutral": gettext_lazy(
        "Neutral has no emotion beside it: choose the first emotion before."
    ),
    "secondary_became_primary": gettext_lazy("It is your first emotion now, and no further one."),
    "submit_anyway": gettext_lazy("See the remark above. Submit again if it is what you hear."),
    "rule_refuses": gettext_lazy("Two answers contradict each other: see the remark above."),
    "now_rating": gettext_lazy("The strength keys now rate: %s."),
    "rated_last": gettext_lazy("That was the last emotion."),
    "all_none": gettext_lazy("All emotions set to 0."),
    "carried_over": gettext_lazy("Your answer was kept. Check it and submit."),
    "carried_partly": gettext_lazy(
        "Of your answer, what the new labels still offer was kept. Check it and submit."
    ),
    "press_to_play": gettext_lazy("Press Space or Replay to listen."),
    "not_counted": gettext_lazy("Kept, but not counted: the clip had all its labels by then."),
    "revised": gettext_lazy("The label was changed; the earlier one is kept."),
    "done_elsewhere": gettext_lazy(
        "You are done with the clip before in another tab. This is the next one."
    ),
    "skipped": gettext_lazy("Skipped: somebody else will hear it."),
    "skipped_cut": gettext_lazy(
        "Skipped: somebody else will hear it. Of your note, the first 200 characters were kept."
    ),
    "not_loaded": gettext_lazy("This clip could not be loaded: try again, or skip it."),
    "not_sent_yet": gettext_lazy("Your last label is still on its way. Try again in a moment."),
    "unreachable": gettext_lazy("The server cannot be reached. Try again in a moment."),
    "waiting": gettext_lazy("No connection. %d labels are kept here and sent later."),
    "waiting.one": gettext_lazy("No connection. One label is kept here and sent later."),
    "offline": gettext_lazy("No connection. What you label is kept here and sent later."),
    "signed_out": gettext_lazy("You are signed out. %d labels are kept here until you are back."),
    "unsaved": gettext_lazy(
        "This browser has no room left. %d labels are in this tab only: leave it open."
    ),
    "unsaved.one": gettext_lazy(
        "This browser has no room left. One label is in this tab only: leave it open."
    ),
    "signed_out.one": gettext_lazy(
        "You are signed out. One label is kept here until you are back."
    ),
    "refused_kept": gettext_lazy("%d labels were refused. They are kept here with the reason."),
    "refused_kept.one": gettext_lazy("One label was refused. It is kept here with the reason."),
    "to_be_sent": gettext_lazy("not sent yet"),
    "decide.load": gettext_lazy("Load the new labels"),
    "decide.send": gettext_lazy("Send on the new labels"),
    "decide.retry": gettext_lazy("Try again"),
    "decide.open": gettext_lazy("Open in the form"),
    "decide.discard": gettext_lazy("Discard"),
    "revising": gettext_lazy("You are changing a label you gave. The earlier one is kept."),
    "reopened": gettext_lazy(
        "You are giving a refused label again, on the labels of now. It replaces the refused one."
    ),
    "sent_again": gettext_lazy("Sent in the place of the refused label."),
    "empty.nothing_left": gettext_lazy(
        "You have labelled every clip that needs you, or others hold the rest."
        " This page looks again by itself."
    ),
    "empty.campaign_not_open": gettext_lazy(
        "The campaign takes no labels just now. What you labelled is kept,"
        " and this page goes on by itself once the campaign is open again."
    ),
    "empty.cap_reached": gettext_lazy("You have given all the labels you may give here."),
    "values_kept": gettext_lazy("Your label of this clip was refused. What you chose is kept."),
}
