"""What settings and users want of a request that says nothing of it itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import attrs

from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.message import system
from pointsman.core.chat.metered import AnyRequest
from pointsman.core.chat.replace import replace
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.transcription import TranscriptionRequest
from pointsman.core.json import Json, as_text, dumps_text, float_or_none, int_or_none

_Request = TypeVar("_Request", bound=AnyRequest)
_SAMPLING = ("temperature", "top_p", "max_tokens")


def _numbers_of(defaults: RequestDefaults) -> tuple[tuple[str, float], ...]:
    """Those of `defaults` that are set, by name: every call looks at them."""
    found = ((name, getattr(defaults, name)) for name in (*_SAMPLING, "timeout"))
    return tuple((name, value) for name, value in found if value is not None)


@attrs.frozen(kw_only=True)
class RequestDefaults:
    """What one provider's settings put into requests to it; None, empty: nothing."""

    model: str = ""
    embedding_model: str = ""
    transcription_model: str = ""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    extra: Mapping[str, Json] = attrs.field(factory=dict)
    """Of chats and completions, below their own `extra`."""
    timeout: float | None = None
    """Seconds of the whole call to this provider, its retries included; a fallback to another has its own."""

    _numbers: tuple[tuple[str, float], ...] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(lambda self: _numbers_of(self), takes_self=True)
    )

    def complete(self, request: _Request) -> _Request:
        """`request` with all that it leaves open; the very same where it leaves nothing open."""
        changes: dict[str, Any] = {}
        if not request.model and (model := self._model(request)):
            changes["model"] = model
        for name, value in self._numbers:
            if getattr(request, name, value) is None:
                changes[name] = value
        if self.extra and isinstance(request, (ChatRequest, CompletionRequest)):
            extra = {**self.extra, **request.extra}
            changes |= {} if extra == request.extra else {"extra": extra}
        return _copy_with(request, changes) if changes else request

    def _model(self, request: AnyRequest) -> str:
        match request:
            case EmbeddingRequest():
                return self.embedding_model or self.model
            case TranscriptionRequest():
                return self.transcription_model or self.model
            case _:
                return self.model

    @property
    def sampling(self) -> str:
        """What of it changes an answer, as text: two providers that differ in it do not answer alike."""
        said = {name: getattr(self, name) for name in _SAMPLING}
        found: dict[str, Json] = {name: value for name, value in said.items() if value is not None}
        found |= {"extra": dict(self.extra)} if self.extra else {}
        return dumps_text(found) if found else ""


NO_DEFAULTS = RequestDefaults()


def _copy_with(request: _Request, changes: dict[str, Any]) -> _Request:
    if isinstance(request, ChatRequest):
        return replace(request, **changes)  # the way of every call
    return attrs.evolve(request, **changes)


def common_defaults(several: Iterable[RequestDefaults]) -> RequestDefaults:
    """What all of them say alike, but no model and no time: which one is asked is not decided yet."""
    first, *others = several or (NO_DEFAULTS,)
    same = {
        name: getattr(first, name)
        for name in (*_SAMPLING, "extra")
        if all(getattr(one, name) == getattr(first, name) for one in others)
    }
    return RequestDefaults(**same)


OVERRIDES = ("model", "temperature", "max_tokens", "system")


def problem_of(name: str, value: Json) -> str | None:
    """Why `value` cannot be the override `name`; None, and None as the value, are fine."""
    if name not in OVERRIDES:
        return f"{name!r} is not a setting of a user; there are {', '.join(OVERRIDES)}"
    if value is None:
        return None
    number = float_or_none(value)
    if name == "temperature" and (number is None or not 0 <= number <= 2):
        return "temperature: it is not a number between 0 and 2"
    if name == "max_tokens" and (int_or_none(value) or 0) < 1:
        return "max_tokens: it is not a whole number of at least 1"
    if name in ("model", "system") and not as_text(value).strip():
        return f"{name}: it is not a text"
    return None


def override(request: ChatRequest, own: Mapping[str, Json]) -> ChatRequest:
    """`request` with what its user wants, where it says nothing itself."""
    if not own:
        return request
    temperature, most = float_or_none(own.get("temperature")), int_or_none(own.get("max_tokens"))
    standing = as_text(own.get("system"))
    if standing and not any(message.role == "system" for message in request.messages):
        request = attrs.evolve(request, messages=(system(standing), *request.messages))
    return attrs.evolve(
        request,
        model=request.model or as_text(own.get("model")),
        temperature=temperature if request.temperature is None else request.temperature,
        max_tokens=most if request.max_tokens is None else request.max_tokens,
    )
