"""The parts of Gemini's contents, both ways. A thought signature stays on the part it came on. It knows no roles."""

from __future__ import annotations

from collections import deque

import attrs

from pointsman.adapters.dialects.freeform import as_function_call
from pointsman.adapters.dialects.media_types import picture_type, plain_type, read_base64, write_base64
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    File,
    FileId,
    Image,
    Opaque,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    ResultPart,
    Text,
    ToolCall,
    ToolResult,
    Url,
    kind_of,
)
from pointsman.core.json import JsonObject, as_object, as_text, compact, dumps_text, loads, text_or_none

DIALECT = "gemini"
KIND = "thought_signature"
UNREADABLE = "_text"
"""The one argument of a call whose arguments are no JSON object."""
_REFUSED_PICTURES = ("image/gif",)
"""Source: ai.google.dev/gemini-api/docs/image-understanding, which lists PNG, JPEG, WEBP, HEIC and HEIF."""
_SOUNDS = {"audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/vnd.wave": "audio/wav"}
_UPLOADED = ("files/", "https://generativelanguage.googleapis.com/")
"""What the addresses of files begin with that were uploaded to the vendor."""
_PLAIN_KEYS = ("result", "output")
_EXTENSIONS = {
    **dict.fromkeys(("jpg", "jpeg"), "image/jpeg"),
    **{name: f"image/{name}" for name in ("png", "webp", "heic", "heif", "gif")},
    **{name: f"audio/{name}" for name in ("wav", "aiff", "aac", "ogg", "flac")},
    **{name: f"video/{name}" for name in ("mp4", "webm", "mpeg")},
    "mp3": "audio/mpeg",
    "mov": "video/quicktime",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
    "html": "text/html",
    "csv": "text/csv",
    "json": "application/json",
}
"""What the name of a file tells of its type."""


@attrs.define
class CallIds:
    """Ids for calls that have none, in one conversation or answer; results without an id are matched in order."""

    nonce: str = ""
    _count: int = 0
    _known: set[str] = attrs.field(factory=set)
    _answered: set[str] = attrs.field(factory=set)
    _pending: dict[str, deque[str]] = attrs.field(factory=dict)

    def of_call(self, given: str, name: str) -> str:
        """The id of the next call, of the function `name`: the one `given`, else a new one."""
        call_id = given or self._new_id()
        self._count += 1
        self._known.add(call_id)
        self._pending.setdefault(name, deque()).append(call_id)
        return call_id

    def of_result(self, given: str, name: str) -> str:
        """The id of the call that a result answers: the first of its function that has none yet, unless it says so."""
        pending = self._pending.setdefault(name, deque())
        if given not in self._known:
            while pending and pending[0] in self._answered:
                pending.popleft()
            given = pending.popleft() if pending else given or self._new_id()
        self._answered.add(given)
        self._known.add(given)
        return given

    def _new_id(self) -> str:
        prefix = f"call_{self.nonce}_" if self.nonce else "call_"
        while f"{prefix}{self._count}" in self._known:
            self._count += 1
        return f"{prefix}{self._count}"


def write_part(part: Part, unsupported: Unsupported) -> JsonObject | None:
    """One part of a request; None where it is left out, which `unsupported` is told."""
    drop_marks(part, unsupported)
    match part:
        case Text(text):
            return compact({"text": text, "thoughtSignature": write_signature(part.state, unsupported)})
        case Refusal(text):
            return {"text": text}
        case Reasoning(text, state) if state is not None and state.origin == DIALECT:
            return {"text": text, "thought": True, "thoughtSignature": state.data}
        case Reasoning():
            unsupported.warn("reasoning", "reasoning without Gemini's own signature was left out")
            return None
        case ToolCall():
            return _write_call(part, unsupported)
        case Image() | Audio() | File():
            return write_media(part, unsupported)
        case ProviderPart(dialect, wire) if dialect == DIALECT:
            return wire
        case ProviderPart() | ToolResult():
            unsupported.fail(kind_of(part))
            return None


