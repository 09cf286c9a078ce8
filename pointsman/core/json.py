"""JSON as types, and total readers over it: every function here takes any value and never raises."""

from __future__ import annotations

import codecs
import math
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
from returns.result import Failure, Result, Success

if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
    JsonObject: TypeAlias = "dict[str, Json]"
else:  # at run time a recursive alias cannot be evaluated from other modules, and cattrs needs to
    Json = Any
    JsonObject = dict[str, Any]


def loads(data: bytes | str) -> Result[Json, str]:
    """The value in `data`, or one sentence that says where it is not JSON. A byte order mark before it is skipped."""
    if isinstance(data, bytes):
        data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return Success(parse_json(data))
    except orjson.JSONDecodeError as problem:
        return Failure(f"not JSON: {problem}")


def parse_json(data: bytes | str) -> Json:
    """The value in `data`; raises `ValueError` where it is not JSON.

    Half of a surrogate pair, which programs write that cut a text in the middle of an emoji, reads as U+FFFD. A number
    beyond what a double holds, such as 1E400, reads as the largest that it does (RFC 8259, section 6, leaves it open).
    """
    try:
        value: Json = orjson.loads(data)
    except orjson.JSONDecodeError:
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        whole = _HALVES.sub(lambda found: found[1] or rb"\ufffd", raw)
        whole = _TEXT_OR_NUMBER.sub(_within_double, whole)
        if whole == raw:
            raise
        value = orjson.loads(whole)
    return value


_HALVES = re.compile(
    rb"(\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""An escape that may stand (another one, or a whole pair), or half of a pair."""
_TEXT_OR_NUMBER = re.compile(
    rb'"(?:[^"\\]|\\.|\\\Z)*+"?|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?', re.DOTALL
)
"""A text, to its end or that of all, so that no quote is looked at twice; or a number."""


def _within_double(found: re.Match[bytes]) -> bytes:
    token = found[0]
    if token[:1] == b'"' or math.isfinite(float(token)):
        return token
    return repr(math.copysign(sys.float_info.max, float(token))).encode()


_WRITABLE_LEVELS = 254


def may_nest_deeply(data: bytes) -> bool:
    """Whether what the JSON text `data` says may not be writable: a look at it costs less than writing it."""
    return data.count(b"{") + data.count(b"[") > _WRITABLE_LEVELS


def is_writable(value: Json) -> bool:
    """Whether `value`, which `loads` has read, can be written as well: it is nested in at most 254 levels.

    Reading takes a thousand, more than functions that call themselves on each level have stack for.
    """
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return True


def dumps(value: object) -> bytes:
    """Compact JSON. Text that UTF-8 cannot carry (lone surrogates) is replaced, big integers survive."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except (orjson.JSONEncodeError, TypeError):
        return _dumps_slowly(value)


def _dumps_slowly(value: object) -> bytes:
    """What orjson refuses: big integers, lone surrogates. What is nested beyond the stack is a text that says so."""
    import json

    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str)
    except ValueError:
        text = json.dumps(str(value), ensure_ascii=False)
    except RecursionError:
        text = '"nested too deeply"'
    return text.encode("utf-8", "replace")


def dumps_text(value: object) -> str:
    """Compact JSON as text."""
    return dumps(value).decode()


def compact(fields: Mapping[str, Json | None]) -> JsonObject:
    """`fields` without those that are None: absent is not null."""
    return {name: value for name, value in fields.items() if value is not None}


def as_object(value: object) -> JsonObject:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Json]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """`value` if it is text, else the empty text."""
    return value if isinstance(value, str) else ""


def text_or_none(value: object) -> str | None:
    """`value` if it is text that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def int_or_none(value: object) -> int | None:
    """`value` if it is a whole number (and not a boolean), else None."""
    if value is None or type(value) is int:  # nearly always, and of every answer some twenty times
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, float) and is_exactly_whole(value) else None


def is_exactly_whole(value: float) -> bool:
    """Whether a number that was written as a fraction is a whole one. Above 2^53 it may have been another one.

    A JSON text's whole number of more than 64 bits is read as a fraction, too, and could not be written again.
    """
    return value.is_integer() and abs(value) <= _MOST_EXACT


_MOST_EXACT = 2**53


def count_or_none(value: object) -> int | None:
    """`value` if it is a whole number of at least 0, else None (unknown is not zero)."""
    number = value if type(value) is int else int_or_none(value)
    return number if number is not None and number >= 0 else None


def float_or_none(value: object) -> float | None:
    """`value` if it is a finite number (and not a boolean), else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    number = float(value) if abs(value) < 1e300 else float("inf")
    return number if abs(number) != float("inf") else None


def without_fence(text: str) -> str:
    """`text` without white space around it, and without a Markdown fence: models put one around JSON unasked."""
    stripped = text.strip()
    if stripped.startswith("```") and stripped.endswith("```") and "\n" in stripped:
        return stripped.partition("\n")[2].removesuffix("```").strip()
    return stripped


_PIECE = 2**18


def holds_more_values(body: bytes, most: int) -> bool:
    """Whether the JSON text `body` holds more than `most` values, names of fields not counted. Linear, and cheap."""
    if len(body) <= most or _openings(body) < most:  # most texts: commas in strings are counted here too
        return False
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    count, inside = 1, 0
    for start in range(0, len(plain), _PIECE):
        pieces = plain[start : start + _PIECE].split(b'"')
        count += _openings(b"".join(pieces[inside::2]))
        inside ^= (len(pieces) - 1) & 1
        if count > most:
            return True
    return False


def _openings(text: bytes) -> int:
    """How many values can begin in `text`, which is no string: one after each comma and in each bracket."""
    return text.count(b",") + text.count(b"[") + text.count(b"{")
