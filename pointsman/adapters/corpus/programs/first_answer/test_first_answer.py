import asyncio

from first_answer import first_answer


async def quick(question: str) -> str:
    return question.upper()


async def slow(question: str) -> str:
    await asyncio.sleep(60)
    return question


def test_the_quick_one_wins() -> None:
    assert asyncio.run(first_answer({"slow": slow, "quick": quick}, "hi")) == ("quick", "HI")
