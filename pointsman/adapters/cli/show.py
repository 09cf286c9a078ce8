"""Answers as they come and as they are, for a person, a pipe or a program."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import nullcontext

import attrs

from pointsman.adapters.cli.exit_codes import FILTERED, OK, exit_code
from pointsman.adapters.cli.markdown import MarkdownStream
from pointsman.adapters.cli.show_media import media_json, show_media
from pointsman.adapters.cli.terminal import Terminal, printable
from pointsman.core.chat.event import (
    Done,
    Failed,
    ReadingProgress,
    ReasoningDelta,
    Restarted,
    StreamEvent,
    TextDelta,
    ToolRan,
)
from pointsman.core.chat.part import Refusal, Text
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.usage import Usage
from pointsman.core.error import InvalidResponse
from pointsman.core.json import Json, JsonObject, as_object, compact, dumps_text, loads
from pointsman.core.money.cost import Cost

_SHARES = 10
"""A pipe is told of every tenth part."""


async def show_stream(events: AsyncIterator[StreamEvent], terminal: Terminal, verbose: bool) -> Done | Failed:
    """Print an answer while it comes and give its end."""
    end: Done | Failed = Failed(InvalidResponse(detail="the stream had no end"), ChatResponse())
    markdown = MarkdownStream(terminal.console()) if terminal.rich else None
    wrote, thinking, reading = "", False, ReadingLine(terminal)
    with markdown or nullcontext():
        async for event in events:
            if isinstance(event, ReadingProgress):
                reading.show(event)
                continue
            reading.end()
            if isinstance(event, TextDelta):
                if thinking:
                    terminal.note("")
                thinking, wrote = False, event.text or wrote
                markdown.add(event.text) if markdown else terminal.say(event.text, end="")
            elif isinstance(event, ReasoningDelta) and verbose and markdown is None:
                terminal.err.write(printable(event.text))
                thinking = True
            elif isinstance(event, ToolRan):
                _show_tool(event, terminal)
            elif isinstance(event, Restarted):
                terminal.note(f"\n[{event.error.summary}; starting anew with {event.provider}/{event.model}]")
            elif isinstance(event, (Done, Failed)):
                end = event
    if markdown is None and wrote and not wrote.endswith("\n"):
        terminal.say()
    return end


@attrs.define
class ReadingLine:
    """How far a document is read by parts: one line that is written anew for a person, now and then one for a pipe."""

    terminal: Terminal
    _shares: int = 0
    _open: bool = False

    def show(self, progress: ReadingProgress) -> None:
        """Say how far it is."""
        line = f"{progress.read} of {progress.parts} parts read, {progress.cost}"
        if self.terminal.err.isatty():
            self.terminal.err.write(f"\r\x1b[2K{line}")
            self.terminal.err.flush()
            self._open = True
        elif progress.read * _SHARES // progress.parts > self._shares:
            self._shares = progress.read * _SHARES // progress.parts
            self.terminal.note(line)

    def end(self) -> None:
        """Leave the line."""
        if self._open:
            self._open = False
            self.terminal.err.write("\n")
            self.terminal.err.flush()


def _show_tool(event: ToolRan, terminal: Terminal) -> None:
    said = _result_text(event)
    short = said if len(said) <= 200 else said[:199] + "…"
    outcome = "failed" if event.result.is_error else f"{event.latency_ms:.0f} ms"
    terminal.note(f"[{event.call.name}({event.call.arguments}) {outcome}: {short}]")


def _result_text(event: ToolRan) -> str:
    return "".join(part.text for part in event.result.content if isinstance(part, Text))


def show_end(end: Done | Failed, terminal: Terminal, verbose: bool) -> int:
    """Say how a stream ended, and give the exit code."""
    if isinstance(end, Failed):
        terminal.complain(end.error)
        if end.after_output:
            terminal.note("What is printed above is the part that came before the failure.")
        return exit_code(end.error)
    return show_facts(end.response, terminal, verbose)


def response_code(response: ChatResponse) -> int:
    """The exit code of an answer that came whole: whether it is one."""
    return FILTERED if str(response.finish_reason) in ("content_filter", "refusal") or response.refusal else OK


def show_whole(response: ChatResponse, terminal: Terminal) -> None:
    """Print the text of a whole answer."""
    if terminal.rich:
        with MarkdownStream(terminal.console()) as markdown:
            markdown.add(response.text)
    elif response.text:
        terminal.say(response.text)


_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)


def first_code_block(text: str) -> str:
    """What stands in the first fence of `text`; all of it where there is none."""
    found = _FENCE.search(text)
    return text.strip("\n") if found is None else found[2].rstrip("\n")


async def print_events(events: AsyncIterator[StreamEvent], terminal: Terminal) -> int:
    """Print each event of an answer as a line of JSON, and give the exit code. The last is `done` or `error`."""
    code = OK
    async for event in events:
        match event:
            case TextDelta(text=text):
                terminal.say_json(dumps_text({"event": "text", "text": text}))
            case ReasoningDelta(text=text):
                terminal.say_json(dumps_text({"event": "reasoning", "text": text}))
            case ToolRan():
                call = {"id": event.call.id, "name": event.call.name, "arguments": event.call.arguments}
                told = {"call": call, "result": _result_text(event), "latency_ms": event.latency_ms}
                terminal.say_json(dumps_text({"event": "tool", **told}))
            case ReadingProgress():
                done = {"parts": event.parts, "read": event.read, "cost_usd": _usd(event.cost)}
                terminal.say_json(dumps_text({"event": "reading", **done}))
            case Restarted():
                whom = {"provider": event.provider, "model": event.model}
                terminal.say_json(dumps_text({"event": "restart", **whom, "why": event.error.summary}))
            case Done():
                whole = as_object(loads(response_json(event.response)).value_or({}))
                terminal.say_json(dumps_text({"event": "done", **whole}))
                code = response_code(event.response)
            case Failed():
                error = {"tag": event.error.tag, "message": str(event.error)}
                terminal.say_json(dumps_text({"event": "error", "error": error, "text": event.partial.text}))
                code = exit_code(event.error)
            case _:
                pass
    return code


def show_facts(response: ChatResponse, terminal: Terminal, verbose: bool) -> int:
    """What stands beside the text: refusals, tool calls, warnings; with `verbose` also who, how long, how much.

    Gives the exit code of the answer.
    """
    show_media(response.parts, terminal)
    for part in response.parts:
        if isinstance(part, Refusal):
            terminal.note(f"The model declined: {part.text}")
    for call in response.tool_calls:
        terminal.note(f"The model calls {call.name}({call.arguments})")
    for warning in response.warnings:
        terminal.note(f"Note: {warning.text}")
    if str(response.finish_reason) in ("length", "content_filter", "refusal"):
        terminal.note(f"The answer ended early: {str(response.finish_reason).replace('_', ' ')}.")
    if response.used_fallback:
        terminal.note(f"{response.fallback_provider} stepped in after {response.retry_count} failed attempt(s).")
    if verbose:
        for memory in response.recalled:
            terminal.note(f"remembered: {memory}")
        if response.prompt:
            pieces = (f"{one.name} {one.tokens} ({one.fate.replace('_', ' ')})" for one in response.prompt)
            terminal.note(f"instructions, in tokens: {', '.join(pieces)}")
        took = f"{response.latency_ms:.0f} ms" if response.latency_ms is not None else "unknown time"
        usage = usage_text(response.usage)
        cost = f"from the cache, saved {response.saved}" if response.is_cached else f"cost {response.cost}"
        tried = f"{len(response.attempts)} attempt(s)"
        terminal.note(f"{response.provider}/{response.model} · {took} · {usage} · {cost} · {tried}")
        if response.route is not None:
            terminal.note(f"task {response.route.task or 'none'}, strategy {response.route.strategy}")
            terminal.note(str(response.route))
    return response_code(response)


def usage_text(usage: Usage) -> str:
    """`12 in, 34 out`, with a question mark for what is unknown."""
    known = [
        f"{'?' if usage.input is None else usage.input} in",
        f"{'?' if usage.output is None else usage.output} out",
    ]
    if usage.cached_input:
        known.append(f"{usage.cached_input} cached")
    if usage.reasoning:
        known.append(f"{usage.reasoning} reasoning")
    return ", ".join(known) + " tokens" + (" (estimated)" if usage.estimated else "")


def response_json(response: ChatResponse) -> str:
    """A response as one line of JSON; unknown numbers are null."""
    usage = response.usage
    calls: list[Json] = [{"id": c.id, "name": c.name, "arguments": c.arguments} for c in response.tool_calls]
    counts: JsonObject = {
        "input": usage.input,
        "output": usage.output,
        "cached_input": usage.cached_input,
        "reasoning": usage.reasoning,
        "estimated": usage.estimated,
    }
    return dumps_text(
        {
            "text": response.text,
            **compact({"reasoning": response.reasoning or None, "refusal": response.refusal}),
            **({"media": media} if (media := media_json(response.parts)) else {}),
            "tool_calls": calls,
            "finish_reason": None if response.finish_reason is None else str(response.finish_reason),
            "usage": counts,
            "provider": response.provider,
            "model": response.model,
            "id": response.id,
            "latency_ms": response.latency_ms,
            "retry_count": response.retry_count,
            "used_fallback": response.used_fallback,
            "cost_usd": _usd(response.cost),
            "cached": response.is_cached,
            "saved_usd": _usd(response.saved),
            "route": [] if response.route is None else [one.model for one in response.route.ranked],
            "warnings": [warning.text for warning in response.warnings],
        }
    )


def _usd(cost: Cost) -> str | None:
    return None if cost.usd is None else str(cost.usd.normalize() + 0)
