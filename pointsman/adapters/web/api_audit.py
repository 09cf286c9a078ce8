"""The trail of changes."""

from __future__ import annotations

import attrs
from returns.result import Result

from pointsman.adapters.web import views
from pointsman.adapters.web.api_endpoint import ApiCall, ApiEndpoint
from pointsman.adapters.web.view_types import AuditView
from pointsman.core.effect import settle
from pointsman.core.error import LLMError


@attrs.frozen(kw_only=True)
class AuditQuery:
    """At most how many, those before which id."""

    limit: int = 100
    before: int | None = None


@attrs.frozen(kw_only=True)
class Trail:
    """Who changed what, the latest first."""

    entries: list[AuditView]


async def audit(call: ApiCall[object, AuditQuery]) -> Result[Trail, LLMError]:
    """Who changed what."""
    limit = min(1000, max(1, call.query.limit))
    found = await settle(call.site.desk.audit(limit, call.query.before))
    return found.map(lambda entries: Trail(entries=[views.audit(one) for one in entries]))


ENDPOINTS = (ApiEndpoint(method="GET", path="/api/v1/audit", summary="Who changed what", run=audit),)
