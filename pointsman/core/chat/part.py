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
class CacheControl:
    """A mark that the provider is to cache the prompt up to and including what it stands on."""

    ttl: Literal["5m", "1h"] = "5m"
    """How long it is kept from its last use."""


@attrs.frozen
class Citation:
    """Where a text has something from."""

    url: str | None = None
    title: str | None = None
    quote: str | None = None
    """The words that are cited."""
    start: int | None = None
    """Where the text that rests on it begins, in characters of the part."""
    end: int | None = None


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
    cache_control: CacheControl | None = None
    citations: tuple[Citation, ...] = ()


@attrs.frozen
class Image:
    """A picture; `detail` is the provider's hint for its resolution (`low`, `high`, `auto`)."""

    source: Bytes | Url | FileId
    detail: Literal["low", "high", "auto"] | None = None
    cache_control: CacheControl | None = None
    state: Opaque | None = None


@attrs.frozen
class Audio:
    """Recorded sound, in or out. `transcript` stands beside sound that a model made."""

    source: Bytes | Url | FileId
    transcript: str | None = None

    @property
    def data(self) -> bytes:
        """The sound itself; empty where it stands elsewhere."""
        return self.source.data if isinstance(self.source, Bytes) else b""

    @property
    def media_type(self) -> str:
        """Its MIME type; empty where that is not known."""
        return "" if isinstance(self.source, FileId) else self.source.media_type or ""


@attrs.frozen
class File:
    """A document, such as a PDF."""

    source: Bytes | Url | FileId
    name: str | None = None
    cache_control: CacheControl | None = None


@attrs.frozen
class ToolCall:
    """The model asks for a tool. `arguments` is JSON text as the model wrote it: it may be invalid.

    With `freeform` they are plain text: the tool takes no JSON (see `Tool.freeform`).
    """

    id: str
    name: str
    arguments: str
    state: Opaque | None = None
    freeform: bool = False
    cache_control: CacheControl | None = None

    def parse_arguments(self) -> Result[JsonObject, str]:
        """The arguments as an object, or one sentence that says what is wrong with them."""
        return loads(self.arguments or "{}").bind(_object)


def _object(value: object) -> Result[JsonObject, str]:
    return Success(value) if isinstance(value, dict) else Failure("the arguments are not a JSON object")


@attrs.frozen
class ProviderPart:
    """Content that only one dialect has words for, such as what a provider's own tool did: `wire` as it came.

    A provider of that dialect gets it back as it is; to any other it is an `UnsupportedFeature`.
    """

    dialect: str
    wire: JsonObject = attrs.field(repr=False)

    @property
    def kind(self) -> str:
        """What the dialect calls it: its `type`, or its only field."""
        named = self.wire.get("type")
        return named if isinstance(named, str) else ", ".join(sorted(self.wire))


ResultPart: TypeAlias = Text | Image | File | ProviderPart
"""What the result of a tool may hold."""


@attrs.frozen
class ToolResult:
    """What a tool answered to the call `call_id`; `name` is the tool's (Gemini and Ollama want it)."""

    call_id: str
    name: str
    content: tuple[ResultPart, ...]
    is_error: bool = False
    cache_control: CacheControl | None = None


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


Part: TypeAlias = Text | Image | Audio | File | ToolCall | ToolResult | Reasoning | Refusal | ProviderPart


def kind_of(part: Part) -> str:
    """What `part` is, for a refusal."""
    return f"{part.kind} of {part.dialect}" if isinstance(part, ProviderPart) else type(part).__name__.lower()
