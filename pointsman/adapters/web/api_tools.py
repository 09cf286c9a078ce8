"""The tools of this server, which `tools` of a chat may name."""

from __future__ import annotations

import attrs
from returns.result import Result, Success

from pointsman.adapters.web.api_endpoint import AnyCall, ApiEndpoint
from pointsman.core.error import LLMError


@attrs.frozen(kw_only=True)
class ToolView:
    """A tool: `parameters` is the JSON Schema of what it takes, `approval` says whether somebody is asked first."""

    name: str
    description: str
    parameters: dict[str, object]
    approval: str


@attrs.frozen(kw_only=True)
class Tools:
    """The tools of this server."""

    tools: list[ToolView]


async def tools(call: AnyCall) -> Result[Tools, LLMError]:
    """What `tools` of a chat may name."""
    found = [
        ToolView(
            name=tool.spec.name,
            description=tool.spec.description,
            parameters=dict(tool.spec.parameters),
            approval=tool.approval,
        )
        for tool in call.site.tools.values()
    ]
    return Success(Tools(tools=found))


ENDPOINTS = (
    ApiEndpoint(method="GET", path="/api/v1/tools", summary="The tools of this server", run=tools, scope="chat"),
)