def write_shown(part: Part, unsupported: Unsupported) -> JsonObject | None:
    """One part of an answer, as a server shows it; None for what only another dialect has words for."""
    if isinstance(part, Reasoning):
        return compact({"text": part.text, "thought": True, "thoughtSignature": write_signature(part.state)})
    return write_part(part, unsupported)


def drop_marks(part: Part, unsupported: Unsupported) -> None:
    """Warn of what stands on a part and has no place in a request."""
    if getattr(part, "cache_control", None) is not None:
        drop_cache_control(unsupported)
    if isinstance(part, Text) and part.citations:
        unsupported.drop("citations", "the sources of earlier texts were left out; requests have no place for them")
    if isinstance(part, Image) and part.detail in ("low", "high"):
        unsupported.drop("image.detail")
    if isinstance(part, File) and part.name and not isinstance(part.source, FileId):
        unsupported.drop("file.name")


def drop_cache_control(unsupported: Unsupported) -> None:
    """Warn once of all marks for the vendor's cache."""
    text = "marks for the prompt cache were left out; Gemini caches long prompts by itself"
    unsupported.drop("cache_control", text)


def write_signature(state: Opaque | None, unsupported: Unsupported | None = None) -> str | None:
    """The signature to send back; only Gemini's own."""
    if state is None or state.origin == DIALECT:
        return None if state is None else state.data
    if unsupported is not None:
        unsupported.warn("state", f"opaque state of {state.origin} was left out; Gemini cannot read it")
    return None


def _write_call(call: ToolCall, unsupported: Unsupported) -> JsonObject:
    call = as_function_call(call)
    unreadable: JsonObject = {UNREADABLE: call.arguments}
    wire: JsonObject = {"id": call.id, "name": call.name, "args": call.parse_arguments().value_or(unreadable)}
    return compact({"functionCall": wire, "thoughtSignature": write_signature(call.state, unsupported)})


def write_media(part: Image | Audio | File, unsupported: Unsupported) -> JsonObject:
    """Media inline or by address; a picture with the type that its bytes show."""
    state = part.state if isinstance(part, Image) else None
    signed = compact({"thoughtSignature": write_signature(state, unsupported)})
    match part.source:
        case Bytes() as source:
            kind = picture_type(source) if isinstance(part, Image) else _label(source.media_type)
            if kind in _REFUSED_PICTURES:
                unsupported.fail(f"{kind} (Gemini takes PNG, JPEG, WEBP, HEIC and HEIF)")
            return {"inlineData": {"mimeType": kind, "data": write_base64(source.data)}, **signed}
        case Url(address, media_type):
            return {"fileData": {"fileUri": address, "mimeType": media_type or _usual_type(part, address)}, **signed}
        case FileId(file_id):
            return {"fileData": {"fileUri": file_id}, **signed}


def _label(media_type: str) -> str:
    return _SOUNDS.get(plain_type(media_type), media_type)


def _usual_type(part: Image | Audio | File, address: str) -> str:
    """The type that an address ends in, else the usual one of its kind: Google wants to be told."""
    guessed = _guess_type(address)
    wanted = "image/" if isinstance(part, Image) else "audio/" if isinstance(part, Audio) else ""
    if guessed and guessed.startswith(wanted):
        return guessed
    return {"image/": "image/png", "audio/": "audio/wav"}.get(wanted, "application/pdf")


def _guess_type(address: str) -> str:
    """The type that an address ends in; empty where it tells none."""
    return _EXTENSIONS.get(address.partition("?")[0].rpartition(".")[2].lower(), "")


def write_outcome(result: ToolResult) -> JsonObject:
    """The `response` of a result. An object stays one; text is its field `result`, or `error` of a failed tool."""
    text = "".join(part.text for part in result.content if isinstance(part, Text))
    value = loads(text if text.lstrip().startswith("{") else "null").value_or(None)
    outcome: JsonObject | None = value if isinstance(value, dict) else None
    if result.is_error:
        return {"error": text if outcome is None else outcome}
    if outcome is None or (len(outcome) == 1 and not outcome.keys().isdisjoint((*_PLAIN_KEYS, "error"))):
        return {"result": text}
    return outcome


