"""The simulated model: a request in, the same answer out every time. Pure; it knows no wire format and no clock."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

import attrs

from pointsman.adapters.simulator.example import example
from pointsman.adapters.simulator.request_summary import count_in_words, quote_line, summary_lines
from pointsman.adapters.simulator.tokens import (
    CHARACTERS_A_TOKEN,
    cached_tokens_of,
    tokens_of,
    tokens_of_parts,
    tokens_of_request,
)
from pointsman.adapters.simulator.tool_calls import calls, result_text, tool_results
from pointsman.adapters.simulator.vendor_style import VendorStyle
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.part import Opaque, Part, Reasoning, Text, ToolCall
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Finish, FinishReason
from pointsman.core.chat.usage import Usage
from pointsman.core.json import dumps_text

_CLOSINGS = (
    "No model was asked: this text was made from the request alone.",
    "This is a simulation, so do not take it for an answer.",
    "Send the same request again with the same seed and the same text will come.",
)


def answer(request: ChatRequest, seed: int, voice: VendorStyle) -> ChatResponse:
    """What the simulated model says to `request`. `seed` (or the request's own) varies the ids and closing words.

    `max_tokens` cuts it by four characters a token, `stop` ends it, and its `usage` is counted in the same way.
    """
    mark = _mark(request, seed)
    made = calls(request, f"{voice.call_id}{mark}_")
    said: tuple[Part, ...] = made or (Text(_compose_text(request, mark, voice)),)
    return complete_answer(request, (*_thoughts(request, mark, voice), *_sign_parts(said, mark, voice)), mark, voice)


def fixed_answer(
    request: ChatRequest, seed: int, voice: VendorStyle, parts: tuple[Part, ...], finish: FinishReason | None
) -> ChatResponse:
    """`parts` as the answer to `request`, with its id and usage; `finish` None stands for the usual one."""
    made = complete_answer(request, parts, _mark(request, seed), voice)
    return made if finish is None else attrs.evolve(made, finish_reason=finish)


def complete_answer(request: ChatRequest, parts: tuple[Part, ...], mark: str, voice: VendorStyle) -> ChatResponse:
    """`parts` cut by the request's limits, as an answer with finish reason, usage, id and model."""
    kept, finish = _limit_parts(request, parts)
    reasoning = tokens_of_parts(part for part in kept if isinstance(part, Reasoning))
    usage = Usage(
        input=tokens_of_request(request),
        output=tokens_of_parts(kept),
        cached_input=cached_tokens_of(request),
        cache_write=0,
        reasoning=reasoning,
    )
    return ChatResponse(
        parts=kept, finish_reason=finish, usage=usage, model=request.model, id=f"{voice.answer_id}{mark}"
    )


def continue_prompt(request: CompletionRequest, seed: int) -> Completion:
    """The simulated continuation of a prompt."""
    words = len(request.prompt.split())
    prompt = f"{quote_line(request.prompt, 80)}, {count_in_words(words)}"
    text = f" … (simulated continuation by model `{request.model}` of {prompt})"
    cut, finish = _cut(_cut_at_stop(text, request.stop), request.max_tokens)
    usage = Usage(input=tokens_of(request.prompt), output=tokens_of(cut))
    mark = hashlib.sha256(f"{seed}{request.model}{request.prompt}".encode("utf-8", "replace")).hexdigest()[:12]
    return Completion(text=cut, finish_reason=finish, usage=usage, model=request.model, id=f"cmpl-sim{mark}")


def _mark(request: ChatRequest, seed: int) -> str:
    chosen = seed if request.seed is None else request.seed
    text = f"{chosen}|{request.model}|{request.messages!r}|{request.tools!r}"
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def _compose_text(request: ChatRequest, mark: str, voice: VendorStyle) -> str:
    if request.response_schema is not None:
        return dumps_text(example(request.response_schema.schema, request.response_schema.name))
    return "\n".join(_lines(request, mark, voice))


def _lines(request: ChatRequest, mark: str, voice: VendorStyle) -> Iterator[str]:
    yield f"Simulated answer from model `{request.model}` ({voice.dialect})."
    yield ""
    results = tool_results(request)
    for result in results:
        state = " (marked as an error)" if result.is_error else ""
        yield f"The tool `{result.name}` answered{state}: {quote_line(result_text(result))}"
    asked = next(
        (message.text for message in reversed(request.messages) if message.role == "user" and message.text), ""
    )
    if not results or asked:
        words = len(asked.split())
        yield f"You asked: {quote_line(asked)}. I counted {count_in_words(words)} in it."
    yield from ("", "What arrived:", "")
    yield from (f"- {line}" for line in summary_lines(request))
    summary = {"model": request.model, "messages": len(request.messages), "input_tokens": tokens_of_request(request)}
    yield from ("", "```json", dumps_text(summary), "```", "", random.Random(mark).choice(_CLOSINGS))


def _thoughts(request: ChatRequest, mark: str, voice: VendorStyle) -> tuple[Part, ...]:
    if not _thinks(request):
        return ()
    shown = request.thinking is None or request.thinking.show is not False
    text = f"A simulated thought: the request has {len(request.messages)} message(s); I shall say what I see."
    state = _state(mark, voice) if voice.state_on == "reasoning" else None
    return (Reasoning(text if shown or state is None else "", state),)


def _thinks(request: ChatRequest) -> bool:
    asked = request.thinking
    if asked is None:
        return request.model.split(":")[0].rsplit("/", 1)[-1] == "sim-reasoning"
    return asked.effort != "none" and asked.budget != 0


def _state(mark: str, voice: VendorStyle) -> Opaque:
    return Opaque(voice.origin, voice.kind, f"c2ltdWxhdGVk{mark}")


def _sign_parts(parts: tuple[Part, ...], mark: str, voice: VendorStyle) -> tuple[Part, ...]:
    """`parts` with the state on the first, where the dialect has it on tool calls."""
    if voice.state_on == "answer" and parts and isinstance(parts[0], ToolCall):
        return (attrs.evolve(parts[0], state=_state(mark, voice)), *parts[1:])
    return parts


def _limit_parts(request: ChatRequest, parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], Finish]:
    """`parts` up to the first stop sequence and `max_tokens`; a tool call that no longer fits is left out whole."""
    left = None if request.max_tokens is None else request.max_tokens * CHARACTERS_A_TOKEN
    kept: list[Part] = []
    for whole in (_up_to(part, request.stop) for part in parts):
        cut = whole if left is None else _fit_part(whole, left)
        kept += [] if cut is None else [cut]
        if cut != whole:
            return tuple(kept), Finish.LENGTH
        left = None if left is None else left - _length(whole)
    return tuple(kept), Finish.TOOL_CALLS if any(isinstance(part, ToolCall) for part in kept) else Finish.STOP


def _up_to(part: Part, stop: tuple[str, ...]) -> Part:
    return attrs.evolve(part, text=_cut_at_stop(part.text, stop)) if isinstance(part, Text) else part


def _fit_part(part: Part, left: int) -> Part | None:
    """As much of `part` as `left` characters allow."""
    if _length(part) <= left:
        return part
    return attrs.evolve(part, text=part.text[:left]) if isinstance(part, (Text, Reasoning)) and left > 0 else None


def _length(part: Part) -> int:
    if isinstance(part, ToolCall):
        return len(part.name) + len(part.arguments)
    return len(part.text) if isinstance(part, (Text, Reasoning)) else 0


def _cut_at_stop(text: str, stop: tuple[str, ...]) -> str:
    places = [text.find(sequence) for sequence in stop if sequence and sequence in text]
    return text[: min(places)] if places else text


def _cut(text: str, max_tokens: int | None) -> tuple[str, Finish]:
    if max_tokens is None or len(text) <= max_tokens * CHARACTERS_A_TOKEN:
        return text, Finish.STOP
    return text[: max_tokens * CHARACTERS_A_TOKEN], Finish.LENGTH
