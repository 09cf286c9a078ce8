"""A log as a stream of errors, on fakes: one question for each kind, bounded in rate and in number."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager

import anyio
import attrs

from pointsman import App, GroupReport, HealingOutcome, fake, fake_settings, open_app
from pointsman.core.error import ModelUnavailable
from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.healing.report import CheckVerdict, UnreadableAnswer
from pointsman.layers.healing import watcher_for
from pointsman.services.healing.error_watch import ErrorWatcher
from pointsman.services.healing.patch_check import PatchCheck
from pointsman.services.ports.sandbox import Execution, Job, SandboxError
from pointsman.testing import FakeSandbox, MemoryFolder, Reply, ScriptedClient, VirtualClock

SOURCE = b"def f(x):\n    return y\n"
ANSWER = "It is x.\n\napp.py\n<<<<<<< SEARCH\n    return y\n=======\n    return x\n>>>>>>> REPLACE\n"


def error(line: int = 2, name: str = "y") -> list[str]:
    """An error, line by line."""
    return [
        "Traceback (most recent call last):",
        f'  File "/srv/app.py", line {line}, in f',
        "    return y",
        f"NameError: name '{name}' is not defined",
    ]


async def stream(lines: Iterable[str]) -> AsyncGenerator[str, None]:
    for line in lines:
        await anyio.lowlevel.checkpoint()
        yield line


@attrs.define
class Watched:
    """What is watched, what was reported, and the parts of it."""

    app: App
    watcher: ErrorWatcher
    model: ScriptedClient
    folder: MemoryFolder
    clock: VirtualClock
    reports: list[GroupReport] = attrs.field(factory=list)


@asynccontextmanager
async def watched(*replies: Reply, most_asked: int = 50, per_minute: int = 10) -> AsyncIterator[Watched]:
    model = ScriptedClient(replies or (lambda request: ANSWER))
    folder, clock = MemoryFolder({"app.py": SOURCE}), VirtualClock()
    reports: list[GroupReport] = []
    async with open_app(fake({"fake": model}, clock), fake_settings()) as opened:
        app = opened.unwrap()
        watcher = watcher_for(app, tell=reports.append, most_asked=most_asked, per_minute=per_minute)
        asker = attrs.evolve(watcher.asker, folder=folder)
        yield Watched(app, attrs.evolve(watcher, asker=asker), model, folder, clock, reports)


async def test_equal_errors_are_asked_about_once_and_counted() -> None:
    async with watched() as it:
        summary = await it.watcher.watch(stream([*error(), "fine", *error(), *error(3), *error(name="z")]))
        assert [report.first.title for report in it.reports] == [
            "NameError at /srv/app.py:2 in f",
            "NameError at /srv/app.py:3 in f",
        ]
        assert [(one.count, one.asked) for one in summary.groups] == [(3, True), (1, True)]
        assert (summary.errors, len(it.model.requests)) == (4, 2)
        proposal = it.reports[0].proposal
        assert proposal is not None
        assert "+    return x" in proposal.shown.diff
        assert it.folder.files["app.py"] == SOURCE


async def test_an_error_that_nothing_follows_is_asked_about_after_a_quiet_moment() -> None:
    async with watched() as it:
        ends = anyio.Event()

        async def lines() -> AsyncGenerator[str, None]:
            for line in error():
                yield line
            await ends.wait()

        async with anyio.create_task_group() as group:
            group.start_soon(it.watcher.watch, lines())
            while not it.reports:
                await it.clock.sleep(0.5)
            ends.set()
        assert len(it.reports) == 1


async def test_no_more_are_asked_about_than_allowed_and_no_faster() -> None:
    async with watched(most_asked=5, per_minute=2) as it:
        began = it.clock.monotonic()
        summary = await it.watcher.watch(stream([line for number in range(9) for line in error(number + 1)]))
        assert [one.asked for one in summary.groups] == [True] * 5 + [False] * 4
        assert len(it.model.requests) == 5
        assert it.clock.monotonic() - began >= 120


async def test_memory_is_bounded_whatever_comes() -> None:
    async with watched(most_asked=1) as it:
        summary = await it.watcher.watch(stream([line for number in range(1_200) for line in error(number + 1)]))
        assert (len(summary.groups), summary.beyond, summary.errors) == (1_000, 200, 1_200)


async def test_what_cannot_be_healed_is_reported_and_the_next_is_asked() -> None:
    async with watched("I do not know.", ANSWER) as it:
        await it.watcher.watch(stream([*error(2), *error(3)]))
        first, second = it.reports
        assert isinstance(first.failure, UnreadableAnswer)
        assert second.proposal is not None
    async with watched(*[ModelUnavailable(detail="down")] * 20) as it:
        await it.watcher.watch(stream(error()))
        assert isinstance(it.reports[0].failure, ModelUnavailable)


async def test_an_answer_that_cannot_be_read_is_told_as_not_healed_where_changes_are_checked() -> None:
    for is_checked in (True, False):
        async with watched("I do not know.") as it:
            if is_checked:
                it.watcher.check = PatchCheck(runs(FAILED, PASSED), it.folder, ("pytest", "-q"))
            with it.app.events.listen(HealingOutcome) as notices:
                await it.watcher.watch(stream(error()))
                outcomes = [await notices.receive() for _ in range(notices.statistics().current_buffer_used)]
            told = HealingOutcome(kind=FaultKind.NAME, model="fake/fake-model", healed=False)
            assert outcomes == ([told] if is_checked else [])


async def test_secrets_are_neither_sent_nor_reported() -> None:
    async with watched() as it:
        summary = await it.watcher.watch(stream(error(name="password=hunter2222")))
        assert "hunter2222" not in summary.groups[0].first.message + summary.groups[0].first.text
        assert "hunter2222" not in it.model.requests[0].messages[-1].text
        assert "hunter2222" not in it.reports[0].first.message + it.reports[0].first.text


def runs(before: Execution | SandboxError, after: Execution | SandboxError) -> FakeSandbox:
    """A sandbox in which the check comes to `before` without the change and to `after` with it."""
    return FakeSandbox(lambda job: after if "return x" in job.files["app.py"] else before)


PASSED = Execution(ending="exited", output="1 passed in 0.1s\n")
FAILED, EXITED = Execution(ending="exited", status=1, output="1 failed in 0.1s\n"), Execution(ending="exited")
NO_PYTEST = Execution(ending="exited", status=1, output="/usr/bin/python: No module named pytest\n")


async def test_a_check_says_whether_the_change_heals_and_tells_it_on() -> None:
    cases = [
        (runs(FAILED, PASSED), CheckVerdict(result="healed"), [True]),
        (
            runs(FAILED, EXITED),
            CheckVerdict(result="unproved", detail="tests were counted before, and none after"),
            [],
        ),
        (runs(FAILED, FAILED), CheckVerdict(result="unhealed", detail="1 failed in 0.1s"), [False]),
        (runs(PASSED, PASSED), CheckVerdict(result="unproved", detail="it passes without the change, too"), []),
        (
            runs(NO_PYTEST, NO_PYTEST),
            CheckVerdict(result="unchecked", detail="/usr/bin/python: No module named pytest"),
            [],
        ),
        (runs(SandboxError(detail="no room"), PASSED), CheckVerdict(result="unchecked", detail="no room"), []),
    ]
    for sandbox, verdict, told in cases:
        async with watched() as it:
            it.watcher.check = PatchCheck(sandbox, it.folder, ("pytest", "-q"))
            with it.app.events.listen(HealingOutcome) as notices:
                await it.watcher.watch(stream(error()))
                outcomes = [await notices.receive() for _ in range(notices.statistics().current_buffer_used)]
            assert it.reports[0].check == verdict
            assert outcomes == [
                HealingOutcome(kind=FaultKind.NAME, model="fake/fake-model", healed=healed) for healed in told
            ]
            assert it.folder.files["app.py"] == SOURCE
            jobs: list[Job] = list(sandbox.jobs)
            assert all(job.argv == ("python", "-m", "pytest", "-q") for job in jobs)
