"""Files too long for the model, read by parts: what that costs is told and asked for before, and progress shown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.approval import ask_yes_or_no
from pointsman.adapters.cli.attachments import Attachments
from pointsman.adapters.cli.context import AppContext
from pointsman.adapters.cli.exit_codes import BY_TAG, OK, UNAPPLIED, report_failure
from pointsman.adapters.cli.show import ReadingLine
from pointsman.core.chat.request import ChatRequest
from pointsman.core.conversations.conversation import Entry
from pointsman.core.error import ChatError, ConfigurationError, Fault
from pointsman.core.json import dumps_text
from pointsman.services.documents.long_question import (
    PartReadingClient,
    ReadingLeave,
    mention_files,
    plan_question,
    with_earlier,
)
from pointsman.services.documents.long_reading import (
    DocumentAnswer,
    ReadingError,
    ReadingPlan,
    read_by_plan,
)
from pointsman.services.ports.executor import ClientExecutor

_PARALLEL, _ON_CLUSTER = 4, 64
"""Requests under way at once, on this machine and on a cluster."""


async def plan_by_parts(
    request: ChatRequest, read: Attachments, context: AppContext
) -> Result[ReadingPlan | None, ReadingError]:
    """How `request`, whose last message begins with what was read, is answered by parts; None if it fits whole."""
    shown, window = len(read.parts), context.options.window
    return await plan_question(context.app.manager, request, read.documents, shown, window)


async def fit_documents(
    asked: ChatRequest, before: Sequence[Entry], read: Attachments, context: AppContext
) -> tuple[ChatRequest, PartReadingClient | None] | int:
    """A turn after `before`: whole, or as it is kept and who answers it by parts; or the exit code."""
    planned = await plan_by_parts(with_earlier(asked, before), read, context)
    if isinstance(planned, Failure):
        return report_failure(planned.failure(), context.terminal)
    plan = planned.unwrap()
    if plan is None:
        return asked, None
    if not await is_allowed(plan, read, context):
        return UNAPPLIED
    leave = ReadingLeave(is_given=True, budget=context.options.budget)
    return mention_files(asked, plan), PartReadingClient(manager=context.app.manager, plan=plan, leave=leave)


def advise_window(code: int, context: AppContext) -> int:
    """`code`; where the model had no room, whose window nobody knew, how it is read by parts all the same."""
    if code == BY_TAG["ContextTooLarge"] and context.options.window is None:
        context.terminal.note("How much it takes was not known before. --window N has files read by parts of N tokens.")
    return code


async def is_allowed(plan: ReadingPlan, read: Attachments, context: AppContext) -> bool:
    """Say what it will take, and ask; where nobody is there to be asked, that is told too."""
    options, terminal = context.options, context.terminal
    if read.pictures:
        terminal.note("The pictures are not shown: by parts only what is written or said is read.")
    if context.tools:
        terminal.note("The tools are not used: a document is read by parts without any.")
    terminal.note(str(plan))
    if options.yes or options.budget is not None or plan.is_free:
        return True
    if not terminal.piped_in and await ask_yes_or_no("Go on?"):
        return True
    terminal.note("Nothing is asked. Say --yes to have it read, or --budget USD to say what it may cost.")
    return False


async def answer_by_parts(plan: ReadingPlan, context: AppContext) -> int:
    """Read by parts, print the answer and what it cites."""
    options, terminal = context.options, context.terminal
    line = ReadingLine(terminal)
    async with _open_readers(context) as opened:
        readers = unwrap_or_failure(opened)
        if isinstance(readers, Fault):
            return report_failure(readers, terminal)
        parallel = _PARALLEL if readers is None else _ON_CLUSTER
        answer = unwrap_or_failure(
            await read_by_plan(
                context.app.manager, plan, parallel=parallel, budget=options.budget, tell=line.show, readers=readers
            )
        )
    line.end()
    if not isinstance(answer, DocumentAnswer):
        return report_failure(answer, terminal)
    _show(answer, context)
    return OK


@asynccontextmanager
async def _open_readers(
    context: AppContext,
) -> AsyncIterator[Result[ClientExecutor | None, ChatError | ConfigurationError]]:
    """Who asks for the parts: the workers of a cluster, where one is named."""
    cluster = context.options.cluster or context.app.settings.cluster
    if cluster is None:
        yield Success(None)
        return
    async with context.wiring.open_readers(cluster) as opened:
        yield opened.map(lambda readers: readers)


def _show(answer: DocumentAnswer, context: AppContext) -> None:
    terminal, usd = context.terminal, answer.cost.usd
    if context.options.json:
        told = attrs.asdict(answer, filter=lambda field, value: field.name not in ("cost", "response"))
        terminal.say_json(dumps_text({**told, "cost_usd": None if usd is None else str(usd.normalize() + 0)}))
        return
    terminal.say(answer.text.strip())
    for warning in answer.warnings:
        terminal.note(f"Note: {warning}.")
    if context.options.verbose:
        terminal.note(f"{answer.model} · {answer.requests} requests · cost {answer.cost}")
        terminal.note(f"cites {', '.join(answer.places) or 'no place'}")
