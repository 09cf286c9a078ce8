"""Checks of the bank."""

import asyncio

from async_accounts import Bank, Refusal
from slow_store import SlowStore


def check_side_by_side() -> object:
    async def main() -> object:
        store = SlowStore({"a": 100, "b": 0, "c": 0, "d": 5})
        paid = await Bank(store).pay_all("a", {"b": 60, "c": 40, "d": 1})
        return [paid, store.numbers, store.reads]

    return asyncio.run(main())


def check_both_ways() -> object:
    async def main() -> object:
        store = SlowStore({"a": 10, "b": 10})
        bank = Bank(store)
        left = await asyncio.gather(bank.move("a", "b", 3), bank.move("b", "a", 5), bank.move("a", "b", 1))
        return [left, store.numbers, bank.log]

    return asyncio.run(main())


def check_limits() -> object:
    async def main() -> object:
        found = []
        for limit, amount in ((0, 10), (0, 11), (-5, 15), (-5, 16), (3, 7), (3, 8)):
            store = SlowStore({"a": 10, "b": 0})
            try:
                found.append((await Bank(store, limit).move("a", "b", amount), store.numbers))
            except Refusal:
                found.append((0, store.numbers))
        return found

    return asyncio.run(main())


def check_amounts() -> object:
    async def main() -> object:
        bank, found = Bank(SlowStore({"a": 1, "b": 1})), []
        for source, target, amount in (("a", "b", 0), ("a", "b", -1), ("a", "a", 1), ("a", "b", 1)):
            try:
                found.append(str(await bank.move(source, target, amount)))
            except Refusal as error:
                found.append(type(error).__name__)
        return [found, bank.store.reads]

    return asyncio.run(main())


def check_unknown_accounts() -> object:
    async def main() -> object:
        store = SlowStore({"a": 10})
        bank = Bank(store)
        found = []
        for amounts in ({"z": 1}, {"z": 1, "y": 100}, {}):
            try:
                found.append(str(await bank.pay_all("a", amounts)))
            except KeyError as error:
                found.append(type(error).__name__)
        return [found, store.numbers, bank.lock.locked()]

    return asyncio.run(main())


def check_each_bank_has_its_own_log() -> object:
    async def main() -> object:
        store = SlowStore({"a": 10, "b": 0})
        one, other, log = Bank(store), Bank(store), list[tuple[str, str, int]]()
        await one.move("a", "b", 1)
        await other.move("a", "b", 2)
        await Bank(store, 0, log).move("b", "a", 3)
        return [one.log, other.log, log]

    return asyncio.run(main())


def check_a_refusal_frees_the_lock() -> object:
    async def main() -> object:
        store = SlowStore({"a": 10, "b": 0})
        paid = await Bank(store).pay_all("a", {"b": 99})
        again = await asyncio.wait_for(Bank(store).pay_all("a", {"b": 10}), 1)
        return [paid, again, store.numbers]

    return asyncio.run(main())
