"""Checks of steps."""

import asyncio

from async_saga import Act, State, Step, run, undo
from saga_errors import StepFailed


def act(log: list[str], word: str, error: Exception | None = None) -> Act:
    async def do(state: State) -> None:
        log.append(f"({word}")
        await asyncio.sleep(0)
        if error is not None:
            raise error
        state[word] = len(state)
        log.append(f"{word})")

    return do


def steps(log: list[str], names: str, bad: str = "", bad_undo: str = "", optional: str = "") -> list[Step]:
    return [
        Step(
            name,
            act(log, name, LookupError() if name in bad else None),
            act(log, f"undo {name}", LookupError() if name in bad_undo else None) if name != "x" else None,
            name not in optional,
        )
        for name in names
    ]


def outcome(log: list[str], plan: list[Step]) -> object:
    try:
        return [asyncio.run(run(plan)), log]
    except StepFailed as error:
        return [error.name, error.bad, str(error), type(error.__cause__).__name__, log]


def check_all_good() -> object:
    log: list[str] = []
    return outcome(log, steps(log, "axb"))


def check_one_fails() -> object:
    log: list[str] = []
    return outcome(log, steps(log, "abxcd", bad="c"))


def check_the_first_fails() -> object:
    log: list[str] = []
    return outcome(log, steps(log, "ab", bad="a"))


def check_undo_fails() -> object:
    log: list[str] = []
    return outcome(log, steps(log, "abcd", bad="d", bad_undo="ac"))


def check_optional_steps() -> object:
    log: list[str] = []
    first = outcome(log, steps(log, "abc", bad="b", optional="b"))
    again: list[str] = []
    return [first, outcome(again, steps(again, "abc", bad="bc", optional="b"))]


def check_every_run_has_its_own_state() -> object:
    log: list[str] = []
    mine: State = {"old": 1}
    found = [asyncio.run(run(steps(log, names))) for names in ("a", "b", "")]
    asyncio.run(run(steps(log, "a"), mine))
    return [found, mine]


def check_cancelled() -> object:
    log: list[str] = []

    async def main() -> object:
        async def forever(state: State) -> None:
            await asyncio.sleep(60)

        task = asyncio.create_task(run([*steps(log, "ab"), Step("w", forever)]))
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()
        return [type(error).__name__ for error in await asyncio.gather(task, return_exceptions=True)]

    return [asyncio.run(main()), log]


def check_too_slow() -> object:
    log: list[str] = []

    async def slow(state: State) -> None:
        await asyncio.sleep(60)

    try:
        asyncio.run(run([*steps(log, "a"), Step("slow", slow)], {}, 0.05))
    except StepFailed as error:
        return [error.name, type(error.__cause__).__name__, log]
    return "nothing"


def check_undo() -> object:
    log: list[str] = []
    return [asyncio.run(undo(steps(log, "axb", bad_undo="b"), {})), asyncio.run(undo([], {})), log]
