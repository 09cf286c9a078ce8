"""What a person names on the command line as content: pictures and schemas, checked before anything is sent."""

from __future__ import annotations

from pathlib import Path

from returns.result import Failure, Result, Success

from pointsman.core.error import InvalidRequest
from pointsman.core.json import JsonObject, loads
from pointsman.core.part import Bytes, Image, Url
from pointsman.core.tool import ResponseSchema

_LARGEST = 20 * 2**20


def read_image(name: str) -> Result[Image, InvalidRequest]:
    """The picture at the path or web address `name`; its kind is told by its content."""
    if name.startswith(("http://", "https://")):
        return Success(Image(Url(name)))
    try:
        data = Path(name).expanduser().read_bytes()
    except OSError as problem:
        return _wrong(f"the image {name!r} cannot be read: {(problem.strerror or 'error').lower()}")
    if len(data) > _LARGEST:
        return _wrong(f"the image {name!r} is larger than {_LARGEST >> 20} MB")
    kind = media_type(data)
    if kind is None:
        return _wrong(f"the image {name!r} is not a PNG, JPEG, WebP or GIF")
    return Success(Image(Bytes(data, kind)))


def media_type(data: bytes) -> str | None:
    """The MIME type of a picture by its first bytes; None if it is none that models take."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/gif" if data.startswith((b"GIF87a", b"GIF89a")) else None


def read_schema(text: str) -> Result[ResponseSchema, InvalidRequest]:
    """A JSON Schema, given as JSON or as the path of a file."""
    if not text.lstrip().startswith("{"):
        try:
            text = Path(text).expanduser().read_text("utf-8")
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
