"""What a dialect is: a frozen record of pure, two-way functions between our types and one wire format.

It knows no HTTP library, no clock and no provider by name: what differs between providers of one dialect is a
closed set of `Quirks`. The client writes requests and reads answers; the simulator and the gateway read requests
and write answers, with the same functions.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeAlias, TypeVar, get_args

import attrs
from returns.result import Result

from pointsman.adapters.form import Form
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import StreamEvent, TextDelta
from pointsman.core.chat.original import Pairs, Untranslated
from pointsman.core.chat.request import ChatRequest, Effort
from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.error import InvalidRequest, LLMError, ProviderError, UnsupportedFeature
from pointsman.core.json import Json, JsonObject
from pointsman.core.models.model import ModelHold, ModelInfo, ModelPage, ModelQuery

if TYPE_CHECKING:  # a parameter is written with the notes of what a target cannot take, which know targets
    from pointsman.adapters.dialects.parameters import Parameter

Framing: TypeAlias = Literal["sse", "ndjson"]
Operation: TypeAlias = Literal[
    "chat", "complete", "embed", "transcribe", "models", "model", "count", "running", "version"
]
WriteFailure: TypeAlias = UnsupportedFeature | InvalidRequest
ContentKind: TypeAlias = Literal[
    "image bytes",
    "image url",
    "image file id",
    "audio bytes",
    "audio url",
    "file bytes",
    "file url",
    "file id",
    "tool call",
    "tool result",
    "image in a tool result",
    "file in a tool result",
    "failed tool result",
    "parallel tool results",
    "reasoning",
    "refusal",
    "cache control",
    "citations",
    "message name",
    "freeform tool",
    "web search",
    "code execution",
    "file search",
    "response schema",
    "json mode",
    "forced tool",
    "allowed tools",
]
"""What a request may hold beside text and parameters."""
CONTENT_KINDS: tuple[ContentKind, ...] = get_args(ContentKind)
Support: TypeAlias = Literal["native", "translated", "dropped", "refused"]
"""`native`: the dialect has it. `translated`: it goes in another form that means the same. `dropped`: it is left out
with a warning. `refused`: an `UnsupportedFeature`. A provider's quirks may take `native` down to any of the others."""


@attrs.frozen(kw_only=True)
class Quirks:
    """How a provider departs from its dialect. Every field has the dialect's own behaviour as its default."""

    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    reasoning_field: Literal["reasoning_content", "reasoning"] = "reasoning_content"
    replay_reasoning: bool = False
    """Send the reasoning text of earlier assistant turns back (DeepSeek demands it for turns with tool calls)."""
    think_tags: bool = False
    """Take `<think>…</think>` at the beginning of the text as reasoning."""
    stream_usage: bool = True
    """Ask for usage at the end of a stream."""
    effort_field: Literal["reasoning_effort", "reasoning", "thinking", "none"] = "reasoning_effort"
    """`reasoning_effort`: OpenAI's field. `reasoning`: OpenRouter's object. `thinking`: DeepSeek's object, with the
    effort beside it."""
    seed_field: Literal["seed", "random_seed"] = "seed"
    instructions: Literal["apart", "input"] = "apart"
    """Where the Responses API has the first system message: in the field `instructions`, or as an item of the input."""
    schema: Literal["json_schema", "json_object"] = "json_schema"
    """`json_object`: the provider knows only JSON mode; the schema is then put into the system prompt."""
    strict: Literal["always", "asked", "never"] = "always"
    """Where a schema is enforced by OpenAI's strict mode, and so rewritten to its subset: wherever that loses nothing,
    only where `strict` is asked for (not all models of the provider know it), or nowhere (a local server makes a
    grammar of nearly any schema)."""
    efforts: tuple[Effort, ...] = ()
    """The efforts it has, where it has not all of them."""
    unlimited: bool = False
    """Take -1 as `max_tokens`, for no limit."""
    custom_tools: bool = False
    """Take freeform (`custom`) tools, and a choice among `allowed_tools`, in OpenAI chat."""
    file_urls: bool = False
    """Take the address of a file in place of its bytes in OpenAI chat, as OpenRouter does."""
    cache_control: bool = False
    """Take Anthropic's marks on parts and tools in OpenAI chat, as OpenRouter does."""
    refuses: frozenset[str] = frozenset()
    """Words of the dialect, as they stand on the wire, that the provider answers with an error where others have two
    for one thing, such as `max_completion_tokens`: a client's body is then written with the provider's own."""
    lacks: frozenset[str] = frozenset()
    """Names of `ChatRequest` fields that the provider does not take, such as `seed`; `transcription.` begins those of
    a `TranscriptionRequest`."""
    audio_formats: frozenset[str] | None = frozenset(("wav", "mp3"))
    """What sound a chat message may hold, as OpenAI chat names it; None leaves the judgement to the provider."""
    not_found_means_failure: bool = False
    """A 404 on the chat endpoint is a failed generation (mlx_lm), not an unknown model."""
    origins: frozenset[str] = frozenset()
    """Origins of opaque state that the provider wants back through this dialect, such as `gemini` on its
    OpenAI-compatible endpoint; anybody else may reject a request that carries it."""


