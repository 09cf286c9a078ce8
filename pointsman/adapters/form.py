"""Forms with files (`multipart/form-data`, RFC 7578), both ways: strict in reading, and no randomness in writing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs
from returns.result import Failure, Result, Success

_BOUNDARY = re.compile(r"""boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))""", re.IGNORECASE)
_PARAMETER = re.compile(r';\s*(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_UNSAFE = re.compile(r'[\x00-\x1f"\\]')
_ESCAPED = re.compile(r"\\(.)|%(22|0[0-9A-F]|1[0-9A-F])", re.IGNORECASE)
_USUAL = "application/octet-stream"


@attrs.frozen
class FormFile:
    """A file in a form: the `field` it stands in, its `name`, its MIME type, its bytes."""

    field: str
    name: str
    media_type: str
    data: bytes = attrs.field(repr=lambda data: f"<{len(data)} bytes>")


@attrs.frozen
class Form:
    """A form: its texts by field, which may repeat, and its files, each in the order in which they stand."""

    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[FormFile, ...] = ()


def content_type(boundary: str) -> str:
    """The header of a form that `write_form` has written with `boundary`."""
    return f"multipart/form-data; boundary={boundary}"


def holds(form: Form, boundary: str) -> bool:
    """Whether `boundary` stands anywhere in the form, so that it cannot divide it."""
    mark = boundary.encode()
    texts = (text.encode("utf-8", "replace") for field in form.fields for text in field)
    return any(mark in data for data in (*texts, *(file.data for file in form.files)))


def write_form(form: Form, boundary: str) -> bytes:
    """The bytes of `form`, divided by `boundary`, which must not stand in it."""
    parts = [(_head(name), text.encode("utf-8", "replace")) for name, text in form.fields]
    parts += [(_head(file.field, file.name, file.media_type), file.data) for file in form.files]
    line = f"--{boundary}".encode()
    return b"".join(piece for head, data in parts for piece in (line, head, data, b"\r\n")) + line + b"--\r\n"


def _head(field: str, name: str | None = None, media_type: str = "") -> bytes:
    head = f'\r\nContent-Disposition: form-data; name="{_escape(field)}"'
    if name is not None:
        head += f'; filename="{_escape(name)}"\r\nContent-Type: {_UNSAFE.sub("", media_type) or _USUAL}'
    return f"{head}\r\n\r\n".encode("utf-8", "replace")


def _escape(text: str) -> str:
    return _UNSAFE.sub(lambda found: "\\\\" if found[0] == "\\" else f"%{ord(found[0]):02X}", text)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: found[1] or chr(int(found[2], 16)), text)


def read_form(header: str, body: bytes) -> Result[Form, str]:
    """The form in `body` by its content-type `header`, or a clause that says what is wrong with it."""
    found = _BOUNDARY.search(header)
    if found is None or not header.lower().startswith("multipart/form-data"):
        return Failure("not multipart/form-data with a boundary")
    line = b"--" + (found[1] or found[2]).encode("utf-8", "replace")
    first, *pieces = (b"\r\n" + body).split(b"\r\n" + line)
    if first or not pieces:
        return Failure("not a form: it does not begin with its boundary")
    if pieces.pop() not in (b"--", b"--\r\n"):
        return Failure("not a whole form: its last boundary is missing")
    return _read_parts(pieces)


def _read_parts(pieces: list[bytes]) -> Result[Form, str]:
    fields: list[tuple[str, str]] = []
    files: list[FormFile] = []
    for number, piece in enumerate(pieces, 1):
        match _read_part(piece):
            case FormFile() as file:
                files.append(file)
            case (name, text):
                fields.append((name, text))
            case problem:
                return Failure(f"not a form: part {number} {problem}")
    return Success(Form(tuple(fields), tuple(files)))


def _read_part(piece: bytes) -> FormFile | tuple[str, str] | str:
    head, blank, data = piece.partition(b"\r\n\r\n")
    if not head.startswith(b"\r\n") or not blank:
        return "has no head"
    headers = dict(_headers(head.decode("utf-8", "replace")))
    disposition = headers.get("content-disposition", "")
    named = {found[1].lower(): _unescape(found[2]) for found in _PARAMETER.finditer(disposition)}
    if not disposition.lower().startswith("form-data") or "name" not in named:
        return "has no name"
    if "filename" in named:
        return FormFile(named["name"], named["filename"], headers.get("content-type", _USUAL), data)
    try:
        return named["name"], data.decode()
    except UnicodeDecodeError:
        return "is not text in UTF-8"


def _headers(head: str) -> Iterator[tuple[str, str]]:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        yield name.strip().lower(), value.strip()
