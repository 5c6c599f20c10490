"""The one error of the agreement package."""

from __future__ import annotations


class AgreementInputError(ValueError):
    """Ratings that cannot be read. `code` is for programs, the message for people.

    Attributes:
        code: short name of what is wrong, such as `duplicate_rating`.
        detail: what is wrong, with the value, and what to do.
        line: line of the file, counting from 1; None where there is no file.
        column: name of the column, or None.
    """

    def __init__(
        self, code: str, detail: str, *, line: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.line = line
        self.column = column
