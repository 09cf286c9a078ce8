"""Tasks of one's own as items of a run: how they are asked, and how their checks run in the sandbox."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from returns.result import Result, Success

from pointsman.core.chat.message import Message, system, user
from pointsman.core.evaluation.healing import Control, HealingQuestion, RepairVerdict
from pointsman.core.evaluation.task import EvaluationTask, TaskCheck, code_of, passes
from pointsman.services.ports.executor import SandboxExecutor
from pointsman.services.ports.sandbox import Execution, Job, JobLimits, Sandbox, SandboxError
from pointsman.services.ports.tools import ToolFunction

_ANSWER, _CODE, _CHECK = "answer.txt", "answer.py", "task_check.py"
_SCRIPT = f"""
import os
from {_CHECK.removesuffix(".py")} import check
with open("{_ANSWER}", encoding="utf-8") as file, open("{_CODE}", encoding="utf-8") as code:
    passed = check(file.read(), code.read())
os.write(3, b"passed" if passed is True else b"failed")
"""
_PATTERN_CHECK = """
import re
def check(answer, code):
    with open("pattern.txt", encoding="utf-8") as file:
        return re.search(file.read(), answer) is not None
"""
_MOST_DETAIL = 500


@attrs.frozen(kw_only=True)
class TaskWork:
    """An answer to a task, to be judged. It can be pickled."""

    check: TaskCheck
    answer: str


async def judge_task(sandbox: Sandbox, work: TaskWork) -> Result[RepairVerdict, SandboxError]:
    """Whether the answer passes the check. Code of the model that a check itself runs can fake its own verdict."""
    if not work.check.needs_sandbox:
        return Success(_verdict(passes(work.check, work.answer)))
    return (await sandbox.run(_job(work))).map(lambda execution: _read(work.check, execution))


def _job(work: TaskWork) -> Job:
    check = work.check
    files = {**check.files, _ANSWER: work.answer, _CODE: code_of(work.answer)}
    limits = JobLimits(wall_seconds=check.seconds * 2, cpu_seconds=check.seconds)
    if check.command:
        return Job(files=files, argv=check.command, limits=limits)
    if check.pattern is not None:
        files |= {_CHECK: _PATTERN_CHECK, "pattern.txt": check.pattern}
    else:
        files |= {_CHECK: check.python or ""}
    return Job(files=files, script=_SCRIPT, limits=limits)


def _read(check: TaskCheck, execution: Execution) -> RepairVerdict:
    exited = execution.ending == "exited" and execution.status == 0
    passed = exited if check.command else exited and execution.report == "passed"
    told = execution.output.strip()[-_MOST_DETAIL:] if not passed else ""
    return _verdict(passed, told or ("" if passed or execution.ending == "exited" else execution.ending))


def _verdict(passed: bool, detail: str = "") -> RepairVerdict:
    return RepairVerdict(repair="healed" if passed else "unhealed", detail=detail)


@attrs.frozen(kw_only=True)
class TaskChallenge:
    """Tasks by their id. Those that have an answer which passes, have it judged as a control."""

    tasks: Mapping[str, EvaluationTask] = attrs.field(repr=False)
    has_own_tests: bool = False

    def controls(self, item: str) -> tuple[Control, ...]:
        """As `Challenge.controls`."""
        return ("original",) if self.tasks[item].answer is not None else ()

    def has_good_one(self, item: str) -> bool:
        """As `Challenge.has_good_one`: a task has no program."""
        return False

    def messages(self, question: HealingQuestion) -> tuple[Message, ...]:
        """As `Challenge.messages`."""
        task = self.tasks[question.case]
        return (*((system(task.system),) if task.system else ()), user(task.prompt))

    def tools(self, question: HealingQuestion, executor: SandboxExecutor) -> tuple[ToolFunction, ...]:
        """As `Challenge.tools`: there are none."""
        return ()

    async def judge(
        self, executor: SandboxExecutor, question: HealingQuestion, text: str
    ) -> Result[RepairVerdict, SandboxError]:
        """As `Challenge.judge`."""
        task = self.tasks[question.case]
        answer = (task.answer or "") if question.control == "original" else text
        return await executor.run(judge_task, TaskWork(check=task.check, answer=answer))
