import asyncio

from job_gate import run_all


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


def test_results_stand_in_order() -> None:
    jobs = [lambda number=number: double(number) for number in (3, 1, 2)]
    assert asyncio.run(run_all(jobs, 2)) == ([6, 2, 4], [])


async def broken() -> int:
    return 1 // 0


def test_a_failure_is_noted() -> None:
    assert asyncio.run(run_all([broken], 1)) == ([None], ["job 1: ZeroDivisionError"])
