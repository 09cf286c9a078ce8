"""Checks of lines."""

import asyncio

from async_lines import Reader, find


class Pieces:
    """Gives pieces, then an error if there is one; remembers how it was used."""

    def __init__(self, *pieces: bytes, error: Exception | None = None) -> None:
        self.pieces = list(pieces)
        self.error = error
        self.closed = 0

    async def read(self) -> bytes:
        await asyncio.sleep(0)
        if self.pieces:
            return self.pieces.pop(0)
        if self.error is not None:
            raise self.error
        return b""

    async def close(self) -> None:
        await asyncio.sleep(0)
        self.closed += 1


def lines(source: Pieces, longest: int = 1000) -> object:
    async def main() -> object:
        found = []
        try:
            async with Reader(source, longest) as reader:
                async for line in reader.lines():
                    found.append(line)
        except Exception as error:
            found.append(type(error).__name__)
        return [found, source.closed]

    return asyncio.run(main())


def search(hosts: dict[str, Pieces], word: str) -> object:
    def connect(host: str) -> Pieces:
        if host not in hosts:
            raise ConnectionRefusedError(host)
        return hosts[host]

    try:
        found: object = asyncio.run(find(connect, ["x", *hosts], word))
    except Exception as error:
        found = type(error).__name__
    return [found, [host.closed for host in hosts.values()]]


def check_lines() -> object:
    return [
        lines(Pieces()),
        lines(Pieces(b"\n")),
        lines(Pieces(b"a", b"\n", b"b\r\n\r\n", b"c\rd")),
        lines(Pieces(b"\na\r\r\n")),
    ]


def check_letters_in_pieces() -> object:
    data = "größe €\n😀".encode()
    return lines(Pieces(*(data[place : place + 1] for place in range(len(data)))))


def check_bad_bytes() -> object:
    return lines(Pieces(b"a\xff\nb\xc3"))


def check_long_lines() -> object:
    return [lines(Pieces(b"abc\nabc", b"d\n"), longest) for longest in (2, 3, 4)]


def check_default_length() -> object:
    return [lines(Pieces(b"x" * size, b"\n")) == [["x" * size], 1] for size in (999, 1000, 1001)]


def check_errors_close() -> object:
    return lines(Pieces(b"a\nb", error=ConnectionResetError()))


def check_find() -> object:
    hosts = {"a": Pieces(b"one\n"), "b": Pieces(b"two\nthree\n", b"three\n"), "c": Pieces(b"three\n")}
    first = asyncio.run(find(lambda host: Pieces(b"b\na\n"), ["one", "two"], "a"))
    return [first, search(hosts, "three")]


def check_hosts_that_fail() -> object:
    hosts = {"a": Pieces(b"x" * 1500), "b": Pieces(error=ConnectionAbortedError()), "c": Pieces("Zoë\n".encode())}
    return search(hosts, "ë")


def check_other_errors_come_out() -> object:
    return search({"a": Pieces(error=KeyError("k")), "b": Pieces(b"w\n")}, "w")


def check_nothing_is_found() -> object:
    return search({"a": Pieces(b"one\n"), "b": Pieces()}, "two")
