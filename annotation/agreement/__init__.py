"""Agreement of several raters: pure, NumPy only. Start at `agreement_scales` and `read_table`."""

from annotation.agreement.coefficient import Coefficient
from annotation.agreement.errors import AgreementInputError
from annotation.agreement.reading import read_table
from annotation.agreement.scales import (
    LEVELS,
    Level,
    Rating,
    ScaleTables,
    Votes,
    agreement_scales,
    count_scales,
    eis_counts,
    esc_counts,
    scale_rows,
    table_scales,
    vote_tables,
)
from annotation.agreement.streaming import CoincidenceMatrix, NominalSums
from annotation.agreement.table import CountTable

__all__ = [
    "LEVELS",
    "AgreementInputError",
    "Coefficient",
    "CoincidenceMatrix",
    "CountTable",
    "Level",
    "NominalSums",
    "Rating",
    "ScaleTables",
    "Votes",
    "agreement_scales",
    "count_scales",
    "eis_counts",
    "esc_counts",
    "read_table",
    "scale_rows",
    "table_scales",
    "vote_tables",
]
