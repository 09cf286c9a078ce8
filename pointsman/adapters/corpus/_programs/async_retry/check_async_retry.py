"""Checks of attempts."""

import asyncio

from async_retry import Busy, GaveUp, Retry


def run(retry: Retry, *errors: Exception) -> object:
    log: list[object] = []

    async def act(attempt: int) -> str:
        log.append(attempt)
        await asyncio.sleep(0)
        if attempt < len(errors):
            raise errors[attempt]
        return f"ok {attempt}"

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)
        log.append(seconds)

    try:
        return [asyncio.run(retry.call(act, sleep)), log]
    except GaveUp as error:
        return [str(error), type(error.__cause__).__name__, log]
    except Exception as error:
        return [type(error).__name__, log]


def check_good_at_once() -> object:
    return run(Retry())


def check_some_attempts() -> object:
    return [run(Retry(), Busy()), run(Retry(), Busy(), OSError(), ConnectionError())]


def check_giving_up() -> object:
    return [
        run(Retry(), *[Busy()] * 4),
        run(Retry(attempts=1), TimeoutError()),
        run(Retry(attempts=2), Busy(), OSError()),
    ]


def check_other_errors() -> object:
    return [run(Retry(), KeyError("a")), run(Retry(), Busy(), ValueError()), run(Retry(attempts=0))]


def check_waits() -> object:
    return [Retry().wait(attempt, OSError()) for attempt in range(7)]


def check_the_server_asks() -> object:
    return [Retry().wait(2, Busy(after)) for after in (None, 0.0, 0.1, 8.0, 9.0)]


def check_settings() -> object:
    retry = Retry(7, 1, 3)
    return [run(retry, *[Busy()] * 6), retry.waits]


def check_each_has_its_own_waits() -> object:
    one, other = Retry(), Retry()
    run(one, Busy())
    return [one.waits, other.waits, Retry().waits]
