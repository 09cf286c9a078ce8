"""Tools a model may call, and how it is to choose among them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import attrs

from pointsman.core.chat.part import CacheControl
from pointsman.core.json import JsonObject


@attrs.frozen
class Namespace:
    """A group of tools, as OpenAI's Responses API has them (Codex declares the tools of an MCP server so)."""

    name: str
    description: str = ""

    def qualify(self, name: str) -> str:
        """The name of the group's tool `name` where there are no groups."""
        return f"{self.name}{name}" if self.name.endswith("__") else f"{self.name}__{name}"


@attrs.frozen
class Tool:
    """A function the model may call. `parameters` is a JSON Schema object; `strict` asks for exact adherence.

    `rewritable` says that whoever runs it reads the arguments back (`core/schema/read_back.py`), so that strict
    parameters may be written in another form, such as an optional one as one that may be null.
    """

    name: str
    description: str = ""
    parameters: JsonObject = attrs.field(factory=lambda: {"type": "object", "properties": {}})
    strict: bool | None = None
    rewritable: bool = False
    freeform: bool = False
    """It takes one plain text instead of JSON, as OpenAI's `custom` tools do; `parameters` then plays no part.

    To a dialect without such tools it goes as a function with the one text argument `input`.
    """
    grammar: JsonObject | None = None
    """Of a freeform tool: what the text must look like, as the `format` of the Responses API says it:
    `{"type": "grammar", "syntax": "lark", "definition": "…"}`."""
    cache_control: CacheControl | None = None
    namespace: Namespace | None = None
    """The group it belongs to. Its `name` is qualified by it already, for dialects without groups."""
    is_additional: bool = False
    """It was declared among the messages, as Codex's `additional_tools` are; to other dialects that is all one."""
    is_tool_search: bool = False
    """It finds tools, as the `tool_search` that Codex runs itself; to other dialects it is a function like others."""
    loaded_by: str | None = None
    """The id of the call of a tool search that brought it; it is declared in that call's result, where there are such
    searches."""


HostedKind: TypeAlias = Literal["web_search", "code_execution", "file_search"]


@attrs.frozen
class ProviderTool:
    """A tool that the provider itself runs, as its dialect writes it.

    A provider of that dialect gets `wire` as it is. To another goes its own tool of the same `kind`, if it has one;
    else it is an `UnsupportedFeature` that names the tool.
    """

    dialect: str
    wire: JsonObject = attrs.field(repr=False)
    kind: HostedKind | None = None
    """What it does, where several vendors have a tool for that."""
    is_additional: bool = False
    """As `Tool.is_additional`."""
    loaded_by: str | None = None
    """As `Tool.loaded_by`."""

    @property
    def name(self) -> str:
        """What its vendor calls it: its name, its type, or its only field."""
        named = self.wire.get("name") or self.wire.get("type")
        return named if isinstance(named, str) else ", ".join(sorted(self.wire))


AnyTool: TypeAlias = Tool | ProviderTool


def functions_of(tools: Iterable[AnyTool]) -> tuple[Tool, ...]:
    """Those of `tools` that the caller runs."""
    return tuple(tool for tool in tools if isinstance(tool, Tool))


@attrs.frozen
class ForcedTool:
    """The model must call the tool `name`."""

    name: str


@attrs.frozen
class AllowedTools:
    """The model may call the tools of these `names` only; with `required` it must call one."""

    names: tuple[str, ...]
    required: bool = False


ToolChoice: TypeAlias = Literal["auto", "none", "required"] | ForcedTool | AllowedTools


@attrs.frozen
class ResponseSchema:
    """The answer is to be JSON that fits `schema` (JSON Schema); `name` labels it on the wire.

    `strict` asks that it be enforced, as by OpenAI's strict mode; a schema that cannot be is an `UnsupportedFeature`.
    With None that is the dialect's choice. `rewritable` says that whoever asks reads the answer back
    (`core/schema/read_back.py`), so that the schema may be written in another form, such as a map as a list of entries.
    """

    schema: JsonObject
    name: str = "answer"
    description: str | None = None
    strict: bool | None = None
    rewritable: bool = False