@attrs.frozen
class Target:
    """Whom a dialect talks to in one call."""

    provider: str
    """Its name, for errors."""
    model: str
    """The bare model id."""
    quirks: Quirks = Quirks()
    nonce: str = ""
    """Different in every call, for ids that must be made up: dialects have no randomness of their own."""
    max_output: int | None = None
    """The most tokens the model can write, where that is known."""


@attrs.frozen
class UploadBody:
    """A body that is not in memory: its pieces, and how many bytes they are together."""

    pieces: AsyncIterable[bytes]
    size: int


@attrs.frozen(slots=False)  # copied often: see `core/chat/replace.py`
class WireRequest:
    """One HTTP request to be: `path` is joined to the base URL, or to its origin with `from_origin`.

    It has a JSON `body`, or its bytes as `data`, or a `form`, or an `upload`, or nothing.
    """

    path: str
    body: JsonObject | None = None
    method: Literal["GET", "HEAD", "POST", "DELETE"] = "POST"
    headers: Mapping[str, str] = attrs.field(factory=dict)
    warnings: tuple[Warning, ...] = ()
    from_origin: bool = False
    form: Form | None = None
    data: bytes | None = attrs.field(default=None, repr=False)
    query: Pairs = ()
    upload: UploadBody | None = attrs.field(default=None, repr=False)
    is_forwarded: bool = False
    """Whether it is a client's own request on its way, whose answer is to be kept as it comes."""


Forward: TypeAlias = Callable[[JsonObject, Target, bool], WireRequest | WriteFailure]
"""(body, target, stream) to wire: a client's body with the model's name and the flags of streaming put in.

A failure says that the target's model has no place on the wire, such as in a path."""


@attrs.frozen
class ErrorReply:
    """An error as it stands on the wire. `headers` are lower-case; `at` is when it came, in Unix seconds."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    at: float = 0.0


@attrs.frozen
class Inbound:
    """A request as a server receives it: the body or the form, and what the path said of the model and of streaming."""

    body: JsonObject
    model: str | None = None
    stream: bool | None = None
    form: Form | None = None
    data: bytes = attrs.field(default=b"", repr=False)
    """The bytes of `body`."""
    headers: Pairs = attrs.field(default=(), repr=False)
    """Those of the vendor's own that the dialect passes on."""
    query: Pairs = attrs.field(default=(), repr=False)
    """As `headers`."""
    as_events: bool = True
    """Whether a stream is wanted as events; else as one JSON array (see `Dialect.events_asked_by`)."""


_Query = TypeVar("_Query")
_Answer = TypeVar("_Answer")


