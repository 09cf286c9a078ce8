"""`pointsman generate`: ask once."""

from __future__ import annotations

from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.approval import approval
from pointsman.adapters.cli.call_options import choose_options
from pointsman.adapters.cli.context import AppContext, asking_command
from pointsman.adapters.cli.exit_codes import OK, report_failure
from pointsman.adapters.cli.media import read_schema
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.prompts import messages_given
from pointsman.adapters.cli.show import response_json, show_end, show_facts, show_stream, show_whole
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.message import Message, system, user
from pointsman.core.chat.part import Image, Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest
from pointsman.services.app import App
from pointsman.services.ports.client import ChatClient


@asking_command
async def generate(context: AppContext) -> int:
    """Ask and print; the exit code says how it went."""
    app, options, terminal = context.app, context.options, context.terminal
    if options.files:
        return await _generate_with_files(context)
    request = unwrap_or_failure(build_request(options, terminal, app))
    if isinstance(request, InvalidRequest):
        return report_failure(request, terminal)
    return await _answer(choose_options(request, options, app), context)


async def _generate_with_files(context: AppContext) -> int:
    """Ask with what the files hold; by parts where that is too long. What reads them is loaded here."""
    from pointsman.adapters.cli.attachments import Attachments, read_attachments
    from pointsman.adapters.cli.by_parts import answer_by_parts, is_too_long

    app, options, terminal = context.app, context.options, context.terminal
    read = unwrap_or_failure(await read_attachments(options.files, context))
    if not isinstance(read, Attachments):
        return report_failure(read, terminal)
    request = unwrap_or_failure(build_request(options, terminal, app, read.parts))
    if isinstance(request, InvalidRequest):
        return report_failure(request, terminal)
    request = choose_options(request, options, app)
    if await is_too_long(request, read, context):
        return await answer_by_parts(request, read, context)
    return await _answer(request, context)


async def _answer(request: ChatRequest, context: AppContext) -> int:
    app, options, terminal = context.app, context.options, context.terminal
    client: ChatClient = app.client
    if context.tools:
        client = app.manager.tooled(*context.tools, approve=approval(terminal))
    if options.no_stream or options.json:
        return await _whole(client, request, options, terminal)
    async with client.stream(request) as events:
        end = await show_stream(events, terminal, options.verbose)
    return show_end(end, terminal, options.verbose)


async def _whole(client: ChatClient, request: ChatRequest, options: Options, terminal: Terminal) -> int:
    answer = unwrap_or_failure(await settle(client.chat(request)))
    if not isinstance(answer, ChatResponse):
        return report_failure(answer, terminal)
    if options.json:
        terminal.say(response_json(answer))
        return OK
    show_whole(answer, terminal)
    show_facts(answer, terminal, options.verbose)
    return OK


def build_request(
    options: Options, terminal: Terminal, app: App, files: tuple[Text | Image, ...] = ()
) -> Result[ChatRequest, InvalidRequest]:
    """The request that the command line, and a pipe into it, describe."""
    if options.template is not None:
        shaped = messages_given(app.manager.prompts, options.template, options.set)
        if isinstance(shaped, Failure):
            return Failure(shaped.failure())
        return _with_schema(ChatRequest("", _attach(shaped.unwrap(), files)), options.schema)
    text = prompt_text(options.prompt, terminal)
    if not text.strip() and not files:
        problem = "there is no prompt; give one as an argument or through a pipe"
        return Failure(InvalidRequest(detail=problem, problems=(problem,)))
    instructions = options.system or app.settings.system
    messages: tuple[Message, ...] = (system(instructions),) if instructions else ()
    request = ChatRequest("", (*messages, user(*files, *([text] if text else []))))
    return _with_schema(request, options.schema)


def _attach(messages: tuple[Message, ...], files: tuple[Text | Image, ...]) -> tuple[Message, ...]:
    """`messages`, the last of which shows `files` too."""
    return (*messages[:-1], user(*files, *messages[-1].parts)) if files else messages


def _with_schema(request: ChatRequest, schema: str | None) -> Result[ChatRequest, InvalidRequest]:
    import attrs

    if schema is None:
        return Success(request)
    return read_schema(schema).map(lambda read: attrs.evolve(request, response_schema=read))


def prompt_text(words: list[str], terminal: Terminal) -> str:
    """The words of the command line, and what a pipe brings, one after the other."""
    typed = " ".join(words)
    piped = terminal.source.read() if terminal.piped_in and (not typed or _readable(terminal)) else ""
    return "\n\n".join(text for text in (typed, piped.rstrip("\n")) if text.strip())


def _readable(terminal: Terminal) -> bool:
    """Whether something waits on the input: a prompt that is given as an argument must not wait for a pipe."""
    import select

    try:
        ready, _, _ = select.select([terminal.source], [], [], 0.0)
    except (OSError, ValueError):
        return False
    return bool(ready)
