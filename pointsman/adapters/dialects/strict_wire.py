"""Schemas as they go out: rewritten to what the vendor enforces, with a note of what is not enforced. Pure.

See `pointsman.core.strict_schema` for what is rewritten when, and where answers are read back.
"""

from __future__ import annotations

from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.gaps import Gaps
from pointsman.adapters.dialects.schema_subsets import LLAMA_CPP, OPENAI
from pointsman.core.json import JsonObject
from pointsman.core.strict_schema import Strict, strict_for
from pointsman.core.subset import Subset
from pointsman.core.tool import ResponseSchema, Tool


def strict_answer(asked: ResponseSchema, subset: Subset, gaps: Gaps) -> Strict:
    """The schema of the answer as `subset` takes it; what it cannot take is told to `gaps`."""
    return _strictly(asked.schema, subset, gaps, "response_schema", asked.rewritable)


def strict_parameters(tool: Tool, subset: Subset, gaps: Gaps) -> Strict:
    """The parameters of a strict tool, likewise."""
    return _strictly(tool.parameters, subset, gaps, f"tools.{tool.name}", tool.rewritable)


def _strictly(schema: JsonObject, subset: Subset, gaps: Gaps, subject: str, lossy: bool) -> Strict:
    found = unwrap_or_failure(strict_for(schema, subset, lossy=lossy))
    if isinstance(found, str):
        gaps.inexpressible(f"{subject}: {subset.name} has no words for this schema at {found}")
        return Strict(schema, schema)
    if found.loosened and not lossy:
        gaps.note(subject, f"{subset.name} does not enforce {', '.join(found.loosened)}; the model is told of it")
    return found


def openai_answer(asked: ResponseSchema, gaps: Gaps) -> tuple[JsonObject, bool | None]:
    """The schema for one of OpenAI's APIs, and whether it is to be strict.

    Where nobody says, a schema that may be rewritten is strict if it can be, and any other goes as it is.
    """
    mode = gaps.target.quirks.strict
    if mode != "never" and asked.strict:
        return strict_answer(asked, OPENAI, gaps).schema, True
    if mode != "asked" and asked.rewritable and asked.strict is None:
        found = unwrap_or_failure(strict_for(asked.schema, OPENAI if mode == "always" else LLAMA_CPP))
        if isinstance(found, Strict):
            return found.schema, True if mode == "always" else None
    return asked.schema, asked.strict


def grammar_answer(asked: ResponseSchema, gaps: Gaps) -> JsonObject:
    """The schema for Ollama: as llama.cpp makes a good grammar of it; as it is, with a warning, where it cannot."""
    found = unwrap_or_failure(strict_for(asked.schema, LLAMA_CPP))
    if isinstance(found, str):
        gaps.note("response_schema", f"{LLAMA_CPP.name} has no words for this schema at {found}; it is sent as it is")
        return asked.schema
    if found.loosened and not asked.rewritable:
        gaps.note("response_schema", f"{LLAMA_CPP.name} does not enforce {', '.join(found.loosened)}")
    return found.schema


def openai_parameters(tool: Tool, gaps: Gaps) -> JsonObject:
    """The parameters of `tool` for one of OpenAI's APIs."""
    if not tool.strict or gaps.target.quirks.strict == "never":
        return tool.parameters
    return strict_parameters(tool, OPENAI, gaps).schema
