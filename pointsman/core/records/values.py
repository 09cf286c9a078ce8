"""One value from outside: raw, with its place, to its type, or a problem; and what is known of a field."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import TypeAlias, TypeVar

import attrs

from pointsman.core.security.secret import Secret


@attrs.frozen(kw_only=True)
class FieldInfo:
    """What the type of a field does not say; it stands beside the type, as in `Annotated[float, FieldInfo(low=0)]`."""

    low: float | None = 0
    """The least number; None: any."""
    high: float | None = None
    """The greatest number; None: any."""
    unit: str = ""
    """Follows `it is not a number` in a problem, such as `of seconds`."""
    hidden: bool = False
    """Whether a value may hold a secret: then it is never quoted."""
    encrypted: bool = False
    """Whether a text is kept encrypted, as a `Secret` always is."""
    title: str = ""
    """What a form calls it; empty: its name."""
    hint: str = ""
    """What a form says beside it."""
    section: str = ""
    """The part of a form that it stands in; empty: it is in none."""
    file_only: str = ""
    """Why it is set in a settings file or a variable alone, and is never saved by a page; empty: it may be."""
    elsewhere: tuple[str, ...] = ()
    """What other programs call it: who writes that is told our name."""


PLAIN_FIELD = FieldInfo()


_Plain = TypeVar("_Plain", str, int, float, bool)
Table: TypeAlias = "dict[str, Raw]"


@attrs.frozen
class Raw:
    """A value as it came; `place` says from where, `text` that it came as text (a variable, a word of a command).

    A table is a dict of others of its kind: see `with_places`.
    """

    value: object = attrs.field(repr=False)
    place: str
    text: bool = False
    is_own: bool = False
    """Whether we have written it ourselves: then its type counts, and bounds do not."""

    @property
    def table(self) -> Table | None:
        """The values of a table by key; None where it is no table."""
        return self.value if isinstance(self.value, dict) else None


@attrs.define
class Problems:
    """What is wrong, each with its place."""

    found: list[str] = attrs.field(factory=list)

    def add(self, place: str, problem: str) -> None:
        """One more."""
        self.found.append(f"{place}: {problem}")


def with_places(value: object, place: str, *, is_own: bool = False, depth: int = 0) -> Raw:
    """`value` with the place of every value in it: those of tables have a dot and their key behind theirs."""
    if not isinstance(value, Mapping) or depth > _DEEPEST:
        return Raw(value if depth <= _DEEPEST else None, place, is_own=is_own)
    return Raw(
        {
            str(key): with_places(one, under(place, str(key)), is_own=is_own, depth=depth + 1)
            for key, one in value.items()
        },
        place,
    )


_DEEPEST = 60
"""Tables in tables that are read: what is deeper is no setting, and would exhaust the stack."""


def under(place: str, key: str) -> str:
    """The place of what stands under `key` in the table at `place`, which may be a file (`p.toml: `) or nothing."""
    return f"{place}{key}" if not place or place.endswith(" ") else f"{place}.{key}"


def outweigh(below: Raw, above: Raw) -> Raw:
    """Both: where they differ `above` wins, except that tables are put together key by key."""
    lower, upper = below.table, above.table
    if lower is None or upper is None:
        return above
    joined = {key: outweigh(lower[key], one) if key in lower else one for key, one in upper.items()}
    return Raw({**lower, **joined}, above.place)


_NAMES: dict[type, str] = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
_TRUTH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def read_value(raw: Raw | None, kind: type[_Plain], problems: Problems, info: FieldInfo = PLAIN_FIELD) -> _Plain | None:
    """`raw` as a `kind` within its bounds; None where it is absent or wrong. Text is read only if it came as text."""
    if raw is None:
        return None
    value = _as_type(raw, kind)
    shown = "the value" if info.hidden else _quote(raw.value)
    if value is None:
        problems.add(raw.place, f"{shown} is not {_NAMES[kind]}{' ' + info.unit if info.unit else ''}")
        return None
    if not isinstance(value, (str, bool)) and not raw.is_own and _is_outside(value, info):
        least = f"{info.low or 0:g}"
        bounds = f"at least {least}" if info.high is None else f"between {least} and {info.high:g}"
        problems.add(raw.place, f"{shown} is not {bounds}")
        return None
    return value


def _quote(value: object) -> str:
    """Enough of a value to be known again; a number may be too long to be written at all."""
    if isinstance(value, int) and abs(value) >= _LONG_NUMBER:
        return "the number"
    text = repr(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


_LONG, _LONG_NUMBER = 200, 10**30


def _is_outside(value: float, info: FieldInfo) -> bool:
    """NaN is outside of everything."""
    return (
        value != value
        or (info.low is not None and value < info.low)
        or (info.high is not None and value > info.high)
        or (isinstance(value, int) and abs(value) >= _MOST)
    )


_MOST = 2**63
"""No whole number that is set is larger than a database can keep."""


def _as_type(raw: Raw, kind: type[_Plain]) -> _Plain | None:
    value = raw.value
    if raw.text and isinstance(value, str):
        return _parse(value, kind)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return kind(value) if abs(value) < _LONG_NUMBER else None
    return value if type(value) is kind and isinstance(value, kind) else None


def _parse(text: str, kind: type[_Plain]) -> _Plain | None:
    if kind is str:
        return kind(text)
    if kind is bool:
        truth = _TRUTH.get(text.strip().lower())
        return None if truth is None else kind(truth)
    try:
        return kind(text)
    except ValueError:
        return None


def read_secret(raw: Raw, problems: Problems) -> Secret | None:
    """A secret: text that is not empty. It is never quoted."""
    value = raw.value.reveal() if isinstance(raw.value, Secret) else raw.value
    if raw.is_own and isinstance(value, str):
        return Secret(value)
    if not isinstance(value, str) or not value.strip():
        problems.add(raw.place, "it is not a text that could be a key")
        return None
    if any(not " " <= letter <= "~" for letter in value.strip()):
        problems.add(raw.place, "it has characters that no key has; was it pasted whole?")
        return None
    return Secret(value.strip())


def choice(raw: Raw, known: Collection[str], what: str, problems: Problems) -> str | None:
    """A name out of `known`, or a problem with the nearest that there is."""
    name = raw.value
    if isinstance(name, str) and name.strip().lower() in known:
        return name.strip().lower()
    if isinstance(name, str) and name in known:
        return name
    problems.add(raw.place, f"{_quote(name)} is not a {what}{near(str(name), known)}")
    return None


def near(name: str, known: Collection[str]) -> str:
    """`; did you mean …?`, or what there is."""
    spelled = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower()[:_LONG], spelled, 1, 0.6)
    if close:
        return f"; did you mean {spelled[close[0]]}?"
    return f"; there are {', '.join(sorted(known))}" if 0 < len(known) <= _MOST_LISTED else ""


_MOST_LISTED = 12
"""Names that one takes in at a glance; all providers, or all settings, would hide the problem itself."""
