"""Tools a model may call, and how it is to choose among them."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from pointsman.core.json import JsonObject


@attrs.frozen
class Tool:
    """A function the model may call. `parameters` is a JSON Schema object; `strict` asks for exact adherence.

    `rewritable` says that whoever runs it reads the arguments back (`pointsman.core.read_back`), so that strict
    parameters may be written in another form, such as an optional one as one that may be null.
    """

    name: str
    description: str = ""
    parameters: JsonObject = attrs.field(factory=lambda: {"type": "object", "properties": {}})
    strict: bool | None = None
    rewritable: bool = False


@attrs.frozen
class ForcedTool:
    """The model must call the tool `name`."""

    name: str


ToolChoice: TypeAlias = Literal["auto", "none", "required"] | ForcedTool


@attrs.frozen
class ResponseSchema:
    """The answer is to be JSON that fits `schema` (JSON Schema); `name` labels it on the wire.

    `strict` asks that it be enforced, as by OpenAI's strict mode; a schema that cannot be is an `UnsupportedFeature`.
    With None that is the dialect's choice. `rewritable` says that whoever asks reads the answer back
    (`pointsman.core.read_back`), so that the schema may be written in another form, such as a map as a list of entries.
    """

    schema: JsonObject
    name: str = "answer"
    description: str | None = None
    strict: bool | None = None
    rewritable: bool = False
