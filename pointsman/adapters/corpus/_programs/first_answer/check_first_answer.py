"""Checks of the first answer."""

import asyncio

from answer_errors import AllFailed, TooLate
from first_answer import Ask, ask_one, first_answer


def server(log: list[str], name: str, turns: int, error: Exception | None = None) -> Ask:
    async def ask(question: str) -> str:
        try:
            for _ in range(turns):
                await asyncio.sleep(0)
            if turns > 50:
                await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            log.append(f"{name} cancelled")
            raise
        log.append(f"{name} ends")
        if error is not None:
            raise error
        return f"{question} of {name}"

    return ask


def run(log: list[str], servers: dict[str, Ask]) -> object:
    try:
        return [asyncio.run(first_answer(servers, "q")), log]
    except AllFailed as failed:
        return [failed.reasons, str(failed), log]
    except Exception as error:
        return [type(error).__name__, log]


def check_the_first_wins() -> object:
    log: list[str] = []
    return run(log, {"a": server(log, "a", 9), "b": server(log, "b", 3), "c": server(log, "c", 99)})


def check_a_failure_is_passed_over() -> object:
    log: list[str] = []
    return run(
        log, {"a": server(log, "a", 1, OSError()), "b": server(log, "b", 5), "c": server(log, "c", 3, ValueError())}
    )


def check_all_fail() -> object:
    log: list[str] = []
    return run(log, {"b": server(log, "b", 2, OSError()), "a": server(log, "a", 1, UnicodeError())})


def check_other_errors_come_out() -> object:
    log: list[str] = []
    return run(log, {"a": server(log, "a", 99), "b": server(log, "b", 2, KeyError("k"))})


def check_equal_times() -> object:
    log: list[str] = []
    return run(log, {"b": server(log, "b", 2), "a": server(log, "a", 2)})


def check_no_servers() -> object:
    return run([], {})


def check_too_late() -> object:
    log: list[str] = []

    async def main() -> object:
        try:
            return await ask_one("n", server(log, "n", 99), "q", 0.001)
        except TooLate as error:
            return [error.name, str(error), type(error.__cause__).__name__, log]

    return asyncio.run(main())


def check_in_time() -> object:
    return asyncio.run(ask_one("n", server([], "n", 3), "q", 30))


def check_all_are_too_late() -> object:
    log: list[str] = []
    servers = {name: server(log, name, 99) for name in "ab"}
    try:
        return asyncio.run(first_answer(servers, "q", 0.001))
    except AllFailed as failed:
        return [failed.reasons, sorted(log)]
