"""Every effect that a program asks for by a public name has one shape: a `FutureResult`, which composes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import get_overloads

import pointsman
import pointsman.pipelines

_BETWEEN_CLIENTS = ("call", "before")
"""From client to client answers go as plain `Result`s: see `docs/decisions/01-returns-at-the-doors.md`."""


def public_functions() -> Iterator[tuple[str, object]]:
    """Functions of the doors, and methods of the classes in them, by their names."""
    for door in (pointsman, pointsman.pipelines):
        for name in dir(door):
            thing = getattr(door, name)
            if name.startswith("_") or not getattr(thing, "__module__", "").startswith("pointsman"):
                continue
            yield name, thing
            if inspect.isclass(thing):
                yield from ((f"{name}.{one}", member) for one, member in vars(thing).items() if one[0] != "_")


def test_no_public_function_gives_a_result_by_a_plain_coroutine() -> None:
    functions = dict(public_functions())
    assert {"image_from", "DocumentReader.read", "Healer.heal", "Manager.learn"} <= functions.keys()
    plain = [
        name
        for name, thing in functions.items()
        if inspect.iscoroutinefunction(thing)
        and str(inspect.signature(thing).return_annotation).startswith("Result[")
        and not name.rpartition(".")[2].startswith(_BETWEEN_CLIENTS)
    ]
    assert plain == ["settle"]


def _annotations(thing: object) -> Iterator[str]:
    """What a function says of its types, each of its overloads where it has any."""
    plain = thing.fget if isinstance(thing, property) else getattr(thing, "__func__", thing)
    if inspect.isfunction(plain):
        for one in get_overloads(plain) or [plain]:
            yield from map(str, one.__annotations__.values())


def test_no_public_signature_says_any() -> None:
    vague = {
        name
        for name, thing in public_functions()
        for text in _annotations(thing)
        if re.search(r"\bAny\b", text.replace("Coroutine[Any, Any, ", "Coroutine["))  # what is sent into it
    }
    assert vague == set()
