"""Whether the model that is asked sees pictures: what is known before, and what its refusal says."""

from __future__ import annotations

from returns.result import Failure, Result

from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.documents.document_error import DocumentError
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, InvalidRequest, UnsupportedFeature, cause_of
from pointsman.core.models.model import parse_model_ref
from pointsman.services.manager import Manager


async def is_seen(manager: Manager, request: ChatRequest) -> bool:
    """Whether who would be asked is not known to see no pictures."""
    estimated = await settle(manager.estimate(request))
    if isinstance(estimated, Failure):
        return False
    ref = parse_model_ref(estimated.unwrap().model, manager.planner.routes.default_models)
    return "vision" not in manager.book.facts(ref.provider or "", ref.model).lacks


def may_be_blind(answer: Result[ChatResponse, DocumentError | ChatError]) -> bool:
    """Whether a provider refused the request, as it does whose model sees no pictures though nothing said so before."""
    if not isinstance(answer, Failure):
        return False
    error = answer.failure()
    if isinstance(error, DocumentError):
        return False
    cause = cause_of(error)
    return isinstance(cause, (InvalidRequest, UnsupportedFeature)) and not cause.local