@attrs.frozen
class InboundCall(Generic[_Query]):
    """A request as a server understands it, with what the writers of its answer must know."""

    request: _Query
    stream: bool = False
    include_usage: bool = True
    """Whether a stream ends with its usage; OpenAI chat alone has a say in it."""
    untranslated: tuple[Untranslated, ...] = ()
    """What no field of `request` holds."""
    answer_form: str = ""
    """How the answer is wanted, where the dialect has several forms of one: vectors as `base64`, a `single` one."""
    id: str = ""
    """Different for every call, for ids that must be made up."""
    at: float = 0.0
    """When it came, in Unix seconds."""

    def answer_id(self, given: str, prefix: str) -> str:
        """The id of its answer: the one that was `given`, else one of its own that begins with `prefix`."""
        return given or (f"{prefix}{self.id}" if self.id else "")


ChatCall: TypeAlias = InboundCall[ChatRequest]
CompletionCall: TypeAlias = InboundCall[CompletionRequest]


@attrs.frozen(kw_only=True)
class Passthrough:
    """How requests and streams of a dialect are passed on between a client and a provider that both speak it."""

    headers: frozenset[str] = frozenset()
    """The vendor's own request headers that go on, in lower case; never those of an account."""
    query: frozenset[str] = frozenset()
    """Parameters of the query that go on."""
    spell: Callable[[JsonObject, Quirks], Quirks] = lambda body, quirks: quirks
    """The quirks, with the spelling of `body` where the dialect has several words for one thing."""
    read_text: Callable[[bytes], str | None] = lambda data: None
    """The text of a frame's data that holds nothing but more text, else None."""
    is_usage: Callable[[bytes], bool] = lambda frame: False
    """Whether a frame is there only because we asked for the usage."""
    has_end: Callable[[bytes], bool] = lambda frames: False
    """Whether frames hold the protocol's own end."""
    end: bytes = b""
    """The frame that ends a stream."""


class StreamReader(Protocol):
    """Turns the frames of one stream into events, and assembles the answer on the way. It never raises."""

    def feed(self, name: str, data: bytes) -> Sequence[StreamEvent]:
        """The events in one frame: an SSE event (`name` may be empty) or an NDJSON line (`name` is empty).

        `Done` or `Failed` may come last in it, and then nothing more is fed.
        """
        ...

    def finish(self) -> StreamEvent:
        """The end of a stream whose bytes have ended: `Done`, or `Failed` where it was cut off."""
        ...

    def partial(self) -> ChatResponse:
        """What has come so far, for a stream that breaks."""
        ...

    def text_appender(self, data: bytes, text: str) -> Callable[[str], StreamEvent] | None:
        """What takes more text of the part to which `data`, fed last, has added `text`.

        None where that cannot be said; then every frame is read the careful way.
        """
        ...


class StreamWriter(Protocol):
    """Turns events into the bytes of frames, ready to send, `Done` and `Failed` included."""

    def write(self, event: StreamEvent) -> bytes:
        """The frames for one event; may be empty. `Done` writes all that the protocol ends with."""
        ...


def append_to(texts: list[str], index: int) -> Callable[[str], StreamEvent]:
    """What adds a piece of text to `texts`, those of the part `index`, and gives its event: the way of most events."""
    add = texts.append

    def append(piece: str) -> StreamEvent:
        add(piece)
        return TextDelta(piece, index)

    return append


@attrs.frozen
class ChatCodec:
    """Chat, both ways."""

    write_request: Callable[[ChatRequest, Target, bool], Result[WireRequest, WriteFailure]]
    """(request, target, stream) to wire."""
    read_response: Callable[[Json, Target], Result[ChatResponse, ProviderError]]
    """The JSON body of a 2xx answer; an error inside it is a failure."""
    open_reader: Callable[[Target], StreamReader]
    read_request: Callable[[Inbound], Result[ChatCall, InvalidRequest]]
    write_response: Callable[[ChatResponse, ChatCall], JsonObject]
    open_writer: Callable[[ChatCall], StreamWriter]
    forward: Forward | None = None
    """How the body of a client goes on; without it every request is written anew."""


