"""Between a client and a provider of one dialect: requests, answers and errors go on as they came. Pure.

What was changed on purpose since a request was read (by a hook, the window, an override, the settings) is found by
writing it twice, as it was read and as it is now, and the difference is done to the client's own body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar, cast

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import (
    Dialect,
    Forward,
    Inbound,
    InboundCall,
    Target,
    WireRequest,
    WriteFailure,
)
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.chat.original import OriginalRequest, OriginalResponse, Pairs, is_unchanged
from pointsman.core.chat.replace import replace
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.effect import is_failure
from pointsman.core.error import LLMError, UnsupportedFeature
from pointsman.core.json import Json, JsonObject, as_object, dumps
from pointsman.core.merge import difference, merge

AnyQuery: TypeAlias = ChatRequest | CompletionRequest | EmbeddingRequest
_Query = TypeVar("_Query", bound=AnyQuery)
_OFF_THE_WIRE = frozenset(("model", "timeout", "request_id", "options", "original", "on_unsupported"))
_MAX_HEADER, _MAX_QUERY = 4000, 200
"""Bytes of a header, and of a query parameter, that are passed on; longer ones are not."""
_SAME_ANSWER = frozenset(
    ("model", "stream", "stream_options", "user", "metadata", "safety_identifier", "prompt_cache_key", "store")
)
"""Fields of a body that do not change what is answered, and so stand in no key of a cached answer."""


def remember_original(
    dialect: Dialect, operation: str, call: InboundCall[_Query], inbound: Inbound, options: CallOptions = PLAIN
) -> _Query:
    """The request of `call`, for which `options` hold, with what the client sent beside it."""
    body, said = inbound.body, (inbound.headers, inbound.query)
    original = OriginalRequest(
        dialect=dialect.name,
        operation=operation,
        body=body,
        data=inbound.data,
        request=call.request,
        headers=inbound.headers,
        query=inbound.query,
        untranslated=call.untranslated,
        wants_usage=call.include_usage,
        fingerprint=lambda: _fingerprint(dialect, call.request, body, said),
    )
    return replace(call.request, original=original, options=options)


def passed_on(names: frozenset[str], given: Mapping[str, str], longest: int) -> Pairs:
    """Those of `given` that a dialect passes on."""
    if names.isdisjoint(given):
        return ()
    return tuple((name, given[name]) for name in sorted(names) if name in given and len(given[name]) <= longest)


def pass_on(dialect: Dialect, headers: Mapping[str, str], query: Mapping[str, str]) -> tuple[Pairs, Pairs]:
    """The vendor's own headers (by lower-case names) and query of a client's request that go on to the vendor."""
    rules = dialect.passthrough
    return passed_on(rules.headers, headers, _MAX_HEADER), passed_on(rules.query, query, _MAX_QUERY)


def is_as_read(request: AnyQuery) -> bool:
    """Whether nothing that stands on the wire has changed since `request` was read from a client's body."""
    original, kind = request.original, type(request)
    if original is None or type(original.request) is not kind:  # a chat may stand in for a completion
        return False
    return is_unchanged(original.request, request, _WIRE_FIELDS[kind])


def is_between_equals(dialect: Dialect, operation: str, forward: Forward | None, request: AnyQuery) -> bool:
    """Whether `request` came in `dialect` for the same operation, and so can be passed on."""
    original = request.original
    return (
        original is not None
        and forward is not None
        and original.dialect == dialect.name
        and original.operation == operation
    )


def write_onward(
    dialect: Dialect,
    operation: str,
    forward: Forward | None,
    request: _Query,
    target: Target,
    stream: bool,
    write: Callable[[_Query, Target], Result[WireRequest, WriteFailure]],
) -> Result[WireRequest, WriteFailure]:
    """`request` on the wire: as its client sent it where that can be, else as `write` writes it.

    To another dialect, what has no place in our types is told as a warning, or refused where it is essential.
    """
    original = request.original
    if original is None:
        return write(request, target)
    if forward is None or not is_between_equals(dialect, operation, forward, request):
        return write(request, target).bind(lambda wire: _report_untranslated(original, target, wire))
    is_refused = bool(target.quirks.refuses) and not target.quirks.refuses.isdisjoint(original.body)
    if not is_refused and is_as_read(request):
        return _address(forward, original, original.body, target, stream)
    return _write_changed(dialect, forward, original, request, target, stream, write)


def _write_changed(
    dialect: Dialect,
    forward: Forward,
    original: OriginalRequest,
    request: _Query,
    target: Target,
    stream: bool,
    write: Callable[[_Query, Target], Result[WireRequest, WriteFailure]],
) -> Result[WireRequest, WriteFailure]:
    spelled = attrs.evolve(target, quirks=dialect.passthrough.spell(original.body, target.quirks))
    # What was read of the original is of the request's own kind: both are of one operation.
    as_read: _Query = attrs.evolve(cast("_Query", original.request), model=request.model)
    before = write(as_read, spelled)
    refused = target.quirks.refuses.intersection(original.body)
    after = write(request, target if refused else spelled)
    if is_failure(before) or is_failure(after):
        return after
    first, second = before.unwrap(), after.unwrap()
    body = as_object(merge(first.body, second.body, original.body))
    warnings = tuple(warning for warning in second.warnings if warning not in first.warnings)
    addressed = _address(forward, attrs.evolve(original, data=b""), body, target, stream)
    return addressed.map(lambda wire: attrs.evolve(wire, warnings=warnings))


