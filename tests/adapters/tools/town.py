"""A network of names and public addresses that lead to servers on loopback, which remembers what was asked; answers."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import attrs
from anyio.abc import ByteStream
from returns.result import Result

from pointsman.core.json import dumps_text
from pointsman.services.ports.tools import ToolFunction
from tests.adapters.http1.peer import Serve, listening, silence

SHOP, BANK = "93.184.215.14", "2606:4700:4700::1111"
SECRET = "the secret"


@attrs.define
class Town:
    """`names` maps a name to its answers, one a question, the last for ever; `doors` an address to a port on loopback.

    An address without a door is connected to as it is.
    """

    names: dict[str, list[Sequence[str]]] = attrs.field(factory=dict)
    doors: dict[str, int] = attrs.field(factory=dict)
    asked: list[str] = attrs.field(factory=list)
    reached: list[tuple[str, int]] = attrs.field(factory=list)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """The next answer for that name."""
        self.asked.append(host)
        answers = self.names.get(host, [()])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def connect(self, address: str, port: int) -> ByteStream:
        """Through the door of that address, or really there."""
        self.reached.append((address, port))
        if address in self.doors:
            return await anyio.connect_tcp("127.0.0.1", self.doors[address])
        return await anyio.connect_tcp(address, port)


def shop(port: int, *more: Sequence[str]) -> Town:
    """A town in which shop.example is a server on loopback that looks public; then its name leads to `more`."""
    return Town({"shop.example": [(SHOP,), *more]}, {SHOP: port})


async def call(tool: ToolFunction, **arguments: object) -> Result[str, str]:
    """Run the tool as a model does; what it said."""
    return (await tool.run(dumps_text(arguments))).map(lambda content: str(content[0]))


def page(body: bytes = b"hello", kind: str = "text/plain", *headers: str, status: str = "200 OK") -> bytes:
    """A whole answer."""
    head = [f"HTTP/1.1 {status}", f"content-type: {kind}", f"content-length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def redirect(location: str, status: int = 302) -> bytes:
    """An answer that leads elsewhere."""
    return f"HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n".encode()


def endless(head: bytes, piece: bytes) -> Serve:
    """A server that sends `piece` until nobody takes it."""

    async def serve(stream: ByteStream, request: bytes) -> bool:
        await stream.send(head)
        while True:
            await stream.send(piece)

    return serve


async def free_port() -> int:
    """A port on which nobody listens."""
    async with listening(silence) as peer:
        pass
    return peer.port
