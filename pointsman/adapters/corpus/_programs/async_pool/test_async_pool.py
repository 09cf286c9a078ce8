import asyncio

from async_pool import Pool


async def job() -> str:
    await asyncio.sleep(0)
    return "done"


def test_all_jobs_are_done() -> None:
    async def main() -> None:
        pool = Pool(2)
        outcome = await pool.run_all([job] * 5)
        assert list(outcome.results.values()) == ["done"] * 5
        assert pool.most <= 2

    asyncio.run(main())
