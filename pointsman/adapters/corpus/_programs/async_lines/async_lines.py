"""Lines from connections that give pieces of bytes; a connection is closed whatever happens.

Topics: async, encodings, resources
"""

from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Protocol, Self


class Connection(Protocol):
    """What gives bytes, none at its end."""

    async def read(self) -> bytes:
        """The next piece."""
        ...

    async def close(self) -> None:
        """No more is read."""
        ...


class Reader:
    """A connection as lines of text; use it in `async with`."""

    def __init__(self, connection: Connection, longest: int = 1000) -> None:
        self.connection = connection
        self.longest = longest
        self.rest = b""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.connection.close()

    async def lines(self) -> AsyncIterator[str]:
        """Each line without its end; the last one may lack it. A line that is too long raises ValueError."""
        while data := await self.connection.read():
            *whole, self.rest = (self.rest + data).split(b"\n")
            for line in whole:
                yield line.removesuffix(b"\r").decode("utf-8", errors="replace")
            if len(self.rest) > self.longest:
                raise ValueError("a line is too long")
        if self.rest:
            yield self.rest.decode("utf-8", errors="replace")


async def find(connect: Callable[[str], Connection], hosts: list[str], word: str) -> tuple[str, int, str] | None:
    """Host, number and text of the first line with the word in it; hosts that fail are passed over."""
    for host in hosts:
        try:
            async with Reader(connect(host)) as reader:
                number = 0
                async for line in reader.lines():
                    number += 1
                    if word in line:
                        return host, number, line
        except (ConnectionError, ValueError):
            continue
    return None