def read_part(part: ObjectReader, ids: CallIds) -> Part | None:
    """One part; of an unknown kind, or with data that cannot be read, as it is. None for one that holds nothing."""
    read = _read_part(part, ids)
    if isinstance(read, ProviderPart) or read is None:
        return read
    part.close()
    return read


def _read_part(part: ObjectReader, ids: CallIds) -> Part | None:
    state = read_signature(part)
    if "functionCall" in part:
        return _read_call(part.inner("functionCall"), ids, state)
    if "functionResponse" in part:
        return _read_result(part.inner("functionResponse"), ids)
    if "inlineData" in part or "fileData" in part:
        return _read_media(part, state) or ProviderPart(DIALECT, part.value)
    others = part.value.keys() - {"text", "thought", "thoughtSignature", "thought_signature"}
    if "text" not in part and (others or state is None):
        return ProviderPart(DIALECT, part.value) if part.value else None
    text, is_thought = part.text("text") or "", part.flag("thought")
    if is_thought:
        return Reasoning(text, state)
    return Text(text, state) if text or state is not None else None


def read_signature(part: ObjectReader) -> Opaque | None:
    """The part's thought signature, if it has one."""
    signature = text_or_none(part.raw("thoughtSignature"))
    return None if signature is None else Opaque(DIALECT, KIND, signature)


def _read_call(call: ObjectReader, ids: CallIds, state: Opaque | None) -> ToolCall:
    """A call, whose arguments always come whole."""
    name, value = call.text("name") or "", call.raw("args")
    if value is not None and not isinstance(value, dict):
        call.problem("args", "it is not an object")
    arguments = as_object(value)
    text = as_text(arguments[UNREADABLE]) if arguments.keys() == {UNREADABLE} else dumps_text(arguments)
    return ToolCall(ids.of_call(call.text("id") or "", name), name, text, state)


def _read_result(result: ObjectReader, ids: CallIds) -> ToolResult:
    name, outcome = result.text("name") or "", result.raw("response")
    if outcome is not None and not isinstance(outcome, dict):
        result.problem("response", "it is not an object")
    text, is_error = _read_outcome(as_object(outcome))
    media = (read_part(part, ids) for part in objects_of(result, "parts"))
    shown = tuple(part for part in media if isinstance(part, (Image, File, ProviderPart)))
    said: tuple[ResultPart, ...] = (Text(text),) if text else ()
    return ToolResult(ids.of_result(result.text("id") or "", name), name, (*said, *shown), is_error)


def _read_outcome(outcome: JsonObject) -> tuple[str, bool]:
    """What a function answered, as text, and whether that is an error."""
    if not outcome:
        return "", False
    name = next(iter(outcome))
    is_error = len(outcome) == 1 and name == "error"
    value = outcome[name] if is_error or (len(outcome) == 1 and name in _PLAIN_KEYS) else outcome
    return value if isinstance(value, str) else dumps_text(value), is_error


def _read_media(part: ObjectReader, state: Opaque | None) -> Part | None:
    if "fileData" in part:
        media = part.inner("fileData")
        kind, address = media.text("mimeType"), media.text("fileUri")
        uploaded = address is not None and address.startswith(_UPLOADED)
        return None if not address else _as_part(FileId(address) if uploaded else Url(address, kind), kind or "", state)
    media = part.inner("inlineData")
    kind, data = media.text("mimeType") or "", read_base64(media.text("data") or "")
    return None if data is None else _as_part(Bytes(data, kind or "application/octet-stream"), kind, state)


def _as_part(source: Bytes | Url | FileId, kind: str, state: Opaque | None) -> Part:
    guessed = kind or (_guess_type(source.url) if isinstance(source, Url) else "")
    if guessed.startswith("image/"):
        return Image(source, state=state)
    return Audio(source) if guessed.startswith("audio/") else File(source)


def objects_of(holder: ObjectReader, name: str) -> list[ObjectReader]:
    """A repeated field: a list, or one object that stands for a list of it (protobuf's JSON mapping)."""
    return [holder.inner(name)] if isinstance(holder.raw(name), dict) else holder.objects(name)
