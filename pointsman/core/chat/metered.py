"""What uses a model, so that limits, budgets and usage records have to know: requests, answers, tokens to reserve.

A new operation of that kind has its types in the unions here. It knows no prices.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.part import Audio
from pointsman.core.chat.request import ChatRequest, output_limit
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.token_estimate import estimate_audio, estimate_request, estimate_text
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.models.model import ModelFacts

AnyRequest: TypeAlias = ChatRequest | CompletionRequest | EmbeddingRequest | TranscriptionRequest
AnyResponse: TypeAlias = ChatResponse | Completion | EmbeddingResponse | Transcription
Kind: TypeAlias = Literal["chat", "stream", "complete", "embed", "transcribe"]
"""The names of their operations; `stream` is a chat that is streamed."""

USUAL_LONGEST_OUTPUT = 4096
"""Output tokens to reserve if neither the request nor the model has a limit."""

MARGIN = 1.25
"""Factor on the estimated input, to be on the safe side. Unusual texts may still need more."""


def chat_of(response: AnyResponse | None) -> ChatResponse | None:
    """An answer in words, of a chat or a completion; None of all else."""
    if isinstance(response, Completion):
        return response.response
    return response if isinstance(response, ChatResponse) else None


def input_tokens(request: AnyRequest) -> int:
    """The estimated input of `request`, in tokens."""
    if isinstance(request, ChatRequest):
        return estimate_request(request)
    if isinstance(request, EmbeddingRequest):
        return sum(map(estimate_text, request.texts)) + sum(map(len, request.token_ids))
    if isinstance(request, CompletionRequest):
        return estimate_text(request.prompt) + estimate_text(request.suffix or "")
    return estimate_audio(request.audio) + estimate_text(request.prompt or "")


def most_input(request: AnyRequest) -> int:
    """Input tokens to reserve."""
    return int(input_tokens(request) * MARGIN) + 1


def most_output(request: AnyRequest, facts: ModelFacts) -> int:
    """Output tokens to reserve, for all choices together."""
    if isinstance(request, (ChatRequest, CompletionRequest)):
        most = output_limit(request.max_tokens) or facts.max_output or USUAL_LONGEST_OUTPUT
        return most * (request.n or 1)
    return 0 if isinstance(request, EmbeddingRequest) else facts.max_output or USUAL_LONGEST_OUTPUT


def has_sound(request: AnyRequest) -> bool:
    """Whether some of a chat's tokens may be sound, which has prices of its own."""
    if not isinstance(request, ChatRequest):
        return False
    if "audio" in request.extra or (request.original is not None and "audio" in request.original.body):
        return True
    for message in request.messages:
        for part in message.parts:
            if type(part) is Audio:
                return True
    return False
