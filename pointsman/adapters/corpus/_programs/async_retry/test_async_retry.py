import asyncio

from async_retry import Busy, GaveUp, Retry


def test_the_third_attempt_succeeds() -> None:
    async def act(attempt: int) -> str:
        if attempt < 2:
            raise Busy
        return "done"

    async def sleep(seconds: float) -> None: ...

    retry = Retry()
    assert asyncio.run(retry.call(act, sleep)) == "done"
    assert retry.waits == [0.5, 1.0]


def test_giving_up() -> None:
    async def act(attempt: int) -> str:
        raise OSError

    async def sleep(seconds: float) -> None: ...

    async def main() -> str:
        try:
            return await Retry(attempts=2).call(act, sleep)
        except GaveUp as error:
            return f"{error} {type(error.__cause__).__name__}"

    assert asyncio.run(main()) == "after 2 attempts OSError"
