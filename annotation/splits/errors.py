"""Why a split was refused: for people in `detail`, for programs in `code` and `field`."""


class SplitRefused(ValueError):
    """The wanted splits cannot be made from these clips.

    Attributes:
        code: `bad_ratios`, `bad_disjoint`, `bad_assign`, `no_clips`, `one_speaker`,
            `too_few_groups`, `empty_split`, `assign_conflict`, `ledger_conflict` or
            `unknown_speaker_outside_train`.
        detail: what is wrong, with its value, and what to do.
        field: where in the request, such as `ratios.dev`.
    """

    def __init__(self, code: str, detail: str, field: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
