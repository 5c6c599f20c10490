"""Agreement of several raters: pure, NumPy only. Start at `agreement_scales` and `read_table`."""

from annotation.agreement.coefficient import Coefficient
from annotation.agreement.errors import AgreementInputError
from annotation.agreement.reading import read_table
from annotation.agreement.scales import (
    LEVELS,
    Level,
    Rating,
    agreement_scales,
    count_scales,
    table_scales,
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
    "agreement_scales",
    "count_scales",
    "read_table",
    "table_scales",
]
