"""The heads of HTTP/1.1 messages: a request's to bytes, a response's from bytes. Pure: no I/O, no clock, no httpx.

By RFC 9112 (https://www.rfc-editor.org/rfc/rfc9112), sections 2 to 6. It is strict in what ends a message and in what
may stand in a header: a mistake there lets one answer run into the next, which is another user's (section 11).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

Header = tuple[bytes, bytes]

MAX_HEAD = 100 * 1024

# RFC 9110, section 5.6.2
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_NAMES = re.compile(_TOKEN + rb"(?:," + _TOKEN + rb")*")
_TARGET = re.compile(rb"[\x21-\x7e\x80-\xff]+")
# A line may end with LF alone (RFC 9112, section 2.2).
_END = re.compile(rb"\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([^\r\n\0]*))?\r?\Z")
# No blank before the colon (RFC 9112, section 5.1); no CR, LF or NUL in a value (RFC 9110, section 5.5).
_FIELD = re.compile(rb"(" + _TOKEN + rb"):[ \t]*([^\r\n\0]*?)[ \t]*\r?\Z")
_LENGTH = re.compile(rb"[0-9]{1,18}")


class Malformed(Exception):
    """What came is not HTTP/1.1, or what was to be sent would not be."""


@attrs.frozen
class Head:
    """The head of a response.

    `length` is the size of the body in bytes, None where it is chunked or ends with the connection; `keep` says whether
    the connection may carry another exchange.
    """

    status: int
    reason: bytes
    version: bytes
    headers: list[Header]
    chunked: bool
    length: int | None
    keep: bool


def write_head(method: bytes, target: bytes, headers: Sequence[Header]) -> bytes:
    """The bytes of a request up to its body. Raises `Malformed` where a name or value would break out of its line."""
    lines = [b"%b %b HTTP/1.1" % (method, target), *[b"%b: %b" % header for header in headers], b"\r\n"]
    head = b"\r\n".join(lines)
    names = b",".join([method, *[name for name, _ in headers]])
    ends = len(lines)
    # A line end that got into a name or a value would begin a header, or a request, of somebody else's making
    # (request splitting: RFC 9112, section 11.1). One look at the whole head is cheaper than one at each value.
    if not _NAMES.fullmatch(names) or not _TARGET.fullmatch(target):
        raise Malformed("the method, the path or a header's name has a character that is not allowed")
    if head.count(b"\n") != ends or head.count(b"\r") != ends or b"\0" in head:
        raise Malformed("a header's value has a line end in it")
    return head


def head_end(data: bytes | bytearray, start: int) -> int:
    """Where the body begins in `data`, -1 if the head is not whole; `start` bytes are known to hold no end."""
    found = _END.search(data, max(0, start - 2))
    return found.end() if found else -1


def read_head(data: bytes, method: bytes) -> Head:
    """The response head that `data` is, its blank line included, to a request of `method`. Raises `Malformed`."""
    first, *lines = data.rstrip(b"\r\n").split(b"\n")
    status = _STATUS.match(first)
    if status is None:
        raise Malformed("the answer is not HTTP/1.1")
    headers = [_field(line) for line in _unfold(lines)]
    code = int(status[2])
    chunked, length, clear = _framing(headers)
    # RFC 9112, section 6.3, rule 1: these have no body, whatever their headers say.
    if method == b"HEAD" or code < 200 or code in (204, 304):
        chunked, length = False, 0
    # Section 9.3: HTTP/1.0 and `connection: close` end the connection, and so does a body without a length.
    keep = clear and status[1] == b"1" and not _closes(headers) and (chunked or length is not None)
    return Head(code, status[3] or b"", b"HTTP/1." + status[1], headers, chunked, length, keep)


def _unfold(lines: list[bytes]) -> list[bytes]:
    """Lines that begin with a blank continue the one before them: a client has to accept such a fold (section 5.2)."""
    whole: list[bytes] = []
    for line in lines:
        if line[:1] not in (b" ", b"\t"):
            whole.append(line)
        elif whole:
            whole[-1] = whole[-1].rstrip() + b" " + line.strip()
        else:
            raise Malformed("the answer's first header begins with a blank")
    return whole


def _field(line: bytes) -> Header:
    field = _FIELD.match(line)
    if field is None:
        raise Malformed("a header of the answer is not a name and a value")
    return field[1], field[2]


def _framing(headers: list[Header]) -> tuple[bool, int | None, bool]:
    """Whether the body is chunked, its length, and whether that is beyond doubt: RFC 9112, section 6.3, rules 3 to 8.

    With both a transfer-encoding and a content-length the former holds, but somebody may be smuggling: the connection
    is not used again. Lengths that differ, or are no number, make the answer unusable.
    """
    codings: list[bytes] = []
    lengths: set[bytes] = set()
    for name, value in headers:
        if len(name) == 14 and name.lower() == b"content-length":
            lengths.update(part.strip() for part in value.split(b","))  # the same one repeated is accepted (rule 5)
        elif len(name) == 17 and name.lower() == b"transfer-encoding":
            codings.append(value.lower())
    if codings:
        if codings != [b"chunked"]:  # we ask for no other (no `TE` header), so a server may not use one
            raise Malformed("the answer has a transfer-encoding that is not chunked")
        return True, None, not lengths
    if not lengths:
        return False, None, True
    length = lengths.pop()
    if lengths or not _LENGTH.fullmatch(length):
        raise Malformed("the answer's content-length is not one number")
    return False, int(length), True


def _closes(headers: Sequence[Header]) -> bool:
    for name, value in headers:
        if len(name) == 10 and name.lower() == b"connection" and b"close" in value.lower():
            return True
    return False
