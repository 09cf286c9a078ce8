import asyncio

from async_accounts import Bank
from slow_store import SlowStore


def test_money_is_moved() -> None:
    async def main() -> None:
        store = SlowStore({"ann": 10, "bob": 0})
        assert await Bank(store).move("ann", "bob", 4) == 6
        assert store.numbers == {"ann": 6, "bob": 4}

    asyncio.run(main())
