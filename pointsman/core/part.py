"""The parts a message is made of. Frozen data; knows no dialect and no file system."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.json import JsonObject, loads


@attrs.frozen
class Opaque:
    """State that a provider gave with a part and wants back verbatim: a signature, encrypted reasoning.

    `origin` names the dialect family that understands it (`anthropic`, `gemini`, `openai`, `openrouter`), `kind`
    what it is there, `data` the text exactly as it came. Only a dialect of the same origin sends it again.
    """

    origin: str
    kind: str
    data: str = attrs.field(repr=False)


@attrs.frozen
class Bytes:
    """Media carried in the message itself; `media_type` is a MIME type such as `image/png`."""

    data: bytes = attrs.field(repr=lambda data: f"<{len(data)} bytes>")
    media_type: str


@attrs.frozen
class Url:
    """Media that the provider is to fetch; `media_type` where it is known."""

    url: str
    media_type: str | None = None


@attrs.frozen
class FileId:
    """A file uploaded to the provider before, by its identifier there."""

    id: str


@attrs.frozen
class Text:
    """Plain text."""

    text: str
    state: Opaque | None = None


@attrs.frozen
class Image:
    """A picture; `detail` is the provider's hint for its resolution (`low`, `high`, `auto`)."""

    source: Bytes | Url
    detail: Literal["low", "high", "auto"] | None = None


@attrs.frozen
class Audio:
    """Recorded sound, in or out. `transcript` stands beside sound that a model made."""

    source: Bytes
    transcript: str | None = None


@attrs.frozen
class File:
    """A document, such as a PDF."""

    source: Bytes | Url | FileId
    name: str | None = None


@attrs.frozen
class ToolCall:
    """The model asks for a tool. `arguments` is JSON text as the model wrote it: it may be invalid."""

    id: str
    name: str
    arguments: str
    state: Opaque | None = None

    def parsed(self) -> Result[JsonObject, str]:
        """The arguments as an object, or one sentence that says what is wrong with them."""
        return loads(self.arguments or "{}").bind(_object)


def _object(value: object) -> Result[JsonObject, str]:
    return Success(value) if isinstance(value, dict) else Failure("the arguments are not a JSON object")


@attrs.frozen
class ToolResult:
    """What a tool answered to the call `call_id`; `name` is the tool's (Gemini and Ollama want it)."""

    call_id: str
    name: str
    content: tuple[Text | Image, ...]
    is_error: bool = False


@attrs.frozen
class Reasoning:
    """What the model thought, as far as it shows it. With `redacted` only the opaque state is left."""

    text: str
    state: Opaque | None = None
    redacted: bool = False


@attrs.frozen
class Refusal:
    """The model declined, in its own words."""

    text: str


Part: TypeAlias = Text | Image | Audio | File | ToolCall | ToolResult | Reasoning | Refusal
