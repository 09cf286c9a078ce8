"""Tools a model may call, and how it is to choose among them."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from pointsman.core.json import JsonObject


@attrs.frozen
class Tool:
    """A function the model may call. `parameters` is a JSON Schema object; `strict` asks for exact adherence."""

    name: str
    description: str = ""
    parameters: JsonObject = attrs.field(factory=lambda: {"type": "object", "properties": {}})
    strict: bool | None = None


@attrs.frozen
class ForcedTool:
    """The model must call the tool `name`."""

    name: str


ToolChoice: TypeAlias = Literal["auto", "none", "required"] | ForcedTool


@attrs.frozen
class ResponseSchema:
    """The answer is to be JSON that fits `schema` (JSON Schema); `name` labels it on the wire."""

    schema: JsonObject
    name: str = "answer"
    description: str | None = None
    strict: bool | None = None
