"""How one answer is asked for and printed: as it comes, whole, as JSON, or its code alone. It knows no prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.approval import approval
from pointsman.adapters.cli.context import AppContext
from pointsman.adapters.cli.exit_codes import report_failure
from pointsman.adapters.cli.show import (
    first_code_block,
    print_events,
    response_code,
    response_json,
    show_end,
    show_facts,
    show_stream,
    show_whole,
)
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.conversations.conversation import Dialogue
from pointsman.core.effect import settle
from pointsman.core.error import LLMError

if TYPE_CHECKING:  # `--no-log` loads none of it
    from pointsman.services.conversations.logged_client import Asked


async def answer(request: ChatRequest, context: AppContext) -> int:
    """Ask, print and log; the exit code says how it went."""
    options, terminal = context.options, context.terminal
    client = await _client(context)
    if isinstance(client, LLMError):
        return report_failure(client, terminal)
    if options.json or options.no_stream or options.extract:
        return await _whole(client, request, context)
    async with client.stream(request) as events:
        if options.jsonl:
            return await print_events(events, terminal)
        end = await show_stream(events, terminal, options.verbose)
    return show_end(end, terminal, options.verbose)


async def _client(context: AppContext) -> Asked | LLMError:
    """Who is asked: with the tools that are wanted, in the conversation that is gone on with, and with the log."""
    app, options = context.app, context.options
    talks = app.manager.conversations
    asked = app.manager.tooled(*context.tools, approve=approval(context.terminal)) if context.tools else app.client
    named = options.conversation or ("latest" if options.go_on else None)
    if named is not None:
        from pointsman.adapters.cli.conversations import find_dialogue
        from pointsman.services.conversations.logged_client import ContinuedClient

        found = await find_dialogue(talks.store, named)
        return ContinuedClient(talks.through(asked), found.conversation.id) if isinstance(found, Dialogue) else found
    if options.no_log or not app.settings.log or app.settings.database in (None, "", ":memory:"):
        return asked
    from pointsman.services.conversations.logged_client import LoggedClient

    return LoggedClient(asked, talks)


async def _whole(client: Asked, request: ChatRequest, context: AppContext) -> int:
    options, terminal = context.options, context.terminal
    response = unwrap_or_failure(await settle(client.chat(request)))
    if not isinstance(response, ChatResponse):
        return report_failure(response, terminal)
    if options.json:
        terminal.say(response_json(response))
        return response_code(response)
    if options.extract:
        terminal.say(first_code_block(response.text))
    else:
        show_whole(response, terminal)
    return show_facts(response, terminal, options.verbose)
