"""Schemas as they go out: rewritten to what the vendor enforces, with a note of what is not enforced. Pure.

See `pointsman.core.schema.strict` for what is rewritten when, and where answers are read back.
"""

from __future__ import annotations

from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.schema_subsets import LLAMA_CPP, OPENAI
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.tool import ResponseSchema, Tool
from pointsman.core.json import JsonObject
from pointsman.core.schema.strict import Strict, strict_for
from pointsman.core.schema.subset import Subset


def strict_answer(asked: ResponseSchema, subset: Subset, unsupported: Unsupported) -> Strict:
    """The schema of the answer as `subset` takes it; what it cannot take is told to `unsupported`."""
    return _strictly(asked.schema, subset, unsupported, "response_schema", asked.rewritable)


def strict_parameters(tool: Tool, subset: Subset, unsupported: Unsupported) -> Strict:
    """The parameters of a strict tool, likewise."""
    return _strictly(tool.parameters, subset, unsupported, f"tools.{tool.name}", tool.rewritable)


def _strictly(schema: JsonObject, subset: Subset, unsupported: Unsupported, subject: str, lossy: bool) -> Strict:
    found = unwrap_or_failure(strict_for(schema, subset, lossy=lossy))
    if isinstance(found, str):
        unsupported.fail_schema(f"{subject}: {subset.name} has no words for this schema at {found}")
        return Strict(schema, schema)
    if found.loosened and not lossy:
        unsupported.warn(
            subject, f"{subset.name} does not enforce {', '.join(found.loosened)}; the model is told of it"
        )
    return found


def openai_answer(asked: ResponseSchema, unsupported: Unsupported) -> tuple[JsonObject, bool | None]:
    """The schema for one of OpenAI's APIs, and whether it is to be strict.

    Where nobody says, a schema that may be rewritten is strict if it can be, and any other goes as it is.
    """
    mode = unsupported.target.quirks.strict
    if mode != "never" and asked.strict:
        return strict_answer(asked, OPENAI, unsupported).schema, True
    if mode != "asked" and asked.rewritable and asked.strict is None:
        found = unwrap_or_failure(strict_for(asked.schema, OPENAI if mode == "always" else LLAMA_CPP))
        if isinstance(found, Strict):
            return found.schema, True if mode == "always" else None
    return asked.schema, asked.strict


def grammar_answer(asked: ResponseSchema, unsupported: Unsupported) -> JsonObject:
    """The schema for Ollama: as llama.cpp makes a good grammar of it; as it is, with a warning, where it cannot."""
    found = unwrap_or_failure(strict_for(asked.schema, LLAMA_CPP))
    if isinstance(found, str):
        unsupported.warn(
            "response_schema", f"{LLAMA_CPP.name} has no words for this schema at {found}; it is sent as it is"
        )
        return asked.schema
    if found.loosened and not asked.rewritable:
        unsupported.warn("response_schema", f"{LLAMA_CPP.name} does not enforce {', '.join(found.loosened)}")
    return found.schema


def openai_parameters(tool: Tool, unsupported: Unsupported) -> JsonObject:
    """The parameters of `tool` for one of OpenAI's APIs."""
    if not tool.strict or unsupported.target.quirks.strict == "never":
        return tool.parameters
    return strict_parameters(tool, OPENAI, unsupported).schema
