"""What every operation has in common in the OpenAPI description: its errors, and what they mean."""

from __future__ import annotations

from typing import Any

from speecheq.error_codes import ErrorCodes, tables
from speecheq.errors import PROBLEM_TYPE

_TITLES = {
    "speecheq": "Common",
    "annotation": "Recording, labelling, releasing",
    "training": "Training and scoring",
}
_INTRODUCTION = """

## Errors

An error is `application/problem+json` with `code`, `detail` and `errors`, the first 100 of them:
programs read `code`, people `detail`. Below, *field* means that the code stands in `errors[]` only,
under the code of the whole, and *job* that it ends a job (`error.code`) or is said of one row of
its report.
"""
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_CHANGES = frozenset({"post", "put", "patch"})
_RESPONSES = {
    "400": (
        "Malformed",
        "The request cannot be read, names an unknown field, or has a value of another type.",
    ),
    "401": ("Unauthenticated", "No token or session, or one that is no longer valid."),
    "403": ("Forbidden", "The caller's roles or the token's scopes do not allow this."),
    "404": ("NotFound", "No such record, or it belongs to a corpus that is not the caller's."),
    "409": ("Conflict", "The record's state, or a key that is taken, does not allow this."),
    "411": ("LengthMissing", "Say with Content-Length how many bytes the body has."),
    "412": ("TusVersion", "Send `Tus-Resumable: 1.0.0`."),
    "413": ("TooLarge", "The body, or what is announced, is larger than is taken here."),
    "415": ("UnsupportedMediaType", "The body is of another Content-Type than those named."),
    "422": ("RuleBroken", "The values are well formed and break a rule."),
    "423": ("Locked", "Another request is writing to this upload. Try again in a moment."),
    "460": ("PieceSpoiled", "What arrived has another SHA-256 than announced. Send it again."),
    "507": ("StorageFull", "The server has no room. Try again later."),
}
# What a request carries, by the media type of its body or a header: what may be refused of it.
_OF_FILES = frozenset({"411", "413", "507"})
_BY_HEADER = {
    "Tus-Resumable": frozenset({"412"}),
    "Upload-Length": frozenset({"413", "507"}),
    "Upload-Offset": frozenset({"423", "460"}),
    "Content-Digest": frozenset({"423"}),  # a take: of an upload that is still being written
}
_FIELD_PROBLEM = {
    "type": "object",
    "properties": {
        "field": {"type": "string", "description": "Dotted path, such as `labels.0.eis`."},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
    "required": ["field", "code", "detail"],
}
_PROBLEM = {
    "type": "object",
    "properties": {
        "code": {"type": "string", "description": "For programs; see Errors above."},
        "detail": {"type": "string", "description": "For people: what is wrong, what to do."},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}},
    },
    "required": ["code", "detail", "errors"],
}


def describe_errors(result: dict[str, Any], **_given: Any) -> dict[str, Any]:
    """Postprocessing hook: the table of codes, and the problem answers of every operation.

    What an operation describes itself is left as it is.
    """
    components = result["components"]
    components["schemas"] |= {"FieldProblem": _FIELD_PROBLEM, "Problem": _PROBLEM}
    components["responses"] = {
        name: {
            "description": description,
            "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for name, description in _RESPONSES.values()
    }
    for path, methods in result["paths"].items():
        for method in _METHODS & set(methods):
            for status in sorted(_statuses(path, method, methods[method])):
                name = _RESPONSES[status][0]
                answer = {"$ref": f"#/components/responses/{name}"}
                methods[method]["responses"].setdefault(status, answer)
    result["info"]["description"] += _INTRODUCTION + "".join(
        f"\n### {_TITLES[package]}\n\n{as_table(codes)}" for package, codes in tables().items()
    )
    return result


def as_table(codes: ErrorCodes) -> str:
    """The codes as a Markdown table, in alphabetical order."""
    rows = (f"| `{code}` | {row.status} | {row.meaning} |" for code, row in sorted(codes.items()))
    return "\n".join(("| code | status | meaning |", "| --- | --- | --- |", *rows, ""))


def _statuses(path: str, method: str, operation: dict[str, Any]) -> set[str]:
    """Which errors an operation can answer: by what it is given and whether it changes anything."""
    found = {"401", "403"}
    queried = any(each["in"] == "query" for each in operation.get("parameters", []))
    if queried or method in _CHANGES:
        found.add("400")
    if "{" in path:
        found.add("404")
    if method in _CHANGES:
        found |= {"409", "422"}
    return found | _of_what_is_sent(operation)


def _of_what_is_sent(operation: dict[str, Any]) -> set[str]:
    """Which errors its body and its headers can be answered with."""
    types = operation.get("requestBody", {}).get("content", {})
    found = {"415"} if types else set()
    if any(each.get("schema", {}).get("format") == "binary" for each in types.values()):
        found |= _OF_FILES
    headers = {each["name"] for each in operation.get("parameters", []) if each["in"] == "header"}
    return found.union(*(_BY_HEADER.get(name, frozenset()) for name in headers))
