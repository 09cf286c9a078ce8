"""What the runner needs to know of the items of a run: how a model is asked about one, and how its answer is judged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message
from pointsman.core.chat.tool import Tool
from pointsman.core.evaluation.answer_formats import read_answer
from pointsman.core.evaluation.error_stream import render_errors
from pointsman.core.evaluation.fault import Case, Files
from pointsman.core.evaluation.harness_pytest import only_pass
from pointsman.core.evaluation.healing import AnswerFormat, Control, HealingQuestion, RepairVerdict
from pointsman.core.evaluation.prompts import PROMPTS, exhibit, good_exhibit, tests_name, write_messages
from pointsman.core.json import as_object, as_text, loads
from pointsman.services.evaluation.program_tests import run_visible_tests
from pointsman.services.ports.executor import SandboxExecutor
from pointsman.services.ports.sandbox import Sandbox, SandboxError
from pointsman.services.ports.tools import Content, ToolFunction

JudgeFiles: TypeAlias = Callable[[Sandbox, Case, Files], Awaitable[Result[RepairVerdict, SandboxError]]]
"""Says whether files heal a case: a function of a module, that can be pickled."""


class Challenge(Protocol):
    """The items of a run, of whatever type they are."""

    def controls(self, item: str) -> tuple[Control, ...]:
        """The controls of an item that ask no model, by the item's id."""
        ...

    def has_good_one(self, item: str) -> bool:
        """Whether a model can be shown a program that works, in place of the item with this id."""
        ...

    @property
    def has_own_tests(self) -> bool:
        """Whether items are judged by tests that only report that they passed."""
        ...

    def messages(self, question: HealingQuestion) -> tuple[Message, ...]:
        """What the model is asked."""
        ...

    def tools(self, question: HealingQuestion, executor: SandboxExecutor) -> tuple[ToolFunction, ...]:
        """What it may use on the way, in agent mode."""
        ...

    async def judge(
        self, executor: SandboxExecutor, question: HealingQuestion, text: str
    ) -> Result[RepairVerdict, SandboxError]:
        """What the answer `text` is worth; for a control that asks nobody it plays no part."""
        ...


@attrs.frozen(kw_only=True)
class RepairWork:
    """An answer to be judged. It can be pickled, and so can the functions that it names."""

    case: Case
    format: AnswerFormat
    control: Control
    text: str
    judge: JudgeFiles


async def judge_repair(sandbox: Sandbox, work: RepairWork) -> Result[RepairVerdict, SandboxError]:
    """The verdict on an answer: first whether it can be read, then what its files do."""
    case = work.case
    if work.control == "original":
        return await work.judge(sandbox, case, case.original)
    if work.control == "unchanged":
        return await work.judge(sandbox, case, case.files)
    read = read_answer(work.text, work.format, _shown_files(case, work.control))
    if isinstance(read, Failure):
        return Success(RepairVerdict(repair="unreadable", detail=read.failure()))
    return await work.judge(sandbox, case, read.unwrap())


def _shown_files(case: Case, control: Control) -> Files:
    return case.original if control == "unbroken" else case.files


@attrs.frozen(kw_only=True)
class VisibleWork:
    """Files on which the visible tests are to be run. It can be pickled."""

    case: Case
    files: Files


async def show_tests(sandbox: Sandbox, work: VisibleWork) -> Result[str, SandboxError]:
    """What the visible tests print; nothing where they pass."""
    case, name = work.case, tests_name(work.case.program)
    ran = await run_visible_tests(sandbox, work.files, case.visible, name, case.cpu_seconds)
    return ran.map(lambda errors: render_errors(errors, {**work.files, name: case.visible}))


RUN_TESTS = Tool(
    name="run_tests",
    description="Run the visible tests on your correction, written as the answer is to be written. "
    "Gives what they print.",
    parameters={
        "type": "object",
        "properties": {"answer": {"type": "string", "description": "the correction, in the form that was asked for"}},
        "required": ["answer"],
        "additionalProperties": False,
    },
)


@attrs.frozen(kw_only=True)
class FaultChallenge:
    """Faulty programs, by the id of their case."""

    cases: Mapping[str, Case] = attrs.field(repr=False)
    judge_files: JudgeFiles

    @property
    def has_own_tests(self) -> bool:
        """As `Challenge.has_own_tests`."""
        return any(only_pass(case.hidden) for case in self.cases.values())

    def controls(self, item: str) -> tuple[Control, ...]:
        """As `Challenge.controls`: of a fault that its owner has, nobody knows the correct program."""
        return ("original", "unchanged") if self.has_good_one(item) else ("unchanged",)

    def has_good_one(self, item: str) -> bool:
        """As `Challenge.has_good_one`."""
        return bool(self.cases[item].original)

    def messages(self, question: HealingQuestion) -> tuple[Message, ...]:
        """As `Challenge.messages`."""
        case = self.cases[question.case]
        shown = good_exhibit(case) if question.control == "unbroken" else exhibit(case)
        return write_messages(PROMPTS[question.prompt], shown, question.format)

    def tools(self, question: HealingQuestion, executor: SandboxExecutor) -> tuple[ToolFunction, ...]:
        """As `Challenge.tools`: the visible tests can be run."""
        case = self.cases[question.case]

        async def run(arguments: str) -> Result[Content, str]:
            answer = as_text(as_object(loads(arguments).value_or(None)).get("answer"))
            read = read_answer(answer, question.format, _shown_files(case, question.control))
            if isinstance(read, Failure):
                return Failure(f"The correction cannot be read: {read.failure()}.")
            ran = await executor.run(show_tests, VisibleWork(case=case, files=read.unwrap()))
            return ran.map(lambda printed: (printed or "The visible tests pass.",)).alt(str)

        return (ToolFunction(RUN_TESTS, run),)

    async def judge(
        self, executor: SandboxExecutor, question: HealingQuestion, text: str
    ) -> Result[RepairVerdict, SandboxError]:
        """As `Challenge.judge`."""
        work = RepairWork(
            case=self.cases[question.case],
            format=question.format,
            control=question.control,
            text=text,
            judge=self.judge_files,
        )
        return await executor.run(judge_repair, work)
