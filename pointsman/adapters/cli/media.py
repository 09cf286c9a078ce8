"""What a person names on the command line as content: pictures and schemas, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from returns.result import Failure, Result, Success

from pointsman.core.chat.part import Audio, Image
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.error import InvalidRequest
from pointsman.core.json import JsonObject, loads

ReadImage: TypeAlias = Callable[[str], Awaitable[Result[Image, InvalidRequest]]]
"""Reads the picture at a path or a web address, made to fit the provider that is asked."""
ReadAudio: TypeAlias = Callable[[str], Awaitable[Result[Audio, InvalidRequest]]]
"""Reads the sound at a path."""


def read_schema(text: str) -> Result[ResponseSchema, InvalidRequest]:
    """A JSON Schema, given as JSON or as the path of a file."""
    if not text.lstrip().startswith("{"):
        try:
            text = Path(text).expanduser().read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as problem:
            why = getattr(problem, "strerror", None) or "not text"
            return _wrong(f"the schema file {text!r} cannot be read: {why.lower()}")
    return loads(text).bind(_schema).lash(lambda why: _wrong(f"the schema is {why}"))


def _schema(value: object) -> Result[ResponseSchema, str]:
    if not isinstance(value, dict):
        return Failure("not a JSON object")
    schema: JsonObject = value
    known = {"type", "properties", "anyOf", "oneOf", "allOf", "$ref", "enum", "const", "$defs"}
    if not known & schema.keys():
        return Failure("not a JSON Schema: it has none of type, properties, enum, anyOf")
    return Success(ResponseSchema(schema))


def _wrong(problem: str) -> Failure[InvalidRequest]:
    return Failure(InvalidRequest(detail=problem, problems=(problem,)))
