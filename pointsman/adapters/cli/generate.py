"""`pointsman generate`: ask once."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.answering import answer
from pointsman.adapters.cli.call_options import choose_options, problem_of
from pointsman.adapters.cli.context import AppContext, asking_command
from pointsman.adapters.cli.exit_codes import UNAPPLIED, report_failure, report_usage
from pointsman.adapters.cli.parameter_options import set_parameters
from pointsman.core.chat.message import Message, system, user
from pointsman.core.chat.part import Image, Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import InvalidRequest, invalid_request


@asking_command
async def generate(context: AppContext) -> int:
    """Ask and print; the exit code says how it went."""
    app, options, terminal = context.app, context.options, context.terminal
    if options.save is not None:
        from pointsman.adapters.cli.templates import save_template

        return await save_template(context, options.save)
    problem = problem_of(options, app.settings)
    if problem is not None:
        return report_usage(problem, terminal)
    if options.files:
        return await _generate_with_files(context)
    request = unwrap_or_failure(await build_request(context))
    if isinstance(request, InvalidRequest):
        return report_failure(request, terminal)
    return await answer(request, context)


async def _generate_with_files(context: AppContext) -> int:
    """Ask with what the files hold; by parts where that is too long. What reads them is loaded here."""
    from pointsman.adapters.cli.attachments import Attachments, read_attachments

    read = unwrap_or_failure(await read_attachments(context.options.files, context))
    if not isinstance(read, Attachments):
        return report_failure(read, context.terminal)
    request = unwrap_or_failure(await build_request(context, read.parts))
    if isinstance(request, InvalidRequest):
        return report_failure(request, context.terminal)
    if not read.has_words:
        return await answer(request, context)
    from pointsman.adapters.cli.by_parts import advise_window, answer_by_parts, is_allowed, plan_by_parts

    planned = await plan_by_parts(request, read, context)
    if isinstance(planned, Failure):
        return report_failure(planned.failure(), context.terminal)
    plan = planned.unwrap()
    if plan is None:
        return advise_window(await answer(request, context), context)
    return await answer_by_parts(plan, context) if await is_allowed(plan, read, context) else UNAPPLIED


async def build_request(
    context: AppContext, files: tuple[Text | Image, ...] = ()
) -> Result[ChatRequest, InvalidRequest]:
    """The request that the command line, and a pipe into it, describe."""
    options = context.options
    made = await _shape_request(context, files)
    return made.bind(lambda request: set_parameters(choose_options(request, options, context.app), options.parameters))


async def _shape_request(context: AppContext, files: tuple[Text | Image, ...]) -> Result[ChatRequest, InvalidRequest]:
    app, options, terminal = context.app, context.options, context.terminal
    piped = await terminal.read_all() if terminal.piped_in and "-" not in options.files else ""
    if isinstance(piped, InvalidRequest):
        return Failure(piped)
    text = join_text(" ".join(options.prompt), piped)
    if options.template is not None:
        from pointsman.adapters.cli.templates import fill_template

        shaped = fill_template(app.manager.prompts, options.template, options.set, text, piped)
        return shaped.bind(lambda messages: _with_schema(ChatRequest("", _attach(messages, files)), context))
    if not text.strip() and not files:
        problem = "there is no prompt; give one as an argument or through a pipe"
        return Failure(invalid_request(problem))
    # what is said of a conversation stays with it: only what is said now goes above it
    instructions = options.system or (None if options.go_on or options.conversation else app.settings.system)
    messages: tuple[Message, ...] = (system(instructions),) if instructions else ()
    request = ChatRequest("", (*messages, user(*files, *([text] if text else []))))
    return _with_schema(request, context)


def _attach(messages: tuple[Message, ...], files: tuple[Text | Image, ...]) -> tuple[Message, ...]:
    """`messages`, the last of which shows `files` too."""
    return (*messages[:-1], user(*files, *messages[-1].parts)) if files else messages


def _with_schema(request: ChatRequest, context: AppContext) -> Result[ChatRequest, InvalidRequest]:
    schema = context.options.schema
    if schema is None:
        return Success(request)
    from pointsman.adapters.cli.schemas import read_schema

    kept = context.wiring.kept_texts(context.app.settings, "schemas")
    return read_schema(schema, kept).map(lambda read: attrs.evolve(request, response_schema=read))


def join_text(typed: str, piped: str) -> str:
    """The words of the command line, and what a pipe brought, one after the other."""
    return "\n\n".join(text for text in (typed, piped.rstrip("\n")) if text.strip())
