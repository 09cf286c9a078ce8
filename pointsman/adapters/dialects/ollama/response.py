"""Whole chat answers between our form and Ollama's; its usage and its finish reasons."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import ChatCall, Target
from pointsman.adapters.dialects.ollama.errors import error_in_body
from pointsman.adapters.dialects.ollama.messages import MakeId, read_parts, write_call
from pointsman.adapters.dialects.openai_chat.tool_calls import made_id
from pointsman.core.chat.part import Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import ChatResponse, Finish, FinishReason, Other, TokenLogprob
from pointsman.core.chat.usage import Usage
from pointsman.core.error import InvalidResponse, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, count_or_none, text_or_none

_FINISH = {"stop": Finish.STOP, "length": Finish.LENGTH}


def call_ids(target: Target) -> MakeId:
    """What makes the ids of calls that came without one, different in every answer."""
    numbers = count()
    return lambda: made_id(next(numbers), target.nonce)


def read_response(body: Json, target: Target) -> Result[ChatResponse, ProviderError]:
    """The answer in a 2xx body, or the error in it."""
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    document = as_object(body)
    message = document.get("message")
    if not isinstance(message, dict):
        problem = "the answer has no message"
        return Failure(
            InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model or None)
        )
    return Success(read_document(document, message, target))


def read_document(document: JsonObject, message: JsonObject, target: Target) -> ChatResponse:
    """The answer in a document whose message is `message`."""
    parts = read_parts(message, call_ids(target))
    return ChatResponse(
        parts=parts,
        finish_reason=read_finish(document.get("done_reason"), parts),
        usage=read_usage(document),
        model=as_text(document.get("model")),
        provider=target.provider,
        logprobs=read_logprobs(document.get("logprobs")),
    )


def read_finish(raw: Json, parts: tuple[Part, ...]) -> FinishReason:
    """`done_reason`; an answer with calls ends for them, whatever is said, unless it was cut."""
    reason = text_or_none(raw)
    if reason != "length" and any(isinstance(part, ToolCall) for part in parts):
        return Finish.TOOL_CALLS
    return Finish.STOP if reason is None else _FINISH.get(reason) or Other(reason)


def write_finish(reason: FinishReason | None) -> str:
    """The reverse: calls end with `stop`, and what Ollama does not know ends with its own name."""
    match reason:
        case None | Finish.STOP | Finish.TOOL_CALLS:
            return "stop"
        case Finish.LENGTH | Finish.CONTEXT_FULL:
            return "length"
        case other:
            return str(other)


def read_usage(document: JsonObject) -> Usage:
    """`prompt_eval_count` and `eval_count`; either may be absent, and then it is unknown."""
    return Usage(
        input=count_or_none(document.get("prompt_eval_count")), output=count_or_none(document.get("eval_count"))
    )


def read_logprobs(value: Json) -> tuple[TokenLogprob, ...]:
    """The tokens of an answer with their log probabilities."""
    tokens = map(as_object, as_list(value))
    return tuple(
        TokenLogprob(
            as_text(token.get("token")),
            _logprob(token.get("logprob")),
            alternatives=tuple(
                TokenLogprob(as_text(each.get("token")), _logprob(each.get("logprob")))
                for each in map(as_object, as_list(token.get("top_logprobs")))
            ),
        )
        for token in tokens
    )


def _logprob(value: Json) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def write_logprobs(tokens: tuple[TokenLogprob, ...]) -> list[Json]:
    """As `read_logprobs`."""
    return [
        {
            **_write_token(token),
            "top_logprobs": [_write_token(each) for each in token.alternatives],
        }
        for token in tokens
    ]


def _write_token(token: TokenLogprob) -> JsonObject:
    return {"token": token.token, "logprob": token.logprob, "bytes": [*token.utf8]}


def write_message(parts: tuple[Part, ...]) -> JsonObject:
    """The parts of an answer as one message."""
    calls: list[Json] = []
    for part in parts:
        if isinstance(part, ToolCall):
            calls.append(write_call(part, len(calls)))
    return compact(
        {
            "role": "assistant",
            "content": "".join(part.text for part in parts if isinstance(part, (Text, Refusal))),
            "thinking": "".join(part.text for part in parts if isinstance(part, Reasoning)) or None,
            "tool_calls": calls or None,
        }
    )


def write_response(response: ChatResponse, call: ChatCall) -> JsonObject:
    """The whole answer as a body."""
    return {
        "model": call.request.model,
        "created_at": write_time(call.at),
        "message": write_message(response.parts),
        **({"logprobs": write_logprobs(response.logprobs)} if response.logprobs else {}),
        **write_end(response),
    }


def write_time(at: float) -> str:
    """Unix seconds as Ollama writes times (RFC 3339)."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def write_end(response: ChatResponse) -> JsonObject:
    """What stands at the end of an answer; a duration is never made up, so all are 0."""
    return {
        "done": True,
        "done_reason": write_finish(response.finish_reason),
        "total_duration": 0,
        "load_duration": 0,
        "prompt_eval_duration": 0,
        "eval_duration": 0,
        **compact({"prompt_eval_count": response.usage.input, "eval_count": response.usage.output}),
    }
