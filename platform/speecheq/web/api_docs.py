"""The REST interface for people: the OpenAPI description as one page of our own.

It works without script, in both themes and with a screen reader. What the interface itself says
(names, summaries, error codes) stays in its own words, English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator

from speecheq.error_codes import tables

Schema = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
REFERENCE = "#/components/schemas/"
ENTIRE_BODY = "application/json"
BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "pattern": "matches {}",
    "default": "default {}",
}


def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "speecheq/api_docs.html", page())


@cache
def page() -> dict[str, Any]:
    """All there is to show; it changes with the code only."""
    described = SchemaGenerator().get_schema(request=None, public=True)
    schemas = described["components"]["schemas"]
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method in (each for each in METHODS if each in methods):
            operation = methods[method]
            groups.setdefault(operation["tags"][0], []).append(call(path, method, operation))
    shapes = [shape(name, schema) for name, schema in sorted(schemas.items())]
    errors = {package: sorted(codes.items()) for package, codes in tables().items()}
    return {"groups": groups, "shapes": shapes, "errors": errors}


def call(path: str, method: str, operation: Schema) -> dict[str, Any]:
    """One call as the page shows it."""
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary") or operation.get("description", ""),
        "parameters": [parameter(each) for each in operation.get("parameters", [])],
        "bodies": [body_of(media, each.get("schema", {})) for media, each in body.items()],
        "answers": [
            answer(status, each) for status, each in sorted(operation["responses"].items())
        ],
    }


def parameter(given: Schema) -> dict[str, Any]:
    schema = given.get("schema", {})
    return {
        "name": given["name"],
        "where": given["in"],
        "required": given.get("required", False),
        "kind": kind_of(schema),
        "notes": notes_of({**schema, "description": given.get("description", "")}),
    }


def body_of(media: str, schema: Schema) -> dict[str, Any]:
    return {"media": "" if media == ENTIRE_BODY else media, "kind": kind_of(schema)}


def answer(status: str, given: Schema) -> dict[str, Any]:
    """`error` names the kind of problem, which the section on errors explains."""
    error = given.get("$ref", "").rpartition("/")[2]
    kinds = [kind_of(each.get("schema", {})) for each in given.get("content", {}).values()]
    return {"status": status, "error": error, "kind": kinds[0] if kinds else {}}


def shape(name: str, schema: Schema) -> dict[str, Any]:
    """A named object with its fields, or a list of words."""
    required = set(schema.get("required", ()))
    fields = [
        {
            "name": field,
            "required": field in required,
            "kind": kind_of(each),
            "notes": notes_of(each),
        }
        for field, each in schema.get("properties", {}).items()
    ]
    return {"name": name, "fields": fields, "words": schema.get("enum", [])}


def kind_of(schema: Schema) -> dict[str, str]:
    """`text` in words; `shape` is the name of the named object it is made of, if any."""
    text, name = _kind(schema)
    return {"text": text, "shape": name}


def _kind(schema: Schema) -> tuple[str, str]:
    if "$ref" in schema:
        return "", schema["$ref"].removeprefix(REFERENCE)
    for combined in ("allOf", "oneOf", "anyOf"):
        if schema.get(combined):
            return _kind(schema[combined][0])
    if schema.get("type") == "array":
        inner, name = _kind(schema.get("items", {}))
        return f"list of {inner}".rstrip(), name
    text = schema.get("format") or schema.get("type") or "any value"
    return text, ""


def notes_of(schema: Schema) -> list[str]:
    """Bounds, words on offer and the description, each a short text."""
    return list(_notes(schema))


def _notes(schema: Schema) -> Iterator[str]:
    words = schema.get("enum")
    if words:
        yield "one of " + ", ".join("null" if word is None else str(word) for word in words)
    elif schema.get("description"):
        yield schema["description"]
    for name, text in BOUNDS.items():
        if name in schema:
            yield text.format(schema[name])
    if schema.get("nullable"):
        yield "may be null"
