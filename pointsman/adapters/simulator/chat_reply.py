"""A chat answer or a completion, usual or fixed or faulty, as the plan of its reply in one dialect. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import attrs

from pointsman.adapters.dialects.dialect import ChatCall, CompletionCall, CompletionCodec, Dialect, StreamWriter
from pointsman.adapters.simulator.answer import answer, continue_prompt, fixed_answer
from pointsman.adapters.simulator.faults import SimulatedFault
from pointsman.adapters.simulator.reply import Reply, json_reply, pause_of, stream_reply
from pointsman.adapters.simulator.scenario import Action, FixedAnswer, FixedCall
from pointsman.adapters.simulator.simulator import Simulator
from pointsman.adapters.simulator.vendor_style import VendorStyle, voice_of
from pointsman.adapters.simulator.wire_turn import WireCall, sent_together, turn_of, wire_answers
from pointsman.core.chat.event import Done, Failed, StreamEvent
from pointsman.core.chat.part import Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.error import LLMError, ModelUnavailable
from pointsman.core.json import dumps_text, loads
from pointsman.core.schema.unfold import unfold


def chat_reply(simulator: Simulator, dialect: Dialect, chat: WireCall, action: Action | None) -> Reply:
    """The reply to a chat request; of `action`, what concerns the content and the pace is done here."""
    asked = chat.call
    response = _response(simulator, voice_of(dialect.name), asked, action)
    error = _inner_error(asked.request.model) if _is(action, "stream-error") else None
    answers = wire_answers(simulator, dialect, chat, action) if error is None else None
    if answers is not None:
        turn = turn_of(simulator, dialect, chat, response, action, _unstopped_text(simulator, dialect, chat, action))
        if not asked.stream:
            return _pace(json_reply(answers.whole(turn)), action)
        paced = 0.0 if asked.request.model == "sim-fast" else simulator.pace
        return _pace(stream_reply(tuple(sent_together(answers.frames(turn))), dialect.framing, paced), action)
    if not asked.stream:
        written = dialect.chat.write_response(response, asked) if error is None else _error_body(dialect, error)
        return _pace(json_reply(written), action)
    events = unfold(response, simulator.piece)
    if error is not None and isinstance(action, SimulatedFault):
        events = _failing(events, int(action.value), error, response)
    return _pace(
        _write_stream(simulator, dialect, asked.request.model, dialect.chat.open_writer(asked), events), action
    )


def completion_reply(
    simulator: Simulator, dialect: Dialect, codec: CompletionCodec, asked: CompletionCall, action: Action | None
) -> Reply:
    """The reply to a request for a completion, likewise; a scenario has no words for its text."""
    completion = continue_prompt(asked.request, simulator.seed)
    model = asked.request.model
    error = _inner_error(model) if _is(action, "stream-error") else None
    if not asked.stream:
        written = codec.write_response(completion, asked) if error is None else _error_body(dialect, error)
        return _pace(json_reply(written), action)
    events = unfold(completion.response, simulator.piece)
    if error is not None and isinstance(action, SimulatedFault):
        events = _failing(events, int(action.value), error, completion.response)
    return _pace(_write_stream(simulator, dialect, model, codec.open_writer(asked), events), action)


def _is(action: Action | None, name: str) -> bool:
    return isinstance(action, SimulatedFault) and action.name == name


def _response(simulator: Simulator, voice: VendorStyle, asked: ChatCall, action: Action | None) -> ChatResponse:
    request, seed = asked.request, simulator.seed
    if _is(action, "refusal"):
        return fixed_answer(request, seed, voice, (Refusal("I cannot help with that (simulated)."),), Finish.REFUSAL)
    if _is(action, "empty-choices"):
        return fixed_answer(request, seed, voice, (), Finish.STOP)
    usual = answer(request, seed, voice)
    if not isinstance(action, FixedAnswer):
        return usual
    parts = _fixed_parts(action, usual, voice)
    if not parts:
        return usual if action.finish_reason is None else attrs.evolve(usual, finish_reason=action.finish_reason)
    finish = Finish.REFUSAL if action.refusal is not None else None
    return fixed_answer(request, seed, voice, parts, action.finish_reason or finish)


def _fixed_parts(action: FixedAnswer, usual: ChatResponse, voice: VendorStyle) -> tuple[Part, ...]:
    said: list[Part] = [Text(action.text)] if action.text is not None else []
    said += [Refusal(action.refusal)] if action.refusal is not None else []
    for number, call in enumerate(action.tool_calls, 1):
        arguments = call.arguments if call.input is None else {"input": call.input}
        said.append(ToolCall(_call_id(call, number, usual, voice), call.name, dumps_text(arguments)))
    thought: list[Part] = [Reasoning(action.reasoning)] if action.reasoning is not None else []
    return (*thought, *said)


def _unstopped_text(simulator: Simulator, dialect: Dialect, chat: WireCall, action: Action | None) -> str:
    """The text as it would be without stop sequences; nothing where there are none."""
    if not chat.request.stop:
        return ""
    call = attrs.evolve(chat.call, request=attrs.evolve(chat.request, stop=()))
    return _response(simulator, voice_of(dialect.name), call, action).text


def _call_id(call: FixedCall, number: int, usual: ChatResponse, voice: VendorStyle) -> str:
    return call.id or f"{voice.call_id}{usual.id[-12:]}_{number}"


def _inner_error(model: str) -> ModelUnavailable:
    detail = "The server had an error while answering (simulated)"
    return ModelUnavailable(detail=detail, model=model, status=503)


def _error_body(dialect: Dialect, error: LLMError) -> object:
    """The error's JSON, to stand inside a 200 answer."""
    return loads(dialect.write_error(error).body).value_or({"error": error.detail})


def _failing(
    events: Iterator[StreamEvent], before: int, error: LLMError, response: ChatResponse
) -> Iterator[StreamEvent]:
    """The first events up to `before`, and then the failure in the place of all others."""
    yield from (event for event in islice(events, before) if not isinstance(event, Done))
    yield Failed(error, ChatResponse(id=response.id, model=response.model))


def _write_stream(
    simulator: Simulator, dialect: Dialect, model: str, writer: StreamWriter, events: Iterator[StreamEvent]
) -> Reply:
    written = (writer.write(event) for event in events)
    frames = tuple(frame for frame in written if frame)
    return stream_reply(frames, dialect.framing, 0.0 if model == "sim-fast" else simulator.pace)


def _pace(reply: Reply, action: Action | None) -> Reply:
    if not isinstance(action, FixedAnswer):
        return reply
    pause = reply.pause if action.pace is None else pause_of(action.pace)
    return attrs.evolve(reply, latency=action.latency, pause=pause)
