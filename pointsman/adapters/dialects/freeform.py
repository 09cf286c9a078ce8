"""Freeform tools in dialects that know none: a function with one text argument, and its calls read back. Pure."""

from __future__ import annotations

import attrs

from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.tool import Tool
from pointsman.core.json import JsonObject, compact, dumps_text, loads

ARGUMENT = "input"


def as_function(tool: Tool) -> Tool:
    """`tool`; a freeform one as the function that stands in for it, with its grammar in the description."""
    if not tool.freeform:
        return tool
    definition = (tool.grammar or {}).get("definition")
    grammar = f"\n\nThe text must fit this grammar:\n{definition}" if isinstance(definition, str) else ""
    argument: JsonObject = {"type": "string", "description": "The whole text for the tool."}
    parameters: JsonObject = {
        "type": "object",
        "properties": {ARGUMENT: argument},
        "required": [ARGUMENT],
        "additionalProperties": False,
    }
    return attrs.evolve(
        tool,
        description=f"{tool.description}{grammar}".strip(),
        parameters=parameters,
        freeform=False,
        grammar=None,
    )


def read_grammar(form: ObjectReader, fields: ObjectReader) -> JsonObject | None:
    """The grammar of a freeform tool: `form` says that it is one, `fields` say which. Nothing where any text will do.

    A form of another kind is reported: without it the model may write what it likes.
    """
    kind = form.text("type")
    syntax, definition = fields.text("syntax"), fields.text("definition")
    if kind == "grammar":
        return compact({"type": kind, "syntax": syntax, "definition": definition})
    if kind not in (None, "text"):
        form.log.add_untranslated(form.path)
    return None


def as_function_call(call: ToolCall) -> ToolCall:
    """`call`; one of a freeform tool as the call of its function."""
    if not call.freeform:
        return call
    return attrs.evolve(call, arguments=dumps_text({ARGUMENT: call.arguments}), freeform=False)


def as_freeform_call(call: ToolCall) -> ToolCall:
    """The call of a function that stood in for a freeform tool, as that tool's; other arguments stay as they are."""
    value = loads(call.arguments).value_or(None)
    text = value.get(ARGUMENT) if isinstance(value, dict) else None
    return attrs.evolve(call, arguments=text if isinstance(text, str) else call.arguments, freeform=True)
