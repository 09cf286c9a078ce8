import asyncio

from async_lines import Reader, find


class Pieces:
    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)

    async def read(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    async def close(self) -> None:
        self.pieces.clear()


def test_lines_come_out_of_pieces() -> None:
    async def main() -> list[str]:
        async with Reader(Pieces(b"one\ntw", b"o\nthree")) as reader:
            return [line async for line in reader.lines()]

    assert asyncio.run(main()) == ["one", "two", "three"]


def test_a_word_is_found() -> None:
    assert asyncio.run(find(lambda host: Pieces(b"a\nb c\n"), ["h"], "c")) == ("h", 2, "b c")
