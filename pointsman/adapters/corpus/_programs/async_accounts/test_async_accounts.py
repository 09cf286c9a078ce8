import asyncio

from async_accounts import Bank
from slow_store import SlowStore


def test_money_is_moved() -> None:
    async def main() -> None:
        store = SlowStore({"ann": 10, "bob": 0})
        assert await Bank(store).move("ann", "bob", 4) == 6
        assert store.numbers == {"ann": 6, "bob": 4}

    asyncio.run(main())


def test_nobody_pays_with_money_that_is_gone() -> None:
    async def main() -> None:
        store = SlowStore({"ann": 10, "bob": 0, "cid": 0})
        assert await Bank(store).pay_all("ann", {"bob": 6, "cid": 6}) == {"bob": True, "cid": False}
        assert store.numbers == {"ann": 4, "bob": 6, "cid": 0}

    asyncio.run(main())
