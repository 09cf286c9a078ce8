import asyncio
from collections.abc import Sequence

from async_batches import Batcher


def test_keys_are_sent_together() -> None:
    batches = []

    async def send(keys: Sequence[str]) -> Sequence[str]:
        batches.append(list(keys))
        return [key.upper() for key in keys]

    async def main() -> list[str | None]:
        return await Batcher(send, 2).get_all(["a", "b", "c"])

    assert asyncio.run(main()) == ["A", "B", "C"]
    assert batches == [["a", "b"], ["c"]]
