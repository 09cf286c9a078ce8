"""A small language for what a vendor takes: shapes of JSON as data, and one walk that finds what does not fit.

Pure and total: `problems` takes any value and never raises. It knows no vendor and no words; each vendor says a
`Problem` in its own. Nothing here is shared with what writes requests, so that one cannot excuse the other.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeAlias, assert_never

import attrs

from pointsman.core.json import Json, JsonObject

Step: TypeAlias = str | int
Kind: TypeAlias = Literal["null", "boolean", "integer", "number", "string", "array", "object"]
Fault: TypeAlias = Literal[
    "unknown", "missing", "type", "choice", "tag", "below", "above", "short", "long", "pattern", "base64", "deep"
]
MOST_STEPS = 100
"""How deep a body is looked at; Google's own parser gives up at the same depth."""


@attrs.frozen(kw_only=True)
class Tag:
    """A step of a path that is not in the body: the member of a union that was chosen, as Anthropic's paths have it."""

    name: str


Place: TypeAlias = tuple[Step | Tag, ...]


@attrs.frozen
class Problem:
    """What does not fit: the `fault`, where it is, the `value` that is there, and the shape that was wanted."""

    fault: Fault
    place: Place
    value: Json = None
    wanted: Shape | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The place without the tags of unions."""
        return tuple(step for step in self.place if not isinstance(step, Tag))


@attrs.frozen
class Anything:
    """Any JSON."""


@attrs.frozen
class Null:
    """null."""


@attrs.frozen
class Flag:
    """true or false."""


@attrs.frozen(kw_only=True)
class TextType:
    """A string; `pattern` has to match all of it, and its length is bounded by `least` and `most` characters."""

    pattern: str | None = None
    least: int = 0
    most: int | None = None


@attrs.frozen
class Base64:
    """Bytes in the standard alphabet; with `url_safe` in the other one too."""

    url_safe: bool = False


@attrs.frozen
class Number:
    """A number from `least` to `most`; with `whole` an integer. `lenient` takes it as a string too (Google's JSON)."""

    least: float | None = None
    most: float | None = None
    whole: bool = False
    lenient: bool = False


@attrs.frozen
class OneOf:
    """One of some strings; `name` is what the vendor calls the set, where it says it."""

    words: tuple[str, ...]
    name: str = ""


@attrs.frozen
class Items:
    """An array of `least` to `most` of one shape; with `lone` one that stands alone is taken as an array of one."""

    of: Shape
    least: int = 0
    most: int | None = None
    lone: bool = False


@attrs.frozen
class Table:
    """An object with any names and values of one shape. With `numbered` places count its entries (`[2].value`)."""

    of: Shape
    most: int | None = None
    numbered: bool = False


@attrs.frozen
class Record:
    """An object of named fields. `aliases` are other spellings and the names they stand for.

    With `open` names that it has no field for are ignored; else they are unknown.
    """

    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    aliases: Mapping[str, str] = attrs.field(factory=dict)
    open: bool = False


@attrs.frozen
class Tagged:
    """An object whose field `tag` says which of `members` it is; without it, it is `default`, if there is one."""

    tag: str
    members: Mapping[str, Record | Tagged]
    default: str | None = None


@attrs.frozen
class Either:
    """The first of `options` that takes a value of this kind."""

    options: tuple[Shape, ...]


@attrs.frozen
class Later:
    """A shape that holds itself, looked up when it is needed."""

    shape: Callable[[], Shape]


Shape: TypeAlias = (
    Anything | Null | Flag | TextType | Base64 | Number | OneOf | Items | Table | Record | Tagged | Either | Later
)

ANYTHING, NULL, FLAG, TEXT, NUMBER = Anything(), Null(), Flag(), TextType(), Number()
WHOLE = Number(whole=True)
COUNT = Number(0, whole=True)
OBJECT = Table(ANYTHING)
TEXTS = Items(TEXT)


def maybe(shape: Shape) -> Either:
    """`shape` or null."""
    return Either((NULL, *(shape.options if isinstance(shape, Either) else (shape,))))


def choice(*words: str) -> OneOf:
    """One of `words`."""
    return OneOf(words)


def record(need: Mapping[str, Shape] | None = None, /, **may: Shape) -> Record:
    """A record with the fields that it needs and those that it may have."""
    needed = dict(need or {})
    return Record({**needed, **may}, tuple(needed))


def union(tag: str, default: str | None = None, /, **members: Record) -> Tagged:
    """A union by `tag`, which each of its members then has as a field."""
    return Tagged(tag, {name: _with_tag(tag, name, member) for name, member in members.items()}, default)


def _with_tag(tag: str, name: str, member: Record) -> Record:
    return attrs.evolve(member, fields={**member.fields, tag: member.fields.get(tag, OneOf((name,)))})


def kind_of(value: Json) -> Kind:
    """What JSON calls `value`; a number without a fraction is an integer."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def kinds(shape: Shape) -> tuple[Kind, ...]:
    """The kinds of JSON that `shape` takes."""
    match shape:
        case Anything():
            return ("null", "boolean", "integer", "number", "string", "array", "object")
        case Null():
            return ("null",)
        case Flag():
            return ("boolean",)
        case TextType() | Base64() | OneOf():
            return ("string",)
        case Number(_, _, whole, lenient):
            return ("integer", *(() if whole else ("number",)), *(("string",) if lenient else ()))
        case Items(of, _, _, lone):
            return ("array", *(kinds(of) if lone else ()))
        case Table() | Record() | Tagged():
            return ("object",)
        case Either(options):
            return tuple(dict.fromkeys(kind for option in options for kind in kinds(option)))
        case Later(inner):
            return kinds(inner())
    assert_never(shape)


def problems(shape: Shape, value: Json, place: Place = ()) -> Iterator[Problem]:
    """What of `value` does not fit `shape`, in the order in which it stands in the body."""
    if len(place) > MOST_STEPS:
        yield Problem("deep", place, None, shape)
        return
    match shape:
        case Later(inner):
            yield from problems(inner(), value, place)
        case Either():
            yield from _either(shape, value, place)
        case _ if kind_of(value) not in kinds(shape):
            yield Problem("type", place, value, shape)
        case Items(of, _, _, lone) if lone and not isinstance(value, list):
            yield from problems(of, value, place)
        case _:
            yield from _inside(shape, value, place)


def _either(shape: Either, value: Json, place: Place) -> Iterator[Problem]:
    kind = kind_of(value)
    chosen = next((option for option in shape.options if kind in kinds(option)), None)
    if chosen is None:
        yield Problem("type", place, value, shape)
    else:
        yield from problems(chosen, value, place)


def _inside(shape: Shape, value: Json, place: Place) -> Iterator[Problem]:
    """What is wrong inside a value of the right kind."""
    match shape, value:
        case OneOf(words), str(word) if word not in words:
            yield Problem("choice", place, value, shape)
        case TextType(), str(text):
            yield from _text(shape, text, place)
        case Base64(url_safe), str(text) if decode_base64(text, url_safe) is None:
            yield Problem("base64", place, value, shape)
        case Number(), bool() | int() | float() | str():
            yield from _number(shape, value, place)
        case Items(of), list(items):
            yield from _length(len(items), shape.least, shape.most, Problem("short", place, value, shape))
            for at, item in enumerate(items):
                yield from problems(of, item, (*place, at))
        case Table(of), dict(fields):
            yield from _length(len(fields), 0, shape.most, Problem("short", place, value, shape))
            for at, (name, inner) in enumerate(fields.items()):
                yield from problems(of, inner, (*place, *((at, "value") if shape.numbered else (name,))))
        case Record(), dict(fields):
            yield from _record(shape, fields, place)
        case Tagged(), dict(fields):
            yield from _member(shape, fields, place)
        case _:
            return


def _text(shape: TextType, text: str, place: Place) -> Iterator[Problem]:
    yield from _length(len(text), shape.least, shape.most, Problem("short", place, text, shape))
    if shape.pattern is not None and not re.fullmatch(shape.pattern, text):
        yield Problem("pattern", place, text, shape)


def _length(length: int, least: int, most: int | None, problem: Problem) -> Iterator[Problem]:
    if length < least:
        yield problem
    elif most is not None and length > most:
        yield attrs.evolve(problem, fault="long")


def _number(shape: Number, value: bool | int | float | str, place: Place) -> Iterator[Problem]:
    number = _numeric(value) if isinstance(value, str) else float(value) if abs(value) < 1e300 else float("inf")
    if number is None or (shape.whole and not number.is_integer()):
        yield Problem("type", place, value, shape)
    elif shape.least is not None and number < shape.least:
        yield Problem("below", place, value, shape)
    elif shape.most is not None and number > shape.most:
        yield Problem("above", place, value, shape)


def _numeric(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", text) else None


def _record(shape: Record, fields: JsonObject, place: Place) -> Iterator[Problem]:
    present: set[str] = set()
    for name, inner in fields.items():
        known = shape.aliases.get(name, name)
        present.add(known)
        if known in shape.fields:
            yield from problems(shape.fields[known], inner, (*place, known))
        elif not shape.open:
            yield Problem("unknown", (*place, name), inner, shape)
    for name in shape.required:
        if name not in present:
            yield Problem("missing", (*place, name), None, shape)


def _member(shape: Tagged, fields: JsonObject, place: Place) -> Iterator[Problem]:
    tag = fields.get(shape.tag, shape.default)
    if tag is None and shape.default is not None:
        tag = shape.default
    if tag is None:
        yield Problem("missing", (*place, shape.tag), None, shape)
    elif not isinstance(tag, str) or tag not in shape.members:
        yield Problem("tag", (*place, shape.tag), tag, shape)
    else:
        yield from _inside(shape.members[tag], fields, (*place, Tag(name=tag)))


def decode_base64(text: str, url_safe: bool = False) -> bytes | None:
    """The bytes that `text` is the base64 of, or None where it is not base64."""
    plain = text.replace("-", "+").replace("_", "/") if url_safe else text
    try:
        return base64.b64decode(plain + ("=" * (-len(plain) % 4) if url_safe else ""), validate=True)
    except (binascii.Error, ValueError):
        return None