@attrs.frozen
class Codec(Generic[_Query, _Answer]):
    """One question and its answer without streaming, both ways."""

    write_request: Callable[[_Query, Target], Result[WireRequest, WriteFailure]]
    read_response: Callable[[Json, Target], Result[_Answer, ProviderError]]
    read_request: Callable[[Inbound], Result[InboundCall[_Query], InvalidRequest]]
    write_response: Callable[[_Answer, InboundCall[_Query]], JsonObject]
    forward: Forward | None = attrs.field(default=None, kw_only=True)
    """How the body of a client goes on; without it every request is written anew."""
    is_as_asked: Callable[[bytes, InboundCall[_Query]], bool] = attrs.field(
        default=lambda data, call: True, kw_only=True
    )
    """Whether an answer as it came has the form that the client asked for; else it is written anew."""


@attrs.frozen
class Holding:
    """How a local server is asked to keep a model loaded."""

    field: str
    """The field of a request's body that says for how many seconds from then."""
    write_request: Callable[[ModelHold, Target], Result[WireRequest, WriteFailure]]
    """The cheapest request that holds a model."""


@attrs.frozen
class CompletionCodec(Codec[CompletionRequest, Completion]):
    """Text completion, both ways, whole and streamed. Its streams are told in the events of chat: text, and an end."""

    write_streamed: Callable[[CompletionRequest, Target], Result[WireRequest, WriteFailure]]
    """As `write_request`, for a stream."""
    open_reader: Callable[[Target], StreamReader]
    open_writer: Callable[[CompletionCall], StreamWriter]
    needs_chat: Callable[[Inbound], bool] = lambda inbound: False
    """Whether what came as a completion asks for what only a chat can do; `chat` then reads and answers it."""
    chat: ChatCodec | None = None


@attrs.frozen
class Route:
    """Where a server of this dialect listens. `{model}` in the pattern takes a model id, slashes included."""

    method: Literal["GET", "POST"]
    pattern: str
    operation: Operation
    stream: bool | None = None


@attrs.frozen(kw_only=True)
class Dialect:
    """One wire format. An operation that it does not have is None.

    A further one, of one question and one answer, is a file of its name in the dialect's folder, with a `CODEC`.
    """

    name: str
    framing: Framing
    chat: ChatCodec
    read_error: Callable[[ErrorReply, Target], ProviderError]
    write_error: Callable[[LLMError], ErrorReply]
    routes: tuple[Route, ...]
    complete: CompletionCodec | None = None
    embed: Codec[EmbeddingRequest, EmbeddingResponse] | None = None
    transcribe: Codec[TranscriptionRequest, Transcription] | None = None
    models: Codec[ModelQuery, ModelPage] | None = None
    count: Codec[ChatRequest, int] | None = None
    embed_batch: int = 512
    """How many texts one embedding request may carry."""
    parameters: Mapping[str, Parameter] = attrs.field(factory=dict)
    """The parameters it has, by field of `ChatRequest`."""
    content: Mapping[ContentKind, Support] = attrs.field(factory=dict)
    """What it does with each kind of content."""
    passthrough: Passthrough = Passthrough()
    details: Codec[str, ModelInfo] | None = None
    """How one model is asked about, where its list does not say all."""
    running: Codec[ModelQuery, ModelPage] | None = None
    """How the models in memory are listed."""
    origin: str | None = None
    """Whose opaque state it carries, such as signed reasoning."""
    sdk_base: str = ""
    """What the vendor's SDK has after the origin in its base URL."""
    bases: tuple[str, ...] = ("",)
    """Base paths, as regular expressions, under which a server of several dialects has its routes."""
    bare_bases: tuple[str, ...] = ()
    """Further ones, which a server has that keeps no other paths for itself."""
    events_asked_by: tuple[str, str] | None = None
    """The parameter of the query by which a client asks for events; without it a stream is one JSON array."""
