"""What the platform's own error codes mean, and the catalogue of all packages' codes.

`status` is the HTTP status the code comes with, several where it depends on the call; `field` where
it only stands in `errors[]`, under the code of the whole; `job` where it ends a job (`error.code`)
or is said of one row of its report. `meaning` says what is wrong and what to do.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import NamedTuple

from django.conf import settings


class ErrorCode(NamedTuple):
    status: str
    meaning: str


ErrorCodes = dict[str, ErrorCode]

# Given by the framework to one field of a request.
FIELD_CODES: ErrorCodes = {
    code: ErrorCode("field", meaning)
    for code, meaning in {
        "required": "The field is missing. Give it.",
        "null": "The field may not be null. Leave it out or give a value.",
        "blank": "The text is empty. Give one, or leave the field out.",
        "invalid": "The value has the wrong form. `detail` says which form is wanted.",
        "invalid_choice": "The value is not one of the words on offer. `detail` lists them.",
        "invalid_unicode": "A short name holds letters other than a-z, 0-9, _ and -.",
        "max_length": "The text or list is too long. Shorten it.",
        "min_length": "The text or list is too short.",
        "max_value": "The number is above the largest allowed.",
        "min_value": "The number is below the smallest allowed.",
        "max_string_length": "The number has too many digits.",
        "overflow": "The number is too large to be kept.",
        "not_a_list": "A list is expected.",
        "not_a_dict": "An object is expected.",
        "no_name": "The uploaded file has no name.",
        "date": "A time is expected, not only a date.",
        "make_aware": "The time does not exist in its time zone. Give it in UTC.",
        "null_characters_not_allowed": "The text holds a NUL character. Take it out.",
        "surrogate_characters_not_allowed": "The text holds half of a character pair.",
    }.items()
}

ERROR_CODES: ErrorCodes = FIELD_CODES | {
    "empty": ErrorCode("422, job, field", "There is nothing in it. Put something into it."),
    "bad_cursor": ErrorCode("400", "Follow `next` and `previous` as they were given."),
    "bad_page_size": ErrorCode("400", "A page has 1 to 1000 rows. Ask for as many."),
    "malformed": ErrorCode("400", "The request cannot be read. `errors` names the fields."),
    "unknown_field": ErrorCode("400, field", "No such field. `detail` lists the known ones."),
    "unknown_filter": ErrorCode("422, field", "No such filter. `detail` lists the known ones."),
    "not_authenticated": ErrorCode("401", "Send a token, or sign in."),
    "authentication_failed": ErrorCode("401", "The token is unknown, revoked or expired."),
    "forbidden": ErrorCode("403", "Your roles or the token's scopes do not allow this."),
    "not_found": ErrorCode("404", "No such record, or it belongs to a corpus that is not yours."),
    "file_gone": ErrorCode("404", "The stored file is not there any more. Tell the operator."),
    "method_not_allowed": ErrorCode("405", "The address does not take this method."),
    "not_acceptable": ErrorCode("406", "Only JSON is answered. Ask for application/json."),
    "conflict": ErrorCode("409", "The record is not in a state that allows this."),
    "job_finished": ErrorCode("409", "The job has ended; there is nothing to cancel."),
    "length_missing": ErrorCode("411", "Send the header Content-Length."),
    "head_too_large": ErrorCode("414, 431", "Shorten the address, or the headers."),
    "storage_full": ErrorCode("507, job", "The server has no room left. Make room, start again."),
    "too_large": ErrorCode("413, job", "The file or archive is above the limit. Split it."),
    "unsupported_media_type": ErrorCode("415", "Send JSON, or multipart where a file is asked."),
    "rule_broken": ErrorCode("422", "The values are well formed but not allowed here."),
    "unsafe_name": ErrorCode("422", "The path leads outside its folder. Name one inside."),
    "throttled": ErrorCode("429", "Too many calls. Wait for `Retry-After` seconds."),
    "error": ErrorCode("500", "Something else went wrong. `detail` says what."),
    "internal_error": ErrorCode(
        "500, job", "The server failed; nothing was half stored. See its log."
    ),
    "unavailable": ErrorCode("503", "The database is held or away. Send the same again soon."),
    "cancelled": ErrorCode("job", "The job was cancelled by a person."),
    "worker_lost": ErrorCode(
        "job", "The worker died at each attempt. See its log, start it again."
    ),
    "unknown_kind": ErrorCode("job", "No worker knows this kind of job. Update the workers."),
    "cpu_limit": ErrorCode("job", "Reading the file took too much CPU time. It was left out."),
    "wall_limit": ErrorCode("job", "Reading the file took too long. It was left out."),
    "memory_limit": ErrorCode("job", "Reading the file took too much memory. It was left out."),
    "output_limit": ErrorCode("job", "The file makes more data than is allowed. It was left out."),
    "died": ErrorCode("job", "The process that read the file died. It was left out."),
}


@cache
def tables() -> dict[str, ErrorCodes]:
    """Package name to its codes. A code has one meaning, so it stands in one package only."""
    found: dict[str, ErrorCodes] = {}
    for name in settings.SPEECHEQ_ERROR_TABLES:
        codes = import_module(name).ERROR_CODES
        for package, earlier in found.items():
            if twice := sorted(set(codes) & set(earlier)):
                raise LookupError(f"{twice[0]!r} stands in {name} and in {package}.")
        found[name.partition(".")[0]] = codes
    return found


def catalogue() -> ErrorCodes:
    """Every code that can reach a client."""
    return {code: row for codes in tables().values() for code, row in codes.items()}
