"""One value of the settings at a time: raw, with its place, to its type, or a problem."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import TypeVar
from urllib.parse import urlsplit

import attrs

from pointsman.core.security.secret import Secret

_Plain = TypeVar("_Plain", str, int, float, bool)


@attrs.frozen
class Raw:
    """A value as it was found; `place` says where, `text` that it came as text (from the environment)."""

    value: object = attrs.field(repr=False)
    place: str
    text: bool = False


@attrs.define
class Problems:
    """What is wrong, each with its place."""

    found: list[str] = attrs.field(factory=list)

    def add(self, place: str, problem: str) -> None:
        """One more."""
        self.found.append(f"{place}: {problem}")


_NAMES: dict[type, str] = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
_TRUTH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def read_value(
    raw: Raw | None,
    kind: type[_Plain],
    problems: Problems,
    low: float | None = None,
    high: float | None = None,
    *,
    unit: str = "",
    hidden: bool = False,
) -> _Plain | None:
    """`raw` as a `kind` within its bounds; None where it is absent or wrong. Text is read only if it came as text."""
    if raw is None:
        return None
    value = _typed(raw, kind)
    shown = "the value" if hidden else repr(raw.value)
    if value is None:
        problems.add(raw.place, f"{shown} is not {_NAMES[kind]}{' ' + unit if unit else ''}")
        return None
    if _outside(value, low, high):
        bounds = f"at least {low or 0:g}" if high is None else f"between {low or 0:g} and {high:g}"
        problems.add(raw.place, f"{shown} is not {bounds}")
        return None
    return value


def _outside(value: str | float, low: float | None, high: float | None) -> bool:
    if isinstance(value, str):
        return False
    return (low is not None and not value >= low) or (high is not None and not value <= high)


def _typed(raw: Raw, kind: type[_Plain]) -> _Plain | None:
    value = raw.value
    if raw.text and isinstance(value, str):
        return _parsed(value, kind)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return kind(value)
    return value if type(value) is kind and isinstance(value, kind) else None


def _parsed(text: str, kind: type[_Plain]) -> _Plain | None:
    if kind is str:
        return kind(text)
    if kind is bool:
        truth = _TRUTH.get(text.strip().lower())
        return None if truth is None else kind(truth)
    try:
        return kind(text)
    except ValueError:
        return None


def secret(raw: Raw | None, problems: Problems) -> Secret | None:
    """A secret: text that is not empty. It is never quoted."""
    if raw is None:
        return None
    if not isinstance(raw.value, str) or not raw.value.strip():
        problems.add(raw.place, "it is not a text that could be a key")
        return None
    if any(not " " <= letter <= "~" for letter in raw.value.strip()):
        problems.add(raw.place, "it has characters that no key has; was it pasted whole?")
        return None
    return Secret(raw.value.strip())


def base_url(raw: Raw | None, path: str, problems: Problems) -> str | None:
    """An http address without a slash at its end; `path` is appended where it has no path of its own."""
    text = read_value(raw, str, problems, hidden=True)
    if text is None or raw is None:
        return None
    text = text.strip().rstrip("/")
    if "://" not in text:
        text = f"http://{text}"
    problem = _url_problem(text)
    if problem:
        problems.add(raw.place, problem)
        return None
    parts = urlsplit(text)
    if parts.hostname in _EVERYWHERE:  # where a server listens; it is asked here
        text = text.replace(*_EVERYWHERE[parts.hostname], 1)
    return text if parts.path else text + path


_EVERYWHERE = {"0.0.0.0": ("0.0.0.0", "127.0.0.1"), "::": ("[::]", "[::1]")}


def _url_problem(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is not an address such as http://localhost:1234/v1"
    if parts.scheme not in ("http", "https") or not host or any(letter.isspace() for letter in text):
        return "it is not an address such as http://localhost:1234/v1"
    if parts.username is not None or parts.password is not None:
        return "it holds a user name or password; give keys by api_key"
    return "it has a query or a fragment; leave that out" if parts.query or parts.fragment else None


def choice(raw: Raw, known: Collection[str], what: str, problems: Problems) -> str | None:
    """A name out of `known`, or a problem with the nearest that there is."""
    name = raw.value
    if isinstance(name, str) and name.strip().lower() in known:
        return name.strip().lower()
    if isinstance(name, str) and name in known:
        return name
    problems.add(raw.place, f"{name!r} is not a {what}{near(str(name), known)}")
    return None


def near(name: str, known: Collection[str]) -> str:
    """`; did you mean …?`, or what there is."""
    close = difflib.get_close_matches(name.lower(), known, 1, 0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; there are {', '.join(sorted(known))}" if len(known) <= 40 else ""
