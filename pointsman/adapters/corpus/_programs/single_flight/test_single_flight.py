import asyncio

from single_flight import Answers


def test_one_fetch_for_all() -> None:
    async def fetch(key: str) -> str:
        await asyncio.sleep(0)
        return key.upper()

    async def main() -> None:
        answers = Answers(fetch, lambda: 0.0)
        assert list(await asyncio.gather(answers.get("a"), answers.get("a"))) == ["A", "A"]
        assert answers.fetched == 1

    asyncio.run(main())
