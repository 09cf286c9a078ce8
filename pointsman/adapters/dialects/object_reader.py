"""Reads the JSON of a request field by field, and knows which fields nobody asked for. It may not know any dialect.

What is of the wrong type is a problem, never a silent default; what is unread at the end is reported as untranslated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, KeysView
from functools import lru_cache
from typing import TypeVar

import attrs

from pointsman.adapters.dialects.dialect import Inbound
from pointsman.core.chat.original import Untranslated
from pointsman.core.error import InvalidRequest
from pointsman.core.json import Json, JsonObject, as_object, float_or_none, int_or_none

_Value = TypeVar("_Value")
_INDEX = re.compile(r"\[\d+\]")
_MAX_NAME = 100
"""Letters of a name that is remembered; longer ones are nobody's."""
_MAX_UNTRANSLATED = 100
"""Paths that are told of one request; a client's text must not make our answers grow without end."""


@attrs.define
class ReadLog:
    """What was found while one request was read."""

    problems: list[str] = attrs.field(factory=list)
    """What is wrong, each with its path."""
    _untranslated: dict[str, Untranslated] = attrs.field(factory=dict)

    @property
    def list_untranslated(self) -> tuple[Untranslated, ...]:
        """What has no place in our types, each path once."""
        return tuple(self._untranslated.values())

    def add_untranslated(self, path: str, *, essential: bool = False) -> None:
        """Report that what stands at `path` was not read."""
        pattern = _INDEX.sub("[]", path)[:200]
        if pattern not in self._untranslated and (essential or len(self._untranslated) < _MAX_UNTRANSLATED):
            self._untranslated[pattern] = Untranslated(pattern, essential)


def invalid_request(log: ReadLog, model: str) -> InvalidRequest:
    """The error that lists all that is wrong with a body."""
    problems = tuple(log.problems)
    return InvalidRequest(detail="; ".join(problems), problems=problems, model=model or None)


def camel_case(name: str) -> str:
    """`name` as Google's JSON has it: `top_k` and `topK` are one field (protobuf's JSON mapping)."""
    return _camel_case(name) if len(name) <= _MAX_NAME else name


@lru_cache(maxsize=1024)
def _camel_case(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest) if head else name


class ObjectReader:
    """One JSON object. A field that is null counts as absent."""

    __slots__ = ("_camel", "_fields", "_inner", "_read", "log", "path", "value")

    def __init__(self, value: object, path: str, log: ReadLog, *, camel: bool = False) -> None:
        """With `camel`, fields are asked for in camel case and found in snake case too, below this object as well."""
        fields: JsonObject = as_object(value)
        self.value: JsonObject = fields
        """The object as it came."""
        self._fields = {camel_case(name): item for name, item in self.value.items()} if camel else fields
        self._camel = camel
        self._read: set[str] = set()
        self._inner: dict[str, ObjectReader] = {}
        self.path: str = path
        self.log: ReadLog = log
        if value is not None and not isinstance(value, dict):
            log.problems.append(f"{path or 'the body'}: it is not an object")

    def __contains__(self, name: str) -> bool:
        """Whether the field is there and not null. Looking does not read it."""
        return self._fields.get(name) is not None

    @property
    def names(self) -> KeysView[str]:
        """The fields that are there, null or not."""
        return self._fields.keys()

    def place(self, name: str) -> str:
        """The path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def raw(self, name: str) -> Json:
        """Any value; None where it is absent."""
        self._read.add(name)
        return self._fields.get(name)

    def text(self, name: str) -> str | None:
        """A text; the empty one counts."""
        value = self.raw(name)
        if value is None or isinstance(value, str):
            return value
        self._report_type(name, "text")
        return None

    def flag(self, name: str) -> bool | None:
        """True or false."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return value
        self._report_type(name, "true or false")
        return None

    def number(self, name: str) -> float | None:
        """A finite number."""
        value = self.raw(name)
        number = float_or_none(value)
        if number is None and value is not None:
            self._report_type(name, "a number")
        return number

    def whole(self, name: str) -> int | None:
        """A whole number; 3.0 is one."""
        value = self.raw(name)
        number = int_or_none(value)
        if number is None and value is not None:
            self._report_type(name, "a whole number")
        return number

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, or one text."""
        value = self.raw(name)
        items = [value] if isinstance(value, str) else value
        if items is None:
            return ()
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            self.problem(name, "it is neither text nor a list of texts")
            return ()
        return tuple(item for item in items if isinstance(item, str))

    def items(self, name: str) -> list[Json]:
        """A list of anything; empty where it is absent."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.problem(name, "it is not a list")
            return []
        return value

    def inner(self, name: str) -> ObjectReader:
        """The object of that name, empty where it is absent; always the same one. It is closed with this."""
        inner = self._inner.get(name)
        if inner is None:
            inner = ObjectReader(self.raw(name), self.place(name), self.log, camel=self._camel)
            self._inner[name] = inner
        return inner

    def objects(self, name: str) -> list[ObjectReader]:
        """A list of objects. Whoever reads them closes each."""
        return [self.item(name, at, item) for at, item in enumerate(self.items(name))]

    def item(self, name: str, at: int, value: Json) -> ObjectReader:
        """The reader of one item of a list, which whoever reads it closes."""
        return ObjectReader(value, f"{self.place(name)}[{at}]", self.log, camel=self._camel)

    def skip(self, *names: str) -> None:
        """These fields are known and say nothing that another dialect would miss."""
        self._read.update(names)

    def problem(self, name: str, text: str) -> None:
        """Report that a field is wrong."""
        self.log.problems.append(f"{self.place(name)}: {text}")

    def close(self, essential: Iterable[str] = ()) -> None:
        """Report all fields that nobody read, here and in the objects in it; `essential` ones change what is asked."""
        for inner in self._inner.values():
            inner.close(essential)
        if len(self._read) >= len(self._fields) and self._read.issuperset(self._fields):
            return
        for name, value in self._fields.items():
            if name not in self._read and value is not None:
                self.log.add_untranslated(self.place(name), essential=name in essential)

    def _report_type(self, name: str, kind: str) -> None:
        self.problem(name, f"it is not {kind}")


def read_model_name(inbound: Inbound, body: ObjectReader) -> str:
    """The model that is asked for: that of the path, else the one in the body, which must have one then."""
    model = inbound.model or body.text("model") or ""
    body.skip("model")
    if not model:
        body.problem("model", "it is missing")
    return model
