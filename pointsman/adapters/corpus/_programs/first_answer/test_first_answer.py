import asyncio

from answer_errors import AllFailed
from first_answer import first_answer


async def quick(question: str) -> str:
    return question.upper()


async def slow(question: str) -> str:
    await asyncio.sleep(60)
    return question


def test_the_quick_one_wins() -> None:
    assert asyncio.run(first_answer({"slow": slow, "quick": quick}, "hi")) == ("quick", "HI")


async def bad(question: str) -> str:
    raise ConnectionError(question)


def test_all_fail() -> None:
    async def main() -> str:
        try:
            return str(await first_answer({"b": bad, "a": bad}, "hi"))
        except AllFailed as error:
            return str(error)

    assert asyncio.run(main()) == "a: ConnectionError, b: ConnectionError"
