"""The laws of `Tracer`. A law takes one, and a function that says what has ended: of each span its name, the name of
what it is a part of (or None), the kind of its error (or ""), and its attributes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import anyio

from pointsman.services.ports.tracer import Attribute, Tracer

Ended: TypeAlias = tuple[str, str | None, str, Mapping[str, Attribute]]
Read: TypeAlias = Callable[[], list[Ended]]
Law: TypeAlias = Callable[[Tracer, Read], Awaitable[None]]


async def a_span_is_there_when_it_has_ended(tracer: Tracer, read: Read) -> None:
    span = tracer.start("a", {})
    assert read() == []
    span.end()
    assert [(name, parent, error) for name, parent, error, _ in read()] == [("a", None, "")]


async def what_begins_while_a_span_is_active_is_a_part_of_it(tracer: Tracer, read: Read) -> None:
    outer = tracer.start("outer", {})
    with outer.activate():
        inner = tracer.start("inner", {})
        with inner.activate():
            tracer.start("innermost", {}).end()
        tracer.start("second", {}).end()
    beside = tracer.start("beside", {})
    for span in (inner, outer, beside):
        span.end()
    parents = {name: parent for name, parent, *_ in read()}
    assert parents == {"innermost": "inner", "second": "outer", "inner": "outer", "outer": None, "beside": None}


async def to_start_a_span_does_not_make_it_current(tracer: Tracer, read: Read) -> None:
    first, second = tracer.start("first", {}), tracer.start("second", {})
    second.end()
    first.end()
    assert [parent for _, parent, *_ in read()] == [None, None]


async def tasks_begin_where_they_were_started_and_do_not_mix(tracer: Tracer, read: Read) -> None:
    async def work(name: str) -> None:
        span = tracer.start(name, {})
        with span.activate():
            await anyio.lowlevel.checkpoint()
            tracer.start(f"in {name}", {}).end()
        span.end()

    whole = tracer.start("whole", {})
    with whole.activate():
        async with anyio.create_task_group() as group:
            for name in ("one", "two"):
                group.start_soon(work, name)
    whole.end()
    parents = {name: parent for name, parent, *_ in read()}
    assert parents == {"one": "whole", "two": "whole", "in one": "one", "in two": "two", "whole": None}


async def here_is_where_it_was_said(tracer: Tracer, read: Read) -> None:
    one, two = tracer.start("one", {}), tracer.start("two", {})
    outside = tracer.here()
    with one.activate():
        here = tracer.here()
    with two.activate():
        with here():
            tracer.start("in one", {}).end()
        with outside():
            tracer.start("in none", {}).end()
        tracer.start("in two", {}).end()
    two.end()
    one.end()
    parents = {name: parent for name, parent, *_ in read()}
    assert (parents["in one"], parents["in none"], parents["in two"]) == ("one", None, "two")


async def attributes_and_errors_stand_in_the_span(tracer: Tracer, read: Read) -> None:
    span = tracer.start("a", {"mine": "x", "number": 1})
    span.set({"more": ("p", "q"), "mine": "y"})
    span.fail("ModelUnavailable")
    span.end()
    ((_, _, error, attributes),) = read()
    assert error == "ModelUnavailable"
    assert sorted(map(str, attributes.values())) == sorted(["y", "1", str(("p", "q"))])


async def what_is_raised_leaves_the_span_before_current(tracer: Tracer, read: Read) -> None:
    span = tracer.start("a", {})
    try:
        with span.activate():
            raise KeyError("no")
    except KeyError:
        tracer.start("b", {}).end()
    span.end()
    assert {name: parent for name, parent, *_ in read()} == {"a": None, "b": None}


LAWS: tuple[Law, ...] = (
    a_span_is_there_when_it_has_ended,
    what_begins_while_a_span_is_active_is_a_part_of_it,
    to_start_a_span_does_not_make_it_current,
    tasks_begin_where_they_were_started_and_do_not_mix,
    here_is_where_it_was_said,
    attributes_and_errors_stand_in_the_span,
    what_is_raised_leaves_the_span_before_current,
)
