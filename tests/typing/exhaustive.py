"""Never run: two type checkers read it. Every error and every event is matched, and the types are what they say."""

from __future__ import annotations

from typing import assert_never, assert_type

from returns.future import FutureResult
from returns.methods import unwrap_or_failure
from returns.result import Result

import pointsman as p


async def outcome(app: p.App) -> str:
    pending = app.client.chat(p.ask("m", "hello"))
    typed: FutureResult[p.ChatResponse, p.ChatError] = pending
    result = await p.settle(typed)
    assert_type(result, Result[p.ChatResponse, p.ChatError])
    match unwrap_or_failure(result):
        case p.ChatResponse() as response:
            assert_type(response.usage.input, int | None)
            return response.text
        case p.RateLimitExceeded() | p.QuotaExhausted() | p.ModelUnavailable() | p.NetworkError() as error:
            assert_type(error.retry_after, float | None)
            return error.advice
        case p.TimeoutError(timeout_ms=limit, phase=phase):
            return f"{limit} {phase}"
        case p.ContextTooLarge(token_count=count):
            return str(count)
        case p.AuthenticationFailed() | p.ConfigurationError() | p.InvalidRequest() | p.ModelNotFound() as error:
            return error.detail
        case p.ContentFiltered() | p.InvalidResponse() | p.UnsupportedFeature() | p.BudgetExceeded() as error:
            return error.tag
        case p.FallbackExhausted(attempts=attempts):
            return str(len(attempts))
        case p.StorageError() as error:
            return str(error)
        case other:
            assert_never(other)


async def streamed(app: p.App) -> str:
    text = ""
    async with app.client.stream(p.ask("m", "hello")) as events:
        async for event in events:
            match event:
                case p.TextDelta(piece):
                    text += piece
                case p.Done(response):
                    return response.text
                case p.Failed(error, partial):
                    return f"{partial.text} {error}"
                case p.Restarted() | p.ToolRan():
                    text = ""
                case p.Started() | p.ReasoningDelta() | p.ToolCallStarted() | p.ToolCallDelta() | p.PartDone():
                    continue
                case p.ReadingProgress():
                    continue
                case other:
                    assert_never(other)
    return text
