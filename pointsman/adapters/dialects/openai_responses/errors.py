"""Errors of the Responses API: over HTTP they are OpenAI's, in a failed answer they have codes of their own."""

from __future__ import annotations

from pointsman.adapters.dialects.openai_chat.errors import openai_error_object
from pointsman.core.error import InvalidRequest, LLMError
from pointsman.core.json import JsonObject, as_text

_CODES = ("rate_limit_exceeded", "insufficient_quota", "context_length_exceeded", "model_not_found", "invalid_api_key")
"""What OpenAI sends beside the enum of its SDK, and Codex knows."""


def failed_error(error: LLMError) -> JsonObject:
    """The `error` of a failed answer: never without a code, and one by which a client knows whether to try again."""
    known = openai_error_object(error)
    code = as_text(known.get("code"))
    if code not in _CODES:
        mine = isinstance(error, InvalidRequest) or known.get("type") == "invalid_request_error"
        code = "invalid_prompt" if mine else "server_error"
    return {"code": code, "message": known.get("message")}