def _address(
    forward: Forward, original: OriginalRequest, body: JsonObject, target: Target, stream: bool
) -> Result[WireRequest, WriteFailure]:
    """The client's body on its way to `target`, its bytes untouched where only the model's name must change."""
    wire = forward(body, target, stream)
    if not isinstance(wire, WireRequest):
        return Failure(wire)
    data = _splice(original, wire)
    return Success(
        replace(
            wire,
            data=data,
            headers={**wire.headers, **dict(original.headers)},
            query=(*wire.query, *original.query),
            is_forwarded=True,
        )
    )


def _splice(original: OriginalRequest, wire: WireRequest) -> bytes | None:
    """The client's own bytes with the model's name replaced, and what it did not say at all put behind.

    None where more than that has changed, or where the name's place cannot
    be told for certain: a second name, or one in escapes, could be the one that the vendor reads.
    """
    sent, body = original.body, wire.body
    data = original.data.removeprefix(_BOM).rstrip()
    if not data or body is None:
        return None
    if body is sent:
        return data
    if not sent.keys() <= body.keys() or [n for n, value in sent.items() if body[n] is not value] not in (
        [],
        ["model"],
    ):
        return None
    if "model" in sent:
        places = [match.span(1) for match in _MODEL.finditer(data)]
        if len(places) != 1 or _ESCAPED_MODEL in data:
            return None
        start, end = places[0]
        data = data[:start] + dumps(body["model"]) + data[end:]
    if len(body) == len(sent):
        return data
    added = {name: value for name, value in body.items() if name not in sent}
    return data[:-1].rstrip() + (b"," if sent else b"") + dumps(added)[1:]


_BOM = b"\xef\xbb\xbf"
_MODEL = re.compile(rb'"model"\s*:\s*("(?:[^"\\]|\\.)*")')
"""A field of that name: quotes within JSON texts are escaped, so it is found nowhere in a text."""
_ESCAPED_MODEL = b"\\u006"
"""Every letter of the name begins so where it is escaped."""


_WIRE_FIELDS: Mapping[type, attrgetter[tuple[Any, ...]]] = {
    kind: attrgetter(*(field.name for field in attrs.fields(kind) if field.name not in _OFF_THE_WIRE))
    for kind in (ChatRequest, CompletionRequest, EmbeddingRequest)
}
"""The fields of each kind of request that stand on the wire, but for the model's name."""
_ANSWER_FIELDS: Mapping[type, attrgetter[tuple[Any, ...]]] = {
    ChatResponse: attrgetter(
        "parts", "finish_reason", "usage", "id", "steps", "choices", "logprobs", "stop_sequence", "cache"
    ),
    Completion: attrgetter("text", "finish_reason", "usage", "id", "choices"),
    EmbeddingResponse: attrgetter("embeddings", "usage"),
}
"""Fields of answers that stand in them on the wire: one that a hook has changed makes it another answer."""


def _report_untranslated(
    original: OriginalRequest, target: Target, wire: WireRequest
) -> Result[WireRequest, WriteFailure]:
    essential = ", ".join(lost.path for lost in original.untranslated if lost.essential)
    if essential:
        detail = f"it cannot carry {essential}, which only {original.dialect} has"
        return Failure(
            UnsupportedFeature(detail=detail, feature=essential, provider=target.provider, model=target.model)
        )
    told = {warning.subject for warning in wire.warnings}
    warnings = tuple(
        Warning(lost.path, f"{target.provider} has no word for {lost.path}; it was left out")
        for lost in original.untranslated
        if lost.path not in told
    )
    return Success(attrs.evolve(wire, warnings=(*wire.warnings, *warnings)) if warnings else wire)


def _fingerprint(dialect: Dialect, request: AnyQuery, body: JsonObject, said: tuple[Pairs, Pairs]) -> bytes:
    """What the client said beyond our types, for the key of a cached answer; empty where that is nothing."""
    written: Json = None
    if isinstance(request, ChatRequest):
        wire = dialect.chat.write_request(request, Target(dialect.name, request.model), False)
        written = wire.map(lambda one: one.body).value_or(None)
    known = {name: value for name, value in as_object(written).items() if name not in _SAME_ANSWER}
    asked = {name: value for name, value in body.items() if name not in _SAME_ANSWER}
    beyond = difference(known, asked)
    return b"" if beyond is None and not any(said) else dumps([dialect.name, beyond, *said])


def original_answer(dialect: Dialect, response: object) -> OriginalResponse | None:
    """The answer as it came in `dialect`; None where it came in another, or was made or changed here.

    Answers to what no dialect passes on, such as transcriptions, have none.
    """
    original: OriginalResponse | None = getattr(response, "original", None)
    if original is None or original.dialect != dialect.name:
        return None
    names = _ANSWER_FIELDS.get(type(original.response))
    if names is None:  # the number of a count, which nobody changes
        return original
    return original if is_unchanged(original.response, response, names) else None


def original_error(dialect: Dialect, error: LLMError) -> OriginalResponse | None:
    """The error as it came in `dialect`, if a provider of it answered with one."""
    original = error.original
    return original if original is not None and original.dialect == dialect.name else None
