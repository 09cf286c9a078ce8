"""Files too long for the model, read by parts: what that costs is told and asked for before, and progress shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.approval import ask_yes_or_no
from pointsman.adapters.cli.attachments import Attachments
from pointsman.adapters.cli.context import AppContext
from pointsman.adapters.cli.exit_codes import OK, UNAPPLIED, report_failure
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.documents.document import Document, Passage
from pointsman.core.documents.reading_prompts import SUMMARY
from pointsman.core.error import ChatError, ConfigurationError, Fault
from pointsman.core.json import dumps_text
from pointsman.services.documents.long_reading import (
    DocumentAnswer,
    ReadingPlan,
    ReadingProgress,
    check_window,
    plan_reading,
    read_by_plan,
)
from pointsman.services.ports.executor import ClientExecutor

_PARALLEL, _ON_CLUSTER = 4, 64
"""Requests under way at once, on this machine and on a cluster."""
_SHARE = 10
"""A pipe is told of every tenth part."""


async def is_too_long(request: ChatRequest, read: Attachments, context: AppContext) -> bool:
    """Whether `request` with the documents in it passes the window: the one that was named, else the model's."""
    if not read.documents:
        return False
    return isinstance(await check_window(context.app.manager, request, context.options.window), Failure)


async def answer_by_parts(request: ChatRequest, read: Attachments, context: AppContext) -> int:
    """Say what it will take, ask, read by parts, print the answer and what it cites."""
    app, options, terminal = context.app, context.options, context.terminal
    if read.pictures:
        terminal.note("The pictures are not shown: by parts only what is written or said is read.")
    if context.tools:
        terminal.note("The tools are not used: a document is read by parts without any.")
    documents, task = join_documents(read.documents), _task_of(request, len(read.parts))
    template = attrs.evolve(request, messages=request.messages[:-1])
    plan = unwrap_or_failure(await plan_reading(app.manager, documents, task, template, options.window))
    if not isinstance(plan, ReadingPlan):
        return report_failure(plan, terminal)
    terminal.note(plan_text(plan, read.tokens))
    if not await _is_allowed(plan, context):
        terminal.note("Nothing is asked. Say --yes to have it read, or --budget USD to say what it may cost.")
        return UNAPPLIED
    tell = _ProgressLine(terminal)
    async with _open_readers(context) as opened:
        readers = unwrap_or_failure(opened)
        if isinstance(readers, Fault):
            return report_failure(readers, terminal)
        parallel = _PARALLEL if readers is None else _ON_CLUSTER
        answer = unwrap_or_failure(
            await read_by_plan(
                app.manager, plan, parallel=parallel, budget=options.budget, tell=tell.show, readers=readers
            )
        )
    tell.end()
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


def join_documents(documents: tuple[Document, ...]) -> Document:
    """Several documents as one, whose places name the document they are of."""
    if len(documents) == 1:
        return documents[0]
    passages = tuple(
        Passage(kind=one.kind, text=one.text, heading=f"{one.place} of {each.name}" if one.place else each.name)
        for each in documents
        for one in each.passages
        if one.text
    )
    name = ", ".join(document.name for document in documents)
    return Document(name=name, media_type="multipart/mixed", passages=passages)


def plan_text(plan: ReadingPlan, tokens: int) -> str:
    """What reading by parts will take, in a sentence or two."""
    known = plan.expected.usd is not None
    cost = f"It should cost {plan.expected}, and at most {plan.most}." if known else "What it will cost is not known."
    return (
        f"{plan.task.document.name} has about {tokens:,} tokens: it is read in {len(plan.parts)} parts, by "
        f"{plan.requests} requests of at most {plan.window:,} tokens to {plan.model}. {cost}"
    )


async def _is_allowed(plan: ReadingPlan, context: AppContext) -> bool:
    """What costs nothing needs nobody's leave; else one says so before, or types it."""
    options = context.options
    if options.yes or options.budget is not None or (plan.most.usd is not None and not plan.most.amount):
        return True
    return not context.terminal.piped_in and await ask_yes_or_no("Go on?")


def _task_of(request: ChatRequest, files: int) -> str:
    """What is asked after the parts that are files."""
    words = [part.text for part in request.messages[-1].parts[files:] if isinstance(part, Text)]
    return "\n\n".join(words) or SUMMARY


@attrs.define
class _ProgressLine:
    """One line that is written anew for a person, a line now and then for a pipe."""

    terminal: Terminal
    _told: int = 0
    _open: bool = False

    def show(self, progress: ReadingProgress) -> None:
        """Say how far it is."""
        line = f"{progress.read} of {progress.parts} parts read, {progress.cost}"
        if self.terminal.err.isatty():
            self.terminal.err.write(f"\r\x1b[2K{line}")
            self.terminal.err.flush()
            self._open = True
        elif progress.read * _SHARE // progress.parts > self._told:
            self._told = progress.read * _SHARE // progress.parts
            self.terminal.note(line)

    def end(self) -> None:
        """Leave the line."""
        if self._open:
            self.terminal.err.write("\n")
            self.terminal.err.flush()


def _show(answer: DocumentAnswer, context: AppContext) -> None:
    terminal, usd = context.terminal, answer.cost.usd
    if context.options.json:
        told = attrs.asdict(answer, filter=lambda field, value: field.name != "cost")
        terminal.say_json(dumps_text({**told, "cost_usd": None if usd is None else str(usd.normalize() + 0)}))
        return
    terminal.say(answer.text.strip())
    for warning in answer.warnings:
        terminal.note(f"Note: {warning}.")
    if context.options.verbose:
        terminal.note(f"{answer.model} · {answer.requests} requests · cost {answer.cost}")
        terminal.note(f"cites {', '.join(answer.places) or 'no place'}")
