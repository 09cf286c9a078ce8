"""Interceptor: asks no model that the caller's key does not open, whoever chose it: planner, fallback, hedge, hook."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result

from pointsman.core.error import AuthenticationFailed
from pointsman.services.interceptors.interceptor import LET_THROUGH, After, Call


@attrs.frozen
class ModelPermission:
    """Refuses calls of models that `CallOptions.allowed_models` do not name."""

    def before(self, call: Call) -> Result[After | None, AuthenticationFailed]:
        """As `Interceptor.before`."""
        options = call.request.options
        if not options.allowed_models:
            return LET_THROUGH
        return LET_THROUGH if options.opens(call.ref) else Failure(not_opened(call.ref))


def not_opened(ref: str) -> AuthenticationFailed:
    """The key may not ask the model `ref`."""
    return AuthenticationFailed(detail=f"this key may not ask the model {ref[:200]!r}", status=403, local=True)
