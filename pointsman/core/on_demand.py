"""What is loaded when it is first used: names of a package, and services. Loaded with the package itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MethodType
from typing import TypeVar, cast

_Value = TypeVar("_Value")


def load_name(name: str, places: Mapping[str, str], names: dict[str, object]) -> object:
    """The value of `name`, from the module that `places` says; it is kept among the `names` of the package."""
    module = places.get(name)
    if module is None:
        raise AttributeError(f"module {names['__name__']!r} has no attribute {name!r}")
    value: object = getattr(import_module(module), name)
    names[name] = value
    return value


class _OnFirstUse:
    """Stands for what `build` gives, and has all of its attributes; each is looked up once."""

    def __init__(self, build: Callable[[], object]) -> None:
        self._build = build
        self._built: list[object] = []

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # what Python itself looks for, to copy it, say: nothing is built for that
            raise AttributeError(name)
        found: object = getattr(self._value(), name)
        if isinstance(found, MethodType):
            self.__dict__[name] = found
        return found

    def _value(self) -> object:
        if not self._built:
            self._built.append(self._build())
        return self._built[0]

    def __dir__(self) -> list[str]:
        return dir(self._value())

    def __repr__(self) -> str:
        return repr(self._built[0]) if self._built else f"<{type(self).__name__}>"


def on_first_use(build: Callable[[], _Value]) -> _Value:
    """What `build` gives, built and loaded when an attribute of it is first asked for.

    It is for implementations of ports, which are known by their attributes alone: `isinstance` does not see what they
    are, and `build` must not fail.
    """
    return cast("_Value", _OnFirstUse(build))
