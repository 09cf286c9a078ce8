"""Checks of events."""

import asyncio

from async_events import Events, Handler, Stop


def handler(name: str, log: list[str], error: Exception | None = None) -> Handler:
    async def handle(data: dict[str, object]) -> object:
        log.append(f"+{name}")
        await asyncio.sleep(0)
        data[name] = len(data)
        log.append(f"-{name}")
        if error is not None:
            raise error
        return f"{name} {data['event']}"

    return handle


def check_order() -> object:
    log: list[str] = []
    events = Events()
    for name, priority in (("a", 5), ("b", -1), ("c", 5), ("d", 0), ("e", -1)):
        events.on("x", handler(name, log), priority)
    return [asyncio.run(events.emit("x")), log]


def check_once() -> object:
    log: list[str] = []
    events = Events()
    events.on("x", handler("a", log), once=True)
    events.on("x", handler("b", log))
    events.on("x", handler("c", log), once=True)
    return [asyncio.run(events.emit("x")), asyncio.run(events.emit("x")), log]


def check_stop() -> object:
    log: list[str] = []
    events = Events()
    events.on("x", handler("a", log))
    events.on("x", handler("b", log, Stop()))
    events.on("x", handler("c", log))
    return [asyncio.run(events.emit("x")), log]


def check_errors_come_out() -> object:
    log: list[str] = []
    events = Events()
    events.on("x", handler("a", log, KeyError("k")), once=True)
    events.on("x", handler("b", log))
    try:
        asyncio.run(events.emit("x"))
    except KeyError:
        log.append("KeyError")
    return [log, asyncio.run(events.emit("x"))]


def check_every_event_has_its_own_data() -> object:
    seen: list[dict[str, object]] = []

    async def keep(data: dict[str, object]) -> object:
        seen.append(dict(data))
        data["old"] = True
        return len(data)

    events = Events()
    events.on("x", keep)
    events.on("y", keep)
    answers = [asyncio.run(events.emit(name)) for name in ("x", "y", "x")]
    mine: dict[str, object] = {"event": "mine"}
    asyncio.run(events.emit("x", mine))
    return [answers, seen, mine]


def check_side_by_side() -> object:
    log: list[str] = []
    events = Events()
    events.on("x", handler("a", log))
    events.on("x", handler("b", log))
    events.on("y", handler("c", log))
    return [asyncio.run(events.emit_all("x", "y", "z")), log, asyncio.run(events.emit_all())]


def check_a_handler_adds_one() -> object:
    log: list[str] = []
    events = Events()

    async def add(data: dict[str, object]) -> object:
        events.on("x", handler("new", log))
        return "added"

    events.on("x", add)
    return [asyncio.run(events.emit("x")), asyncio.run(events.emit("x")), asyncio.run(events.emit("nothing"))]
