"""Events by topic with wildcards; subscribers may fail, one after the other is told, some only once.

Topics: events, errors
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Handler = Callable[[str, object], None]


class HandlerErrors(Exception):
    """Errors of several handlers, in the order of the handlers."""

    def __init__(self, errors: list[Exception]) -> None:
        super().__init__(", ".join(type(error).__name__ for error in errors))
        self.errors = errors


def matches(pattern: str, topic: str) -> bool:
    """Whether the parts are equal; `*` stands for one part, `#` at the end for any number of them."""
    wanted, given = pattern.split("."), topic.split(".")
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        given = given[: len(wanted)]
    return len(wanted) == len(given) and all(one in ("*", other) for one, other in zip(wanted, given, strict=True))


class Hub:
    """Handlers by pattern."""

    def __init__(self, history: list[tuple[str, object]] | None = None) -> None:
        self.handlers: list[tuple[str, Handler]] = []
        self.history = [] if history is None else history

    def on(self, pattern: str, handler: Handler) -> Callable[[], None]:
        """Call the handler for each topic that matches; what is given takes it away again."""
        entry = (pattern, handler)
        self.handlers.append(entry)

        def off() -> None:
            if entry in self.handlers:
                self.handlers.remove(entry)

        return off

    def emit(self, topic: str, value: object = None) -> int:
        """How many handlers were called; their errors come together, after all were called."""
        self.history.append((topic, value))
        errors: list[Exception] = []
        called = 0
        for pattern, handler in tuple(self.handlers):
            if not matches(pattern, topic):
                continue
            called += 1
            try:
                handler(topic, value)
            except Exception as error:
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise HandlerErrors(errors)
        return called

    @contextmanager
    def recording(self, pattern: str) -> Iterator[list[str]]:
        """The topics that come meanwhile."""
        topics: list[str] = []
        off = self.on(pattern, lambda topic, value: topics.append(topic))
        try:
            yield topics
        finally:
            off()
