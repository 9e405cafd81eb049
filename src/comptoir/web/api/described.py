"""The API's own description (OpenAPI), in the pieces that a page of ours shows to people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
GOOD = "2"
"""With what the status of an answer begins that did what was asked."""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body. `kind`: in words of JSON, "text or null"; `at`: path, query or body."""

    name: str
    at: str
    kind: str
    is_needed: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that a program may ask for, in paragraphs. `status` and `answer`: of an answer that did it."""

    method: str
    path: str
    words: tuple[str, ...]
    fields: tuple[Field, ...]
    status: str
    answer: str

    @property
    def name(self) -> str:
        """By which the page is linked to."""
        return f"{self.method}-{self.path}".lower().replace("/", "-").replace("{", "").replace("}", "")


@dataclass(frozen=True, slots=True)
class Shape:
    """What an answer, or a part of one, holds."""

    name: str
    words: tuple[str, ...]
    fields: tuple[Field, ...]


def texts(description: Mapping[str, Any]) -> Iterator[str]:
    """Everything that the page says of the API in sentences; names and kinds are told as they are sent."""
    yield description["info"]["description"]
    for topic, calls in calls_by_topic(description).items():
        yield topic
        for call in calls:
            yield from call.words
            yield from (each.words for each in call.fields if each.words)
    for shape in shapes(description):
        yield from shape.words
        yield from (each.words for each in shape.fields if each.words)


def calls_by_topic(description: Mapping[str, Any]) -> dict[str, list[Call]]:
    """Everything that can be asked, by the topic it belongs to."""
    found: dict[str, list[Call]] = {}
    for path, methods in description["paths"].items():
        for method in METHODS:
            if method in methods:
                asked = methods[method]
                found.setdefault(asked["tags"][0], []).append(_call(description, path, method, asked))
    return found


def shapes(description: Mapping[str, Any]) -> list[Shape]:
    """Every object of the answers and bodies, by name."""
    schemas: Mapping[str, Any] = description["components"]["schemas"]
    return [
        Shape(name, _paragraphs(each.get("description", "")), tuple(_fields(each, "")))
        for name, each in sorted(schemas.items())
        if "properties" in each
    ]


def _call(description: Mapping[str, Any], path: str, method: str, asked: Mapping[str, Any]) -> Call:
    status, answer = next((code, told) for code, told in asked["responses"].items() if code.startswith(GOOD))
    return Call(
        method=method.upper(),
        path=path,
        words=_paragraphs(asked.get("description", "")),
        fields=(*map(_parameter, asked.get("parameters", ())), *_body(description, asked)),
        status=status,
        answer=_kind(_schema(answer)),
    )


def _paragraphs(words: str) -> tuple[str, ...]:
    """A description's paragraphs, however its lines are broken."""
    return tuple(" ".join(part.split()) for part in words.split("\n\n") if part.strip())


def _parameter(told: Mapping[str, Any]) -> Field:
    schema = told.get("schema", {})
    return Field(told["name"], told["in"], _kind(schema), told.get("required", False), told.get("description", ""))


def _body(description: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[Field]:
    schema = _schema(asked.get("requestBody", {}))
    name = schema.get("$ref", "").rpartition("/")[2]
    yield from _fields(description["components"]["schemas"].get(name, schema), "body")


def _fields(schema: Mapping[str, Any], at: str) -> Iterator[Field]:
    needed = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        yield Field(name, at, _kind(each), name in needed, each.get("description", ""))


def _schema(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a body, in whichever form it comes first."""
    return next((each.get("schema", {}) for each in told.get("content", {}).values()), {})


def _kind(schema: Mapping[str, Any]) -> str:
    """What may stand there, in short."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("type", "anything")).replace("string", "text")
