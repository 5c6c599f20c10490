from annotation.models.agreement import AgreementSnapshot, AgreementState, ClipVotes
from annotation.models.annotation import Annotation, AnnotationLabel
from annotation.models.assignment import Assignment
from annotation.models.campaign import Campaign
from annotation.models.clip import Clip, ClipAlias
from annotation.models.consensus import Consensus, ConsensusVersion
from annotation.models.consent import Consent, ConsentText, ConsentWithdrawal
from annotation.models.corpus import Corpus, Membership
from annotation.models.item import Item
from annotation.models.label_space import LabelMapping, LabelMappingRow, LabelSpace
from annotation.models.long_recording import LongRecording, Region
from annotation.models.member import AnnotatorGroup, CampaignMember
from annotation.models.question import Question, QuestionMessage
from annotation.models.reference import PracticeAnswer, ReferenceClip
from annotation.models.release import Export, Release, ReleaseClip, SplitLedger
from annotation.models.scheme import Scheme
from annotation.models.script import Prompt, Script, ScriptSection
from annotation.models.session import (
    Session,
    SessionEvent,
    SessionLink,
    SessionLive,
    SessionPrompt,
)
from annotation.models.speaker import Speaker
from annotation.models.take import Take
from annotation.models.upload import Upload
from annotation.models.work import Shortcuts, WorkDay

__all__ = [
    "AgreementSnapshot",
    "AgreementState",
    "Annotation",
    "AnnotationLabel",
    "AnnotatorGroup",
    "Assignment",
    "Campaign",
    "CampaignMember",
    "Clip",
    "ClipAlias",
    "ClipVotes",
    "Consensus",
    "ConsensusVersion",
    "Consent",
    "ConsentText",
    "ConsentWithdrawal",
    "Corpus",
    "Export",
    "Item",
    "LabelMapping",
    "LabelMappingRow",
    "LabelSpace",
    "LongRecording",
    "Membership",
    "PracticeAnswer",
    "Prompt",
    "Question",
    "QuestionMessage",
    "ReferenceClip",
    "Region",
    "Release",
    "ReleaseClip",
    "Scheme",
    "Script",
    "ScriptSection",
    "Session",
    "SessionEvent",
    "SessionLink",
    "SessionLive",
    "SessionPrompt",
    "Shortcuts",
    "Speaker",
    "SplitLedger",
    "Take",
    "Upload",
    "WorkDay",
]
