"""When a vendor's own way of writing is used for an answer, and what is then written: calls, searches, cache. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from pointsman.adapters.dialects.dialect import ChatCall, Dialect
from pointsman.adapters.simulator.prompt_cache import CacheUse, PromptCache
from pointsman.adapters.simulator.scenario import Action, FixedAnswer, FixedCall, FixedSearch
from pointsman.adapters.simulator.simulator import Simulator
from pointsman.adapters.simulator.turn import hosted_search
from pointsman.adapters.simulator.wire_answers.answer_turn import FreeformCall, Turn, WebSearch, WireAnswers, WirePart
from pointsman.adapters.simulator.wire_answers.anthropic import ANTHROPIC
from pointsman.adapters.simulator.wire_answers.openai_chat import OPENAI_CHAT
from pointsman.adapters.simulator.wire_answers.openai_responses import OPENAI_RESPONSES
from pointsman.core.chat.part import Reasoning, ToolCall
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.json import JsonObject


@attrs.frozen
class WireCall:
    """A chat request as the dialect read it, its raw `body`, and the prompt cache that its marks are for, if any."""

    call: ChatCall
    body: JsonObject
    cache: PromptCache | None

    @property
    def request(self) -> ChatRequest:
        """The request."""
        return self.call.request


def wire_answers(simulator: Simulator, dialect: Dialect, chat: WireCall, action: Action | None) -> WireAnswers | None:
    """The vendor's own way of writing, where the simulator is strict or the dialect has no words for what is said."""
    wordless = isinstance(action, FixedAnswer) and (action.searches or any(call.input for call in action.tool_calls))
    if dialect.name == "openai-chat":
        return OPENAI_CHAT if wordless or (simulator.strict and chat.body.get("n") not in (None, 1)) else None
    return _WRITERS.get(dialect.name) if wordless or simulator.strict else None


_WRITERS = {"anthropic": ANTHROPIC, "openai-responses": OPENAI_RESPONSES}


def turn_of(
    simulator: Simulator,
    dialect: Dialect,
    chat: WireCall,
    response: ChatResponse,
    action: Action | None,
    unstopped: str,
) -> Turn:
    """`response` as a turn to be written; `unstopped` is its text without stop sequences."""
    cache = chat.cache if dialect.name == "anthropic" else None
    return Turn(
        response=response,
        parts=tuple(_wire_parts(chat, response, action)),
        body=chat.body,
        cache=CacheUse() if cache is None else cache.use(chat.body),
        stop_hit=_stop_hit(chat, response, unstopped),
        piece=simulator.piece,
        now=int(simulator.now()),
    )


def sent_together(frames: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks of a stream: all that comes before the first delta is one, as the vendors send it."""
    head: bytes | None = b""
    for frame in frames:
        if head is not None and b"delta" not in frame.partition(b"\n")[0]:
            head += frame
            continue
        if head:
            yield head
        head = None
        yield frame
    if head:
        yield head


def _wire_parts(chat: WireCall, response: ChatResponse, action: Action | None) -> Iterator[WirePart]:
    """The parts of `response`, the searches after its thoughts, and freeform calls as what they are."""
    freeform = {call.name: call.input for call in _fixed_calls(action) if call.input is not None}
    searches = [*_searches(chat, response, action)]
    for part in response.parts:
        if not isinstance(part, Reasoning):
            yield from searches
            searches = []
        text = freeform.get(part.name) if isinstance(part, ToolCall) else None
        yield FreeformCall(part.id, part.name, text) if isinstance(part, ToolCall) and text is not None else part
    yield from searches


def _fixed_calls(action: Action | None) -> tuple[FixedCall, ...]:
    return action.tool_calls if isinstance(action, FixedAnswer) else ()


def _searches(chat: WireCall, response: ChatResponse, action: Action | None) -> Iterator[WebSearch]:
    """The searches that a scenario wants, or one of the words that ask for it where the vendor's search is offered."""
    wanted = action.searches if isinstance(action, FixedAnswer) else ()
    asked = chat.request.messages[-1].text
    if action is None and hosted_search(chat.body) and re.search(r"\b(search|look up|find)\b", asked, re.IGNORECASE):
        wanted = (FixedSearch(asked[:200], (("A simulated page", "https://example.com/simulated"),)),)
    for number, search in enumerate(wanted, 1):
        yield WebSearch(f"srvtoolu_sim{response.id[-12:]}_{number}", search.query, search.results)


def _stop_hit(chat: WireCall, response: ChatResponse, unstopped: str) -> str | None:
    """The stop sequence before which the text was cut."""
    if response.finish_reason is not Finish.STOP:
        return None
    rest = unstopped[len(response.text) :]
    return next((sequence for sequence in chat.request.stop if sequence and rest.startswith(sequence)), None)
