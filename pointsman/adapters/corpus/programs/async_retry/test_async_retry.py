import asyncio

from async_retry import Busy, Retry


def test_the_third_attempt_succeeds() -> None:
    async def act(attempt: int) -> str:
        if attempt < 2:
            raise Busy
        return "done"

    async def sleep(seconds: float) -> None: ...

    retry = Retry()
    assert asyncio.run(retry.call(act, sleep)) == "done"
    assert retry.waits == [0.5, 1.0]
