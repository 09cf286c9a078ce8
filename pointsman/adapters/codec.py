"""Our own types as JSON on disk, by cattrs. Unions are told apart by a `_type` field; bytes are base85.

Over the wire it is the same with base64, which a browser reads.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.message_json import read_usual, write_usual
from pointsman.core import error as errors
from pointsman.core.chat import event as events
from pointsman.core.chat import part as parts
from pointsman.core.chat.message import Message
from pointsman.core.chat.original import OriginalRequest, OriginalResponse
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import Finish, FinishReason, Other
from pointsman.core.chat.tool import AllowedTools, AnyTool, ForcedTool, ToolChoice
from pointsman.core.error import Attempt
from pointsman.core.json import Json, JsonObject, dumps
from pointsman.services.ports.recording_store import RecordedAnswer, RecordedRequest

if TYPE_CHECKING:
    from cattrs.preconf.orjson import OrjsonConverter

_Value = TypeVar("_Value")
_UNIONS: tuple[Any, ...] = (
    parts.Bytes | parts.Url,
    parts.Bytes | parts.Url | parts.FileId,
    parts.ResultPart,
    AnyTool,
    parts.Part,
    errors.LLMError,
    events.StreamEvent,
    RecordedAnswer | errors.LLMError,
)


@cache
def converter() -> OrjsonConverter:
    """The converter, made once (with what makes it, it takes a tenth of a second)."""
    return _make_converter()


@cache
def wire_converter() -> OrjsonConverter:
    """That of what goes to a browser; it reads nothing."""
    return _make_converter(lambda data: base64.b64encode(data).decode())


def _make_converter(write_bytes: Callable[[bytes], str] | None = None) -> OrjsonConverter:
    from cattrs.preconf.orjson import make_converter
    from cattrs.strategies import configure_tagged_union

    for fault in get_args(errors.LLMError):
        attrs.resolve_types(fault, {**vars(errors), "Attempt": Attempt})
    made = make_converter(forbid_extra_keys=False)
    if write_bytes is not None:
        made.register_unstructure_hook(bytes, write_bytes)
    made.register_structure_hook_func(lambda kind: kind in (Json, JsonObject), lambda value, _: value)
    made.register_unstructure_hook_func(lambda kind: kind in (Json, JsonObject), lambda value: value)
    made.register_unstructure_hook_func(lambda kind: kind is object, lambda value: None)
    made.register_structure_hook_func(lambda kind: kind is object, lambda value, _: None)  # what errors tell of answers
    made.register_unstructure_hook(Decimal, str)
    made.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    error: Any = errors.LLMError
    maybe: Any = errors.LLMError | None  # as `Attempt.error` has it; not the same union to cattrs
    made.register_unstructure_hook(maybe, lambda v: None if v is None else made.unstructure(v, error))
    made.register_structure_hook(maybe, lambda v, _: None if v is None else made.structure(v, error))
    for union in _UNIONS:
        configure_tagged_union(union, made)
    configure_tagged_union(RecordedRequest, made, default=ChatRequest)  # a chat was once all that was recorded
    made.register_unstructure_hook(Other, lambda value: {"other": value.raw})
    made.register_structure_hook(FinishReason, _finish)
    made.register_unstructure_hook(FinishReason, lambda v: {"other": v.raw} if isinstance(v, Other) else v.value)
    made.register_structure_hook(ToolChoice, _read_choice)
    made.register_unstructure_hook(ToolChoice, lambda v: v if isinstance(v, str) else attrs.asdict(v))
    for beside in (OriginalRequest | None, OriginalResponse | None):  # what came over the wire is not kept on disk
        made.register_unstructure_hook(beside, lambda value: None)
        made.register_structure_hook(beside, lambda value, _: None)
    return made


def _read_choice(value: Any, _: Any) -> ToolChoice:
    if not isinstance(value, dict):
        return cast(ToolChoice, value)
    if "names" in value:
        return AllowedTools(tuple(value["names"]), value["required"])
    return ForcedTool(value["name"])


def _finish(value: Any, _: Any) -> FinishReason:
    return Other(value["other"]) if isinstance(value, dict) else Finish(value)


def encode_message(message: Message) -> bytes:
    """`message` as JSON, a letter that UTF-8 cannot carry as a question mark: what was said is not lost for it.

    A usual one is written without the converter, whose making would be most of a short run.
    """
    written = write_usual(message)
    return dumps(converter().unstructure(message, Message)) if written is None else written


def decode_message(data: bytes) -> Result[Message, str]:
    """As `decode`; a usual one is read without the converter."""
    usual = read_usual(data)
    return decode(data, Message) if usual is None else Success(usual)


def encode(value: object, kind: type) -> bytes:
    """`value`, a `kind`, as JSON."""
    return converter().dumps(value, kind)


def decode(data: bytes, kind: type[_Value]) -> Result[_Value, str]:
    """The `kind` in `data`, or what is wrong with it."""
    import cattrs

    try:
        return Success(converter().loads(data, kind))
    except (cattrs.BaseValidationError, ValueError, KeyError, TypeError, ArithmeticError) as problem:
        found = cattrs.transform_error(problem) if isinstance(problem, cattrs.BaseValidationError) else [str(problem)]
        return Failure("; ".join(found[:3]))
