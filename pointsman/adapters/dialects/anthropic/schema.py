"""The schemas that Anthropic enforces, rewritten to its subset. Its limits hold for all of them together."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.dialects.schema_subsets import ANTHROPIC, MOST_STRICT_TOOLS
from pointsman.adapters.dialects.strict_schema import strict_answer, strict_parameters
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import functions_of
from pointsman.core.json import JsonObject
from pointsman.core.schema.strict import Strict
from pointsman.core.schema.subset import Size


def write_strict(request: ChatRequest, unsupported: Unsupported) -> Mapping[str | None, JsonObject]:
    """The schemas of the strict tools by their names, and under None that of the answer."""
    strict: dict[str | None, Strict] = {
        tool.name: strict_parameters(tool, ANTHROPIC, unsupported)
        for tool in functions_of(request.tools)
        if tool.strict
    }
    if len(strict) > MOST_STRICT_TOOLS:
        unsupported.fail_schema(
            f"tools: {len(strict)} are strict, and Anthropic takes {MOST_STRICT_TOOLS} in a request"
        )
    if request.response_schema is not None:
        strict[None] = strict_answer(request.response_schema, ANTHROPIC, unsupported)
    excess = sum((schema.size for schema in strict.values()), Size()).excess(ANTHROPIC)
    if excess is not None:
        unsupported.fail_schema(f"all strict schemas of the request together: {excess}")
    return {name: schema.schema for name, schema in strict.items()}
