"""A settings file of another program, read as ours: the table as it grows, and the fields of one provider in it.

What is translated keeps its place, so that a problem names the line of their file; what has another name, another
meaning or no counterpart is told, and nothing goes in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import attrs

from pointsman.adapters.providers.table import PROVIDERS, row_name
from pointsman.core.records.values import Problems, Raw, Table, outweigh

Path: TypeAlias = tuple[str, ...]
"""The keys that lead to a setting of ours."""


@attrs.define
class Draft:
    """Our table as it grows, and what is to be told of it."""

    environment: Mapping[str, str]
    problems: Problems
    said: Raw = attrs.field(factory=lambda: Raw({}, ""))
    usual: Raw = attrs.field(factory=lambda: Raw({}, ""))
    notes: list[str] = attrs.field(factory=list)

    def put(self, path: Path, raw: Raw) -> None:
        """Say `raw` at `path`."""
        self.said = outweigh(self.said, _at_path(path, raw))

    def put_usual(self, path: Path, value: object, place: str) -> None:
        """Say `value` at `path` where nobody says otherwise."""
        self.usual = outweigh(self.usual, _at_path(path, Raw(value, place)))

    def tell(self, raw: Raw, text: str) -> None:
        """One line about `raw`."""
        self.notes.append(f"{raw.place}: {text}")

    def rename(self, raw: Raw, theirs: str, path: Path) -> None:
        """Say `raw` at `path`, and tell if that is another name."""
        self.put(path, raw)
        if theirs != path[-1]:
            self.tell(raw, f"it is {'.'.join(path)} here")

    def drop(self, raw: Raw, why: str) -> None:
        """Tell why `raw` has no counterpart."""
        self.tell(raw, f"it is left out: {why}")


def _at_path(path: Path, raw: Raw) -> Raw:
    for key in reversed(path):
        raw = Raw({key: raw}, raw.place)
    return raw


_SAME = ("temperature", "max_tokens", "top_p", "timeout", "enabled", "proxy", "headers", "priority", "tags")
_PROVIDER: Mapping[str, Path] = {
    **{name: (name,) for name in _SAME},
    **dict.fromkeys(("model", "model_name", "modelPath"), ("model",)),
    **dict.fromkeys(("base_url", "api_base", "endpoint", "baseUrl"), ("base_url",)),
    **dict.fromkeys(("api_key", "apiKey"), ("api_key",)),
    "maxTokens": ("max_tokens",),
    "topP": ("top_p",),
    "verify_ssl": ("verify_tls",),
    "max_retries": ("retries", "max_retries"),
    "retry_delay": ("retries", "base_delay"),
    "retry_max_delay": ("retries", "max_delay"),
    "retry_exponential_base": ("retries", "exponential_base"),
    "extra_params": ("extra",),
}
"""What others call the fields of a provider, and where they stand in ours."""
_VARIABLE = re.compile(r"\$\{(\w+)\}|(?:process\.env\.|\$)(\w+)!?")


def read_provider(draft: Draft, name: str, table: Table, also: Iterable[str] = ()) -> None:
    """The fields of one provider, but for those that the form itself looks at."""
    root: Path = ("providers", name)
    draft.put(root, Raw({}, f"providers.{name}"))
    for theirs, raw in table.items():
        if theirs in ("provider", "keep_alive", "keep_alive_interval", *also) or raw.value is None:
            continue
        if theirs in ("api_key", "apiKey"):
            _read_key(draft, theirs, raw, (*root, "api_key"))
        elif _PROVIDER.get(theirs) == ("base_url",) and name.startswith("mlx") and _is_path(raw.value):
            draft.put((*root, "model"), raw)
            draft.tell(raw, f"it is a path, and with it providers.{name}.model here")
        else:
            draft.rename(raw, theirs, (*root, *_PROVIDER.get(theirs, (theirs,))))
            if theirs == "timeout":
                draft.tell(raw, "it is the time of a whole call, with its retries, here")
    _read_keep_alive(draft, table, (*root, "keep_alive"))


def _is_path(value: object) -> bool:
    return isinstance(value, str) and "://" not in value and ("/" in value or "\\" in value)


def _read_key(draft: Draft, theirs: str, raw: Raw, path: Path) -> None:
    """A key: of none nothing is said, a variable is looked up, and what only they can decrypt is told."""
    text = raw.value if isinstance(raw.value, str) else ""
    named = _VARIABLE.fullmatch(text.strip())
    if not text.strip():
        return
    if text.startswith("gAAAA"):
        draft.drop(
            raw, f"it is encrypted by the other program; give it by `pointsman settings set {path[1]} api_key=-`"
        )
    elif named is None:
        draft.rename(raw, theirs, path)
    elif found := draft.environment.get(named[1] or named[2], "").strip():
        draft.put(path, Raw(found, raw.place, text=True))
    else:
        draft.problems.add(raw.place, f"the variable {named[1] or named[2]!r} is not set")


def _read_keep_alive(draft: Draft, table: Table, path: Path) -> None:
    """A switch and its interval, which are one number of seconds here."""
    switch, interval = table.get("keep_alive"), table.get("keep_alive_interval")
    if switch is not None and not isinstance(switch.value, bool):
        draft.put(path, switch)
    elif switch is not None and switch.value:
        seconds = interval or Raw(300, switch.place)
        draft.put(path, seconds)
        draft.tell(switch, f"with keep_alive_interval it is {'.'.join(path)} = {seconds.value} here")
    elif interval is not None:
        draft.drop(interval, "without keep_alive nothing is asked to stay loaded")


def provider_named(raw: Raw | None, problems: Problems) -> str:
    """Which of our providers a text names."""
    text = raw.value if raw is not None and isinstance(raw.value, str) else ""
    name = row_name(text)
    if raw is not None and name not in PROVIDERS:
        problems.add(raw.place, f"{text!r} is not a kind of provider")
    return name
