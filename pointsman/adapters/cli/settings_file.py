"""Settings as lines of a settings file in TOML: those that differ from the defaults. No secret stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pointsman.core.json import dumps_text
from pointsman.core.records.write import write_record
from pointsman.core.security.secret import Secret
from pointsman.core.settings import Settings

_SAVED = ("providers", "default_provider", "database")
"""What the database itself keeps, or where it is."""
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def lines_beside_providers(settings: Settings) -> tuple[str, ...]:
    """What `settings` say beyond their providers, a setting a line: `cache.ttl = 3600.0`."""
    said, usual = write_record(settings), write_record(Settings())
    return tuple(_differences({key: one for key, one in said.items() if key not in _SAVED}, usual, ""))


def _differences(said: Mapping[str, Any], usual: Mapping[str, Any], before: str) -> Iterator[str]:
    for key, value in said.items():
        name, default = f"{before}{_key(key)}", usual.get(key)
        if value is None or value == default:
            continue
        if isinstance(value, Mapping):
            yield from _differences(value, default if isinstance(default, Mapping) else {}, f"{name}.")
        elif isinstance(value, Secret):
            yield f"# {name} is a secret, which is not shown"
        else:
            yield f"{name} = {_value(value)}"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else dumps_text(name)


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {_value(one)}" for key, one in value.items() if one is not None)
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, Decimal):
        return dumps_text(str(value))
    return '"…"' if isinstance(value, Secret) else dumps_text(value)
