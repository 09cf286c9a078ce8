"""Checks of tasks run in a sandbox; those that run nothing need none."""

from __future__ import annotations

import sys

import pytest

from pointsman.adapters.sandbox.process import ProcessSandbox
from pointsman.adapters.system.executor import LocalExecutor
from pointsman.core.evaluation.healing import HealingQuestion
from pointsman.core.evaluation.task import EvaluationTask, TaskCheck
from pointsman.services.evaluation.task_challenge import TaskChallenge, TaskWork, judge_task
from pointsman.testing import FakeSandbox
from pointsman.testing.sandbox import PicklingExecutor

DOUBLE = "def check(answer, code):\n    scope = {}\n    exec(code, scope)\n    return scope['double'](2) == 4\n"
CODE = "```python\ndef double(x):\n    return 2 * x\n```"


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (TaskCheck(python=DOUBLE), CODE, CODE.replace("2 *", "3 *")),
        (TaskCheck(pattern=r"^\d{4}$"), "2026", "the year 2026"),
        (
            TaskCheck(
                command=("python", "run.py"), files={"run.py": "from answer import double\nassert double(2) == 4\n"}
            ),
            CODE,
            "no code",
        ),
    ],
)
async def test_checks_run_beside_the_answer(check: TaskCheck, good: str, bad: str) -> None:
    sandbox = ProcessSandbox(sys.executable)
    passed = (await judge_task(sandbox, TaskWork(check=check, answer=good))).unwrap()
    failed = (await judge_task(sandbox, TaskWork(check=check, answer=bad))).unwrap()
    assert (passed.repair, failed.repair) == ("healed", "unhealed")


async def test_a_check_that_raises_says_so() -> None:
    work = TaskWork(check=TaskCheck(python="def check(answer, code):\n    raise ValueError('odd')\n"), answer="x")
    verdict = (await judge_task(ProcessSandbox(sys.executable), work)).unwrap()
    assert verdict.repair == "unhealed"
    assert "ValueError: odd" in verdict.detail


async def test_a_pattern_that_never_ends_is_ended() -> None:
    check = TaskCheck(pattern=r"(a+)+$", seconds=0.5)
    verdict = (await judge_task(ProcessSandbox(sys.executable), TaskWork(check=check, answer="a" * 40 + "b"))).unwrap()
    assert verdict.repair == "unhealed"


async def test_an_answer_that_is_known_to_pass_is_a_control() -> None:
    known = EvaluationTask(id="a", prompt="?", answer="yes", check=TaskCheck(equals="yes"))
    unknown = EvaluationTask(id="b", prompt="?", system="be brief", check=TaskCheck(equals="yes"))
    challenge = TaskChallenge(tasks={"a": known, "b": unknown})
    assert challenge.controls("a") == ("original",)
    assert challenge.controls("b") == ()
    executor = PicklingExecutor(FakeSandbox())
    control = HealingQuestion(case="a", model="control", control="original")
    assert (await challenge.judge(executor, control, "")).unwrap().repair == "healed"
    question = HealingQuestion(case="a", model="m", format="text")
    assert (await challenge.judge(executor, question, "no")).unwrap().repair == "unhealed"
    assert [message.role for message in challenge.messages(HealingQuestion(case="b", model="m"))] == ["system", "user"]
    assert challenge.tools(question, executor) == ()


async def test_texts_are_checked_without_a_job() -> None:
    sandbox = FakeSandbox()
    task = EvaluationTask(id="a", prompt="?", check=TaskCheck(contains="x"))
    challenge = TaskChallenge(tasks={"a": task})
    await challenge.judge(LocalExecutor.of(sandbox, 1), HealingQuestion(case="a", model="m"), "x")
    assert not sandbox.jobs
