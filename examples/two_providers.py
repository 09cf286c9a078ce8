"""Ask one provider, fall back to another, and handle every way it can fail."""

from typing import assert_never

from returns.methods import unwrap_or_failure

import pointsman as p


async def answer(app: p.App, question: str) -> str:
    steps = (p.Step(app.client, "openai/gpt-4o-mini"), p.Step(app.client, "anthropic/claude-haiku-4-5"))
    outcome = await p.settle(p.Fallback(steps, app.clock).chat(p.ask("", question)))
    match unwrap_or_failure(outcome):
        case p.ChatResponse() as response:
            return response.text
        case p.FallbackExhausted() | p.ModelUnavailable() | p.NetworkError() | p.TimeoutError() as error:
            return f"Nobody answered: {error}"
        case p.RateLimitExceeded(retry_after=seconds):
            return f"Try again in {seconds or 60:.0f} seconds."
        case p.QuotaExhausted() | p.BudgetExceeded() | p.AuthenticationFailed() | p.ConfigurationError() as error:
            return f"Ask the operator: {error}"
        case p.ContextTooLarge() | p.ContentFiltered() | p.InvalidRequest() | p.UnsupportedFeature() as error:
            return f"Ask differently: {error}"
        case p.ModelNotFound() | p.InvalidResponse() | p.StorageError() as error:
            return f"Something is wrong: {error}"
        case other:
            assert_never(other)
