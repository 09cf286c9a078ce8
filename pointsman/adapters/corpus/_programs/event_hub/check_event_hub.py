"""Checks of events."""

from event_hub import Handler, HandlerErrors, Hub, matches


def failing(error: Exception) -> Handler:
    def handle(topic: str, value: object) -> None:
        raise error

    return handle


def outcome(hub: Hub, topic: str) -> object:
    try:
        return hub.emit(topic)
    except HandlerErrors as errors:
        return [type(error).__name__ for error in errors.errors] + [str(errors)]
    except Exception as error:
        return type(error).__name__


def check_patterns() -> object:
    patterns = ("a", "a.b", "*", "*.*", "a.*", "#", "a.#", "a.b.#", "*.b", "a.#.c", "b.#")
    return [
        [pattern for pattern in patterns if matches(pattern, topic)] for topic in ("a", "a.b", "b", "a.b.c", "", "a.")
    ]


def check_order() -> object:
    hub, log = Hub(), list[str]()

    def note(name: str) -> Handler:
        return lambda topic, value: log.append(f"{name}{topic}{value}")

    for name, pattern in (("1", "a.*"), ("2", "a.b"), ("3", "c"), ("4", "#")):
        hub.on(pattern, note(name))
    return [hub.emit("a.b", 7), hub.emit("c"), hub.emit("d", ""), log]


def check_errors() -> object:
    hub, log = Hub(), list[str]()
    hub.on("one", failing(KeyError()))
    hub.on("two", failing(ValueError()))
    hub.on("two", lambda topic, value: log.append(topic))
    hub.on("two", failing(OSError()))
    hub.on("one", lambda topic, value: log.append(topic))
    return [outcome(hub, "one"), outcome(hub, "two"), outcome(hub, "none"), log]


def check_off() -> object:
    hub, log = Hub(), list[str]()
    off = hub.on("a", lambda topic, value: log.append("x"))
    hub.on("a", lambda topic, value: off())
    hub.on("a", lambda topic, value: log.append("y"))
    found = [hub.emit("a"), hub.emit("a")]
    off()
    return [found, log, len(hub.handlers)]


def check_history() -> object:
    one, other, mine = Hub(), Hub(), list[tuple[str, object]]()
    one.emit("a", 1)
    one.on("b", failing(KeyError()))
    outcome(one, "b")
    Hub(mine).emit("c")
    return [one.history, other.history, mine, Hub().history]


def check_recording() -> object:
    hub, found, seen = Hub(), list[object](), list[list[str]]()
    try:
        with hub.recording("x.*") as topics:
            seen.append(topics)
            for topic in ("x.1", "y.1", "x.2"):
                hub.emit(topic)
            found.append(list(topics))
            raise LookupError
    except LookupError:
        found.append(len(hub.handlers))
    hub.emit("x.3")
    return [found, seen]


def check_interrupts_come_out() -> object:
    def stop(topic: str, value: object) -> None:
        raise KeyboardInterrupt

    hub = Hub()
    hub.on("a", stop)
    try:
        hub.emit("a")
    except KeyboardInterrupt:
        return "KeyboardInterrupt"
    return "nothing"
