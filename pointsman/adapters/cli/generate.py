"""`pointsman generate`: ask once."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.answering import answer
from pointsman.adapters.cli.call_options import choose_options
from pointsman.adapters.cli.context import AppCommand, AppContext
from pointsman.adapters.cli.exit_codes import report_failure, report_usage
from pointsman.adapters.cli.line_check import problem_of
from pointsman.adapters.cli.media import read_images
from pointsman.adapters.cli.parameters import set_parameters
from pointsman.adapters.cli.templates import fill_template, save_template
from pointsman.core.chat.message import Message, system, user
from pointsman.core.chat.part import Image
from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import InvalidRequest


@AppCommand
async def generate(context: AppContext) -> int:
    """Ask and print; the exit code says how it went."""
    app, options, terminal = context.app, context.options, context.terminal
    if options.save is not None:
        return await save_template(context, options.save)
    problem = problem_of(options, app.settings)
    if problem is not None:
        return report_usage(problem, terminal)
    images = await read_images(options.image, context.read_image)
    if isinstance(images, Failure):
        return report_failure(images.failure(), terminal)
    request = unwrap_or_failure(await build_request(context, images.unwrap()))
    if isinstance(request, InvalidRequest):
        return report_failure(request, terminal)
    ready = unwrap_or_failure(set_parameters(choose_options(request, options, app), options.parameters))
    if not isinstance(ready, ChatRequest):
        return report_failure(ready, terminal)
    return await answer(ready, context)


async def build_request(context: AppContext, images: tuple[Image, ...] = ()) -> Result[ChatRequest, InvalidRequest]:
    """The request that the command line, and a pipe into it, describe."""
    app, options, terminal = context.app, context.options, context.terminal
    piped = await terminal.read_all() if terminal.piped_in and "-" not in options.image else ""
    if isinstance(piped, InvalidRequest):
        return Failure(piped)
    text = joined(" ".join(options.prompt), piped)
    if options.template is not None:
        shaped = fill_template(app.manager.prompts, options.template, options.set, text, piped)
        return shaped.bind(lambda messages: _with_schema(ChatRequest("", _attach_images(messages, images)), context))
    if not text.strip() and not images:
        problem = "there is no prompt; give one as an argument or through a pipe"
        return Failure(InvalidRequest(detail=problem, problems=(problem,), local=True))
    # what is said of a conversation stays with it: only what is said now goes above it
    instructions = options.system or (None if options.go_on or options.conversation else app.settings.system)
    messages: tuple[Message, ...] = (system(instructions),) if instructions else ()
    request = ChatRequest("", (*messages, user(*images, *([text] if text else []))))
    return _with_schema(request, context)


def _attach_images(messages: tuple[Message, ...], images: tuple[Image, ...]) -> tuple[Message, ...]:
    """`messages`, the last of which shows `images` too."""
    return (*messages[:-1], user(*images, *messages[-1].parts)) if images else messages


def _with_schema(request: ChatRequest, context: AppContext) -> Result[ChatRequest, InvalidRequest]:
    schema = context.options.schema
    if schema is None:
        return Success(request)
    from pointsman.adapters.cli.schemas import read_schema

    kept = context.wiring.kept_texts(context.app.settings, "schemas")
    return read_schema(schema, kept).map(lambda read: attrs.evolve(request, response_schema=read))


def joined(typed: str, piped: str) -> str:
    """The words of the command line, and what a pipe brought, one after the other."""
    return "\n\n".join(text for text in (typed, piped.rstrip("\n")) if text.strip())
