"""Names of a package that are loaded when they are first used. Short: it is loaded with the package itself."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module


def load_name(name: str, places: Mapping[str, str], names: dict[str, object]) -> object:
    """The value of `name`, from the module that `places` says; it is kept among the `names` of the package."""
    module = places.get(name)
    if module is None:
        raise AttributeError(f"module {names['__name__']!r} has no attribute {name!r}")
    value: object = getattr(import_module(module), name)
    names[name] = value
    return value
