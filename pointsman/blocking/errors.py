"""The errors as exceptions, each named after its tag. Written by `tools/write_blocking.py`: do not edit."""

from __future__ import annotations

from pointsman.blocking.raising import PointsmanError, TaggedError
from pointsman.core import error as errors


class ModelUnavailable(TaggedError[errors.ModelUnavailable]):
    """See `pointsman.ModelUnavailable`."""


class RateLimitExceeded(TaggedError[errors.RateLimitExceeded]):
    """See `pointsman.RateLimitExceeded`."""


class TimeoutError(TaggedError[errors.TimeoutError]):
    """See `pointsman.TimeoutError`."""


class NetworkError(TaggedError[errors.NetworkError]):
    """See `pointsman.NetworkError`."""


class QuotaExhausted(TaggedError[errors.QuotaExhausted]):
    """See `pointsman.QuotaExhausted`."""


class InvalidRequest(TaggedError[errors.InvalidRequest]):
    """See `pointsman.InvalidRequest`."""


class AuthenticationFailed(TaggedError[errors.AuthenticationFailed]):
    """See `pointsman.AuthenticationFailed`."""


class ContextTooLarge(TaggedError[errors.ContextTooLarge]):
    """See `pointsman.ContextTooLarge`."""


class ConfigurationError(TaggedError[errors.ConfigurationError]):
    """See `pointsman.ConfigurationError`."""


class ModelNotFound(TaggedError[errors.ModelNotFound]):
    """See `pointsman.ModelNotFound`."""


class ContentFiltered(TaggedError[errors.ContentFiltered]):
    """See `pointsman.ContentFiltered`."""


class InvalidResponse(TaggedError[errors.InvalidResponse]):
    """See `pointsman.InvalidResponse`."""


class UnsupportedFeature(TaggedError[errors.UnsupportedFeature]):
    """See `pointsman.UnsupportedFeature`."""


class BudgetExceeded(TaggedError[errors.BudgetExceeded]):
    """See `pointsman.BudgetExceeded`."""


class FallbackExhausted(TaggedError[errors.FallbackExhausted]):
    """See `pointsman.FallbackExhausted`."""


class StorageError(TaggedError[errors.StorageError]):
    """See `pointsman.StorageError`."""


class ConversationNotFound(TaggedError[errors.ConversationNotFound]):
    """See `pointsman.ConversationNotFound`."""


class ConversationConflict(TaggedError[errors.ConversationConflict]):
    """See `pointsman.ConversationConflict`."""


_BY_TAG: dict[str, type[PointsmanError]] = {
    "ModelUnavailable": ModelUnavailable,
    "RateLimitExceeded": RateLimitExceeded,
    "TimeoutError": TimeoutError,
    "NetworkError": NetworkError,
    "QuotaExhausted": QuotaExhausted,
    "InvalidRequest": InvalidRequest,
    "AuthenticationFailed": AuthenticationFailed,
    "ContextTooLarge": ContextTooLarge,
    "ConfigurationError": ConfigurationError,
    "ModelNotFound": ModelNotFound,
    "ContentFiltered": ContentFiltered,
    "InvalidResponse": InvalidResponse,
    "UnsupportedFeature": UnsupportedFeature,
    "BudgetExceeded": BudgetExceeded,
    "FallbackExhausted": FallbackExhausted,
    "StorageError": StorageError,
    "ConversationNotFound": ConversationNotFound,
    "ConversationConflict": ConversationConflict,
}


def exception_of(error: errors.LLMError) -> PointsmanError:
    """`error` as an exception of the class named after its tag."""
    return _BY_TAG[error.tag](error)
