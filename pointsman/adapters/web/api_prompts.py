"""The prompt templates."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, invalid
from pointsman.core.error import LLMError
from pointsman.core.prompts.prompt import PromptTemplate, problems_of, render


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


@attrs.frozen(kw_only=True)
class TemplateDraft:
    """A template that need not be saved, and the values of its variables."""

    text: str
    system: str = ""
    values: dict[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class PreviewMessage:
    """A message as a model would get it."""

    role: str
    text: str


@attrs.frozen(kw_only=True)
class Preview:
    """The messages that a template makes."""

    messages: list[PreviewMessage]


async def preview(call: ApiCall[TemplateDraft, object]) -> Result[Preview, LLMError]:
    """The template with its values put in; nothing is asked."""
    draft = PromptTemplate(name="preview", text=call.body.text, system=call.body.system)
    problems = problems_of(draft)
    if problems:
        return Failure(invalid(*problems))
    made = render(draft, call.body.values)
    return made.map(
        lambda messages: Preview(messages=[PreviewMessage(role=one.role, text=one.text) for one in messages])
    )


ENDPOINTS = (
    ApiEndpoint(method="POST", path="/api/v1/prompts/preview", summary="Try a template", run=preview, scope="chat"),
    ApiEndpoint(method="GET", path="/api/v1/prompts", summary="The prompt templates", run=prompts, scope="chat"),
)
