"""Is a take any good? Figures of its sound, and a verdict by rules that a session may change.

`measure` gives figures, `judge` holds them against `Rules` and says green, yellow or red with its
reasons, `as_json` is how both are stored and sent. The page computes the same figures live
(`static/annotation/js/qc.js`, held to the same numbers by shared fixtures); what the server
measures counts. Each figure and each limit is explained in docs/quality.md.
"""

from annotation.recording.qc.figures import Figures
from annotation.recording.qc.judging import REASONS, Judgement, Reason, as_json, judge
from annotation.recording.qc.measuring import measure
from annotation.recording.qc.rules import RULES, RuleError, Rules
from annotation.recording.qc.syllables import syllables

__all__ = [
    "REASONS",
    "RULES",
    "Figures",
    "Judgement",
    "Reason",
    "RuleError",
    "Rules",
    "as_json",
    "judge",
    "measure",
    "syllables",
]
