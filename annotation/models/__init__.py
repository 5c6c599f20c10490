from annotation.models.agreement import AgreementSnapshot, AgreementState, ClipVotes
from annotation.models.annotation import Annotation, AnnotationLabel
from annotation.models.assignment import Assignment
from annotation.models.campaign import Campaign
from annotation.models.clip import Clip, ClipAlias
from annotation.models.consensus import Consensus, ConsensusVersion
from annotation.models.corpus import Corpus, Membership
from annotation.models.item import Item
from annotation.models.label_space import LabelMapping, LabelMappingRow, LabelSpace
from annotation.models.member import AnnotatorGroup, CampaignMember
from annotation.models.question import Question, QuestionMessage
from annotation.models.reference import PracticeAnswer, ReferenceClip
from annotation.models.release import Export, Release, ReleaseClip, SplitLedger
from annotation.models.scheme import Scheme
from annotation.models.speaker import Speaker
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
    "Corpus",
    "Export",
    "Item",
    "LabelMapping",
    "LabelMappingRow",
    "LabelSpace",
    "Membership",
    "PracticeAnswer",
    "Question",
    "QuestionMessage",
    "ReferenceClip",
    "Release",
    "ReleaseClip",
    "Scheme",
    "Shortcuts",
    "Speaker",
    "SplitLedger",
    "WorkDay",
]
