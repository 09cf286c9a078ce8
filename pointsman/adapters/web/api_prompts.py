"""The prompt templates."""

from __future__ import annotations

import attrs
from returns.result import Result, Success

from pointsman.adapters.web.api_endpoint import AnyCall, ApiEndpoint
from pointsman.core.error import LLMError


@attrs.frozen(kw_only=True)
class PromptView:
    """A template: `variables` are the names of what is to be filled in."""

    name: str
    version: int
    description: str
    variables: list[str]
    system: str
    text: str


@attrs.frozen(kw_only=True)
class Prompts:
    """The prompt templates."""

    prompts: list[PromptView]


async def prompts(call: AnyCall) -> Result[Prompts, LLMError]:
    """What there is."""
    with call.site.running.lease() as app:
        found = [
            PromptView(
                name=one.name,
                version=one.version,
                description=one.description,
                variables=[variable.name for variable in one.list_variables],
                system=one.system,
                text=one.text,
            )
            for one in app.manager.prompts.list_templates
        ]
    return Success(Prompts(prompts=found))


ENDPOINTS = (
    ApiEndpoint(method="GET", path="/api/v1/prompts", summary="The prompt templates", run=prompts, scope="chat"),
)
