"""Healing a command, on fakes: what helps stays, what does not is taken back, and every way to fail is a value."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

import attrs
import pytest
from returns.methods import unwrap_or_failure
from returns.result import Success

from pointsman import App, ChatRequest, HealingOutcome, HealingReport, Proposal, fake, fake_settings, open_app, settle
from pointsman.core.error import BudgetExceeded, ModelUnavailable, TimeoutError
from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.healing.report import CommandNotStarted, NothingNamed, PatchNotApplied, UnreadableAnswer
from pointsman.core.healing.trace_reader import read_traces
from pointsman.core.security.secret import Secret
from pointsman.layers.healing import healer_for
from pointsman.services.healing.healer import Approve, Healer, approve_all, approve_nothing
from pointsman.services.ports.command_runner import CommandRun, CommandRunner
from pointsman.testing import MemoryFolder, Reply, ScriptedClient, ScriptedCommands
from tests.managed import managed, priced

BROKEN = b"def one():\r\n    return 1 + zero\r\n\r\n\r\ndef two():\r\n    return 2 / 0\r\n"


def block(old: str, new: str, path: str = "app.py") -> str:
    return f"Because.\n\n{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


USEFUL = block("    return 1 + zero", "    return 1 + 0")
USELESS = block("    return 1 + zero", "    return zero + 1")
SECOND = block("    return 2 / 0", "    return 2 / 1")


@attrs.define
class Project:
    """A folder, what its command comes to, and the model."""

    app: App
    folder: MemoryFolder
    commands: ScriptedCommands
    model: ScriptedClient
    healer: Healer
    outcomes: list[HealingOutcome] = attrs.field(factory=list)

    def use(self, *, approve: Approve | None = None, runner: CommandRunner | None = None) -> None:
        """Ask by `approve`, run by `runner`."""
        healer = self.healer
        self.healer = attrs.evolve(healer, approve=approve or healer.approve, runner=runner or healer.runner)

    async def heal(self, *command: str) -> HealingReport:
        """The report of healing the command."""
        with self.app.events.listen(HealingOutcome) as notices:
            report = unwrap_or_failure(await settle(self.healer.heal(command or ("python", "app.py"))))
            told = notices.statistics().current_buffer_used
            self.outcomes += [one for _ in range(told) if isinstance(one := await notices.receive(), HealingOutcome)]
        assert isinstance(report, HealingReport)
        return report


def fates(report: HealingReport) -> list[str]:
    """What came of each round."""
    return [one.fate for one in report.rounds]


def run_python(folder: MemoryFolder) -> CommandRun:
    """What `python app.py` would print: the first error that is still there."""
    source = folder.files["app.py"].decode().replace("\r\n", "\n")
    scope: dict[str, Callable[[], object]] = {}
    try:
        exec(compile(source, "app.py", "exec"), scope)
        scope["one"]()
        scope["two"]()
    except Exception as problem:
        trace = problem.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        line, function = (trace.tb_lineno, trace.tb_frame.f_code.co_name) if trace else (0, "")
        text = (
            "Traceback (most recent call last):\n"
            f'  File "/project/app.py", line {line}, in {function}\n'
            f"{type(problem).__name__}: {problem}\n"
        )
        return CommandRun(code=1, output=text, errors=text)
    return CommandRun(code=0)


@asynccontextmanager
async def project(*replies: Reply, budget: str | None = None) -> AsyncIterator[Project]:
    model = ScriptedClient(replies)
    folder = MemoryFolder({"app.py": BROKEN})
    commands = ScriptedCommands(lambda command: run_python(folder))
    async with open_app(fake({"fake": model}), fake_settings()) as opened:
        app = opened.unwrap()
        healer = healer_for(app, approve=approve_all, budget=Decimal(budget) if budget else None)
        asker = attrs.evolve(healer.asker, folder=folder, secrets=(Secret("super-secret-value"),), home="/home/ann")
        yield Project(app, folder, commands, model, attrs.evolve(healer, asker=asker, runner=commands))


async def test_what_helps_stays_and_what_does_not_is_taken_back() -> None:
    async with project(USELESS, USEFUL, SECOND) as it:
        report = await it.heal()
        assert fates(report) == ["undone", "helped", "healed"]
        assert report.is_healed
        assert (report.code, report.changed_files) == (0, ("app.py",))
        assert it.folder.files["app.py"] == BROKEN.replace(b"zero", b"0").replace(b"2 / 0", b"2 / 1")
        assert it.outcomes == [
            HealingOutcome(kind=FaultKind.NAME, model="fake/fake-model", healed=False),
            HealingOutcome(kind=FaultKind.NAME, model="fake/fake-model", healed=True),
            HealingOutcome(kind="", model="fake/fake-model", healed=True),
        ]


async def test_the_next_question_tells_of_what_did_not_help() -> None:
    async with project(USELESS, USEFUL, SECOND) as it:
        await it.heal()
        first, second, third = (request.messages[-1].text for request in it.model.requests)
        assert "NameError: name 'zero' is not defined" in first
        assert "were taken back" not in first
        assert "+    return zero + 1" in second
        assert "ZeroDivisionError: division by zero" in third
        assert "\r" not in first


async def test_questions_are_of_the_task_heal_with_the_error_for_routing_and_a_tag_for_usage() -> None:
    async with project(USEFUL, SECOND) as it:
        await it.heal()
        records = (await settle(it.app.stores.usage_log.read(None, None))).unwrap()
        assert [(record.task, "heal" in record.tags) for record in records] == [("heal", True)] * 2
        assert it.model.requests[0].options.error.startswith("Traceback")
        assert it.model.requests[0].options.cache == "off"


async def test_the_rounds_end_and_everything_useless_is_taken_back() -> None:
    async with project(
        USELESS, *(block("    return 1 + zero", f"    return 1 + {name}") for name in ("nil", "null")), USEFUL
    ) as it:
        report = await it.heal()
        assert fates(report) == ["undone", "undone", "undone"]
        assert (report.is_healed, report.changed_files, report.code) == (False, (), 1)
        assert it.folder.files["app.py"] == BROKEN


async def test_the_same_useless_change_is_not_tried_twice() -> None:
    async with project(USELESS, USELESS, USEFUL) as it:
        report = await it.heal()
        assert fates(report) == ["undone", "failed", "helped"]
        assert isinstance(report.rounds[1].failure, UnreadableAnswer)
        assert len(it.commands.commands) == 3
        assert [one.healed for one in it.outcomes] == [False, False, True]


async def test_an_answer_that_cannot_be_read_costs_a_round_and_no_more() -> None:
    async with project("I do not know.", USEFUL, SECOND) as it:
        report = await it.heal()
        assert fates(report) == ["failed", "helped", "healed"]
        assert isinstance(report.rounds[0].failure, UnreadableAnswer)
        assert report.rounds[0].cost.amount > 0
        assert [(one.model, one.healed) for one in it.outcomes] == [
            ("fake/fake-model", False),
            ("fake/fake-model", True),
            ("fake/fake-model", True),
        ]


async def test_a_call_that_fails_says_nothing_of_how_well_a_model_heals() -> None:
    async with project(ModelUnavailable(detail="down")) as it:
        report = await it.heal()
        assert fates(report) == ["failed"]
        assert it.outcomes == []


async def test_a_no_ends_it_and_nobody_to_ask_too() -> None:
    async def refuse(proposal: Proposal) -> bool:
        return False

    for approve, fate in ((refuse, "declined"), (approve_nothing, "unapproved")):
        async with project(USEFUL) as it:
            it.use(approve=approve)
            report = await it.heal()
            assert fates(report) == [fate]
            assert it.folder.files["app.py"] == BROKEN
            assert it.outcomes == []


async def test_a_command_that_succeeds_is_not_asked_about() -> None:
    async with project() as it:
        it.folder.files["app.py"] = b"def one(): pass\ndef two(): pass\n"
        report = await it.heal()
        assert (report.code, report.rounds, report.is_healed, it.model.requests) == (0, (), False, [])


async def test_a_command_that_does_not_start_is_a_failure() -> None:
    async with project() as it:
        runner = ScriptedCommands(lambda command: CommandNotStarted(detail="no", code=127))
        failed = unwrap_or_failure(await settle(attrs.evolve(it.healer, runner=runner).heal(["nosuch"])))
        assert isinstance(failed, CommandNotStarted)


async def test_an_error_that_names_no_file_says_what_is_withheld() -> None:
    async with project() as it:
        it.folder.files = {"secrets.json": b"{}"}
        runner = ScriptedCommands(lambda command: CommandRun(code=2, output="bad secrets.json"))
        it.use(runner=runner)
        report = await it.heal("run")
        assert isinstance(report.failure, NothingNamed)
        assert "secrets.json: it is private" in report.failure.summary
        assert it.model.requests == []


async def test_a_model_that_cannot_be_asked_ends_it_with_its_error() -> None:
    async with project(*[ModelUnavailable(detail="overloaded")] * 9) as it:
        report = await it.heal()
        assert isinstance(report.failure, ModelUnavailable)
        assert report.code == 1


async def test_a_read_only_file_and_one_that_was_changed_meanwhile_stay() -> None:
    async with project(USEFUL) as it:
        it.folder.read_only = {"app.py"}
        report = await it.heal()
        assert isinstance(report.failure, PatchNotApplied)
        assert it.folder.files["app.py"] == BROKEN

    async with project(USEFUL) as it:

        async def change_it(proposal: Proposal) -> bool:
            it.folder.files["app.py"] += b"# mine\n"
            return True

        it.use(approve=change_it)
        report = await it.heal()
        assert isinstance(report.failure, PatchNotApplied)
        assert it.folder.files["app.py"] == BROKEN + b"# mine\n"


def counted(it: Project, *outputs: str) -> ScriptedCommands:
    """A command that prints one of `outputs` after the other, and ends with 0 from the second on."""
    rest = [f"{text} in 1s" if text else "" for text in outputs]

    def run(command: Sequence[str]) -> CommandRun:
        return CommandRun(code=int(len(rest) == len(outputs)), output=f"app.py:2: {rest[0]}\n{rest.pop(0)}\n")

    return ScriptedCommands(run)


@pytest.mark.parametrize("after", ["", "2 passed, 1 skipped", "1 failed, 2 passed"])
async def test_an_exit_status_of_0_alone_proves_nothing(after: str) -> None:
    async with project(USEFUL) as it:
        it.use(runner=counted(it, "1 failed, 2 passed", after))
        report = await it.heal("pytest")
        assert fates(report) == ["unproved"]
        assert (report.is_healed, report.code, report.changed_files) == (False, 0, ("app.py",))
        assert report.doubt
        assert it.outcomes == []


async def test_a_change_of_tests_is_no_evidence() -> None:
    async with project(block("    return 1 + zero", "    return 1", "test_app.py")) as it:
        it.folder.files = {"test_app.py": BROKEN}
        ends = iter([CommandRun(code=1, output="test_app.py:2: 1 failed in 1s"), CommandRun(code=0)])
        it.use(runner=ScriptedCommands(lambda command: next(ends)))
        report = await it.heal("pytest")
        assert (fates(report), report.doubt) == (["unproved"], "the change touches tests (test_app.py)")
        assert it.outcomes == []


async def test_what_comes_on_top_of_a_doubtful_change_is_doubtful() -> None:
    tests = block("    return 1 + zero", "    return 1", "test_app.py")
    async with project(tests, SECOND) as it:
        it.folder.files["test_app.py"] = BROKEN
        outputs = iter(["2 failed in 1s", "1 failed, 1 passed in 1s", "2 passed in 1s"])

        def run(command: Sequence[str]) -> CommandRun:
            text = next(outputs)
            return CommandRun(code=int("failed" in text), output=f"test_app.py:2: x app.py:2:\n{text}\n")

        it.use(runner=ScriptedCommands(run))
        report = await it.heal("pytest")
        assert fates(report) == ["helped", "unproved"]
        assert "test_app.py" in report.doubt
        assert it.outcomes == []


async def test_what_can_be_taken_back_is_and_the_rest_is_named() -> None:
    other = block("    return 2 / 0", "    return 2 / 3", "far.py")
    async with project(USELESS + other) as it:
        it.folder.files["far.py"] = BROKEN

        def run_and_format(command: Sequence[str]) -> CommandRun:
            it.folder.files["far.py"] += b"# formatted\n"
            return attrs.evolve(run_python(it.folder), output="far.py:1\n" + run_python(it.folder).output)

        it.use(runner=ScriptedCommands(run_and_format))
        report = await it.heal()
        assert fates(report) == ["left"]
        assert report.changed_files == ("far.py",)
        assert "the change is still in far.py" in str(report.failure)
        assert it.folder.files["app.py"] == BROKEN
        assert b"2 / 3" in it.folder.files["far.py"]


async def test_what_the_command_itself_took_back_is_undone() -> None:
    async with project(USELESS, USEFUL, SECOND) as it:

        def run_and_restore(command: Sequence[str]) -> CommandRun:
            ran = run_python(it.folder)
            it.folder.files["app.py"] = it.folder.files["app.py"].replace(b"zero + 1", b"1 + zero")
            return ran

        it.use(runner=ScriptedCommands(run_and_restore))
        assert fates(await it.heal()) == ["undone", "helped", "healed"]


async def test_what_the_command_itself_changed_is_not_taken_back() -> None:
    async with project(USELESS) as it:

        def run_and_format(command: Sequence[str]) -> CommandRun:
            ran = run_python(it.folder)
            it.folder.files["app.py"] = it.folder.files["app.py"].replace(b"zero + 1", b"(zero + 1)")
            return ran

        it.use(runner=ScriptedCommands(run_and_format))
        report = await it.heal()
        assert isinstance(report.failure, PatchNotApplied)
        assert "changed meanwhile" in report.failure.summary
        assert (fates(report), report.changed_files) == (["left"], ("app.py",))
        assert b"(zero + 1)" in it.folder.files["app.py"]


async def test_secrets_are_hidden_in_what_is_sent_and_are_back_in_what_is_written() -> None:
    secret = b'API_KEY = "abcd1234efgh"\nURL = "https://ann:pw123456@host/super-secret-value"\n'
    whole = "app.py\n```python\n{}```"

    def answer(request: object) -> str:
        text = it.model.requests[-1].messages[-1].text
        shown = text.split("app.py\n```python\n")[1].split("```")[0]
        return whole.format(shown.replace("+ zero", "+ 0").replace("2 / 0", "2"))

    async with project() as it:
        it.folder.files["app.py"] = secret + BROKEN.replace(b"\r\n", b"\n")
        it.model.script = answer
        printed = "TOKEN=hunter2222 in /home/ann/x and super-secret-value\n"

        def run(command: Sequence[str]) -> CommandRun:
            ran = run_python(it.folder)
            return attrs.evolve(ran, output=printed + ran.output)

        it.use(runner=ScriptedCommands(run))
        report = await it.heal("python", "app.py", "--token", "hunter3333")
        assert report.is_healed
        asked = it.model.requests[0].messages[-1].text
        for hidden in ("abcd1234efgh", "pw123456", "super-secret-value", "hunter2222", "hunter3333", "/home/ann"):
            assert hidden not in asked
        assert it.folder.files["app.py"].startswith(secret)
        assert "abcd1234efgh" not in (report.rounds[0].proposal or pytest.fail("no change")).shown.diff


async def test_secrets_of_settings_are_hidden_though_nothing_quotes_them() -> None:
    settings = b"db_user: app\ndb_password: hunter2secret\n"
    answer = block("db_user: app", "db_user: shop", "config.yaml")

    def run(command: Sequence[str]) -> CommandRun:
        return CommandRun(code=int(b"shop" not in it.folder.files["config.yaml"]), output="no such user in config.yaml")

    async with project(answer) as it:
        it.folder.files = {"config.yaml": settings}
        it.use(runner=ScriptedCommands(run))
        assert (await it.heal()).is_healed
        asked = it.model.requests[0].messages[-1].text
        assert "db_user: app" in asked
        assert "hunter2secret" not in asked
        assert it.folder.files["config.yaml"] == settings.replace(b"app", b"shop")


async def test_what_may_pass_the_budget_is_not_asked() -> None:
    async with project(USELESS, USEFUL, budget="0.000001") as it:
        report = await it.heal()
        assert isinstance(report.failure, BudgetExceeded)
        assert it.model.requests == []
    async with project(USEFUL, SECOND, budget="5") as it:
        assert (await it.heal()).is_healed


@pytest.mark.parametrize(("budget", "asked"), [("0.02", 0), ("9", 1)])
async def test_a_dearer_model_that_steps_in_stays_within_the_budget(budget: str, asked: int) -> None:
    cheap = ScriptedClient([TimeoutError(detail="lost", sent=True, timeout_ms=1, phase="total")], provider="cheap")
    dear = ScriptedClient([USEFUL], provider="dear")
    prices = {"cheap/m": priced("1"), "dear/m": priced("1000")}
    async with managed({"cheap": cheap, "dear": dear}, prices, fallback=("dear/m",)) as app:
        healer = healer_for(app, approve=approve_all, budget=Decimal(budget))
        folder = MemoryFolder({"app.py": BROKEN})
        asker = attrs.evolve(healer.asker, folder=folder)
        output = run_python(folder).output
        context = await asker.gather(output, read_traces(output.splitlines()))
        proposed = await asker.propose(context)
    assert (len(cheap.requests), len(dear.requests)) == (1, asked)
    assert isinstance(proposed, Success) is bool(asked)


async def test_the_model_that_was_named_is_asked() -> None:
    async with project(USEFUL, SECOND) as it:
        asker = attrs.evolve(it.healer.asker, request=ChatRequest("fake/other", ()))
        it.healer = attrs.evolve(it.healer, asker=asker)
        report = await it.heal()
        assert [one.proposal.model for one in report.rounds if one.proposal] == ["fake/other"] * 2
