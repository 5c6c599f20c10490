from annotation.models.agreement import AgreementSnapshot, AgreementState, ClipVotes
from annotation.models.annotation import Annotation, AnnotationLabel
from annotation.models.assignment import Assignment
from annotation.models.campaign import Campaign, CampaignMember, Item
from annotation.models.clip import Clip, ClipAlias
from annotation.models.consensus import Consensus, ConsensusVersion
from annotation.models.corpus import Corpus, Membership
from annotation.models.label_space import LabelMapping, LabelMappingRow, LabelSpace
from annotation.models.release import Export, Release, ReleaseClip, SplitLedger
from annotation.models.scheme import Scheme
from annotation.models.speaker import Speaker

__all__ = [
    "AgreementSnapshot",
    "AgreementState",
    "Annotation",
    "AnnotationLabel",
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
    "Release",
    "ReleaseClip",
    "Scheme",
    "Speaker",
    "SplitLedger",
]
