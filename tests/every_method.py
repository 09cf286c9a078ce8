"""Every public method of what a program is given, found by declarations, called with samples of its parameters' types.

Starts at a record (an `App`, a `BlockingClient`), goes through its public fields and properties and through what its
methods give. So a new service, and a new method of one, are walked without a word here; only a new type of parameter
needs a sample.
"""

from __future__ import annotations

import inspect
import io
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

import anyio
import attrs
from returns.future import FutureResult
from returns.result import Failure

from pointsman import (
    App,
    CompletionRequest,
    EmbeddingRequest,
    Manager,
    Personality,
    TranscriptionRequest,
    ask,
    settle,
    tool_of,
)
from pointsman.blocking import BlockingChat, BlockingClient, PointsmanError
from pointsman.core.chat.event import Failed
from pointsman.core.chat.message import user
from pointsman.core.chat.part import Audio, Bytes
from pointsman.core.chat.response import ChatResponse
from pointsman.core.collection import CollectionEntry
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry
from pointsman.core.memory import Memory, MemoryScope
from pointsman.core.money.budget import Account, Budget
from pointsman.core.money.settlement import Amount
from pointsman.core.money.usage_query import RecordQuery
from pointsman.core.money.usage_record import UsageRecord
from pointsman.core.notice import AnalyticsUpdate
from pointsman.core.prompts.personality import Mood
from pointsman.core.routing.breaker import Circuit
from pointsman.core.routing.evidence import Evidence
from pointsman.core.routing.model_stats import Sample
from pointsman.core.routing.rate import Limit, Use
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.user import Invitation, Session, User
from pointsman.core.security.virtual_key import VirtualKey
from pointsman.services.event_bus import EventBus, Subscription
from pointsman.services.interceptors.shared_limiter import SharedSlot
from pointsman.services.ports.cache_store import CacheEntry
from pointsman.services.ports.client import CHAT
from pointsman.services.ports.conversation_store import ConversationQuery
from pointsman.services.ports.ledger import Reservation
from pointsman.services.ports.recording_store import RecordedExchange
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.services.ports.shared_leases import SharedLease
from pointsman.services.ports.shared_limits import Claim
from pointsman.services.ports.stores import Stores
from pointsman.services.streams.event_stream import EventStream
from tests.patience import GUARD

QUESTION = ask("fake/fake-model", "hello")
DIALOGUE = Dialogue(
    conversation=Conversation(id="x", created=0.0, updated=0.0),
    entries=(Entry(id="e", message=user("hello"), time=0.0),),
)


def len_of(text: str) -> int:
    """How long it is."""
    return len(text)


def _sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(1600))
    return file.getvalue()


_AUDIT = AuditEntry(time=0.0, who="me", what="try")
_KEY = VirtualKey(id="k", name="k", prefix="k", digest=b"k", created=0.0)
_USER = User(id="u", name="u", role="member", created=0.0)
_EVIDENCE = Evidence(kind="k", model="fake/fake-model", healed=1.0, tried=1.0, run="r", date=0.0)

SAMPLES: Mapping[str, object] = {
    "AnyRequest": QUESTION,
    "Amount": Amount(0, 0),
    "AuditEntry": _AUDIT,
    "CacheEntry": CacheEntry(ChatResponse(parts=()), 0.0, 1.0),
    "Callable[[Conversation], Conversation]": lambda conversation: conversation,
    "Callable[[Json], Json] | None": None,
    "Callable[[JsonObject], None]": lambda message: None,
    "Callable[[_Notice], None]": lambda notice: None,
    "ChatRequest": QUESTION,
    "Circuit": Circuit(failures=9, opened=1.0),
    "CompletionRequest": CompletionRequest("fake/fake-model", "Once"),
    "Conversation": DIALOGUE.conversation,
    "ConversationQuery": ConversationQuery(),
    "Dialogue": DIALOGUE,
    "EmbeddingRequest": EmbeddingRequest("fake/fake-model", ("hello",)),
    "Entry": DIALOGUE.entries[0],
    "EventBus": EventBus(),
    "Evidence": _EVIDENCE,
    "GroupBy": "model",
    "Happening": "praised",
    "Invitation": Invitation(digest=b"i", role="member", expires=1.0),
    "JsonObject": {},
    "Limit": Limit(requests_per_minute=9),
    "Mapping[str, Attribute]": {},
    "Mapping[str, str]": {"a": "red"},
    "Memory": Memory(id="m", text="red", created=0.0),
    "MemoryScope": MemoryScope(),
    "Message": user("hello"),
    "Mood": Mood(),
    "Notice": AnalyticsUpdate(record=UsageRecord(id="r", time=0.0)),
    "Operation[Query, Answer]": CHAT,
    "Personality": Personality(),
    "Query": QUESTION,
    "RecordQuery": RecordQuery(),
    "RecordedExchange": RecordedExchange(QUESTION, ChatResponse(parts=())),
    "RecordedRequest": QUESTION,
    "Reservation": Reservation("r", (Account("a", Budget(name="a", tokens=9), None),)),
    "Sample | None": Sample(ok=True, seconds=1.0),
    "Sequence[Account]": (Account("a", Budget(name="a", tokens=9), None),),
    "Sequence[BoardRow]": (),
    "Sequence[CollectionEntry]": (CollectionEntry("a", "red", (1.0, 0.0)),),
    "Sequence[Evidence]": (_EVIDENCE,),
    "Sequence[str]": ("a",),
    "Session": Session(digest=b"s", user="u", began=0.0, seen=0.0),
    "SharedLease": SharedLease("l", "me"),
    "SharedSlot": SharedSlot(Claim(id="c", name="fake", limit=Limit()), Use(1.0, 1)),
    "StoredSettings": StoredSettings(),
    "StreamRequest": QUESTION,
    "ToolFunction": tool_of(len_of).unwrap(),
    "TranscriptionRequest": TranscriptionRequest("fake/fake-model", Audio(Bytes(_sound(), "audio/wav"))),
    "UsageRecord": UsageRecord(id="r", time=0.0),
    "User": _USER,
    "VirtualKey": _KEY,
    "_Request": QUESTION,
    "bool": False,
    "bytes": b"d",
    "float": 1.0,
    "int": 1,
    "int | None": 1,
    "str | RawDocument": __file__,
    "type[Notice]": AnalyticsUpdate,
    "type[_Notice]": AnalyticsUpdate,
    "type[_Value]": int,
    "str": "x",
}
"""By the annotation of a parameter, as it is written."""
NAMED: Mapping[str, object] = {
    "entry": "e",
    "max_tokens": 1000,
    "owner": "",
    "seconds": 0.0,
    "steps": 2,
    "text": "3",
    "until": 2.0,
}
"""By the name of a parameter, where its type does not say enough."""
RECORDS = (App, Manager, Stores, BlockingClient)
"""Whose public fields and properties are services."""
SERVICES = (
    *("pointsman.blocking", "pointsman.services.conversations", "pointsman.services.middleware"),
    *("pointsman.services.persona", "pointsman.adapters.sqlite.run_store"),
)
"""Where the classes are of services that methods give."""
INSIDE = ("bridge", "source", "app")
"""What a plain client is made of."""
LAST = ("delete", "drop", "forget", "remove", "clear", "end")
"""How names begin of methods that take away what others need."""


@attrs.frozen
class Method:
    """A public method, or a service that is a function: where it stands (`manager.chat`), and a call of it."""

    path: str
    call: Callable[[], Any]

    @property
    def waits(self) -> bool:
        """Whether it waits, as long as it takes, for what nobody does here."""
        return self.path.endswith((".hints.wait", ".hints.listen", ".limiter.run", ".leases.run", ".carrier.run"))


def methods_below(path: str, subject: object) -> Iterator[Method]:
    """All of `subject` and of the services that it holds, each service once: `prepare` first, what takes away last."""
    seen: set[int] = set()
    found = list(_below(path, subject, seen))
    yield from sorted(found, key=_turn)


def _turn(method: Method) -> int:
    name = method.path.rsplit(".")[-1]
    return 0 if name.startswith("prepare") else 2 if name.startswith(LAST) else 1


def _below(path: str, subject: object, seen: set[int]) -> Iterator[Method]:
    if id(subject) in seen or subject is None:
        return
    seen.add(id(subject))
    if inspect.isfunction(subject) or inspect.ismethod(subject) or not _is_ours(subject):
        if callable(subject):
            yield Method(path, _call_of(subject, subject))
        return
    for name, member in _bound_methods(subject):
        yield Method(f"{path}.{name}", _call_of(member, subject))
    if isinstance(subject, RECORDS):
        for name in _attributes(type(subject)):
            value = getattr(subject, name)
            one = next(iter(value.values()), None) if isinstance(value, Mapping) else value
            yield from _below(f"{path}.{name}", one, seen)


def _is_ours(subject: object) -> bool:
    module = type(subject).__module__
    return module.startswith("pointsman.") and (module == "pointsman.core.on_demand" or ".core" not in module)


def _attributes(record: type) -> list[str]:
    fields = [field.name for field in attrs.fields(record)]
    properties = [name for name in dir(record) if isinstance(inspect.getattr_static(record, name), property)]
    return [name for name in (*fields, *properties) if not name.startswith("_") and name not in INSIDE]


def _bound_methods(subject: object) -> Iterator[tuple[str, Any]]:
    """Those of its class; `subject` may stand for what is built on first use."""
    for name, member in inspect.getmembers(subject, inspect.ismethod):
        if not name.startswith("_") and (member.__self__ is subject or not hasattr(type(subject), name)):
            yield name, member


def _call_of(function: Callable[..., Any], subject: object) -> Callable[[], Any]:
    def call() -> Any:
        positional: list[object] = []
        named: dict[str, object] = {}
        for one in inspect.signature(function).parameters.values():
            if one.kind is one.VAR_POSITIONAL or (one.default is one.empty and one.kind is not one.VAR_KEYWORD):
                if one.kind is one.KEYWORD_ONLY:
                    named[one.name] = _sample(one, subject)
                else:
                    positional.append(_sample(one, subject))
        return function(*positional, **named)

    return call


def _sample(parameter: inspect.Parameter, subject: Any) -> object:
    kind = str(parameter.annotation)
    if kind == "ChatClient":
        return subject.client
    if kind == "BlockingChat":
        return BlockingChat(subject.source.client, subject.bridge)
    if kind == "_Listener | _Observer":
        return next(iter(subject._listeners), None)
    if parameter.name == "name" and not _is_ours(subject):  # of a sandbox
        return "process"
    is_plain = kind in ("str", "int", "float")
    return NAMED[parameter.name] if is_plain and parameter.name in NAMED else SAMPLES[kind]


async def outcomes_below(path: str, subject: object) -> dict[str, str]:
    """What comes of each method: `ok`, tag and sentence of its failure, or the exception that it must not raise."""
    outcomes: dict[str, str] = {}
    nested: list[Method] = []
    for method in methods_below(path, subject):
        given: list[object] = []
        outcomes[method.path] = await outcome(method, given)
        nested += (one for service in given for one in methods_below(f"{method.path}()", service))
    for method in nested:
        outcomes[method.path] = await outcome(method)
    return outcomes


async def outcome(method: Method, given: list[object] | None = None) -> str:
    """What comes of one call; a service that it gives is added to `given`."""
    try:
        with anyio.move_on_after(0.0 if method.waits else GUARD) as scope:
            return _told(await settled(method.call()), given)
        return "ok" if scope.cancelled_caught and method.waits else "HANGS"
    except BaseException as problem:
        return f"RAISED {problem!r}"


async def settled(made: Any) -> object:
    """What comes of a call, whatever it has to be awaited or entered for."""
    if isinstance(made, AbstractAsyncContextManager):
        async with made as entered:
            if hasattr(entered, "__aiter__"):
                return [event async for event in entered][-1]
            return entered if isinstance(entered, Failure) else None
    if isinstance(made, FutureResult):
        made = await settle(made)
    elif inspect.isawaitable(made):
        made = await made
    if isinstance(made, Subscription):
        made.end()
        made.notices.close()
    if isinstance(made, EventStream):
        failed = made.failure
        await made.close()
        return failed
    return made


def _told(made: Any, given: list[object] | None) -> str:
    if isinstance(made, AbstractContextManager):
        with made:
            return "ok"
    if isinstance(made, Failure):
        return _sentence(made.failure())
    if isinstance(made, Failed):
        return _sentence(made.error)
    if given is not None and attrs.has(type(made)) and type(made).__module__.startswith(SERVICES):
        given.append(made)
    return "ok"


def _sentence(error: Any) -> str:
    return f"{error.tag}: {error}" if hasattr(error, "tag") else repr(error)


def plain_outcomes_below(path: str, subject: object) -> dict[str, str]:
    """As `outcomes_below`, of what is not async: it raises what it fails with, typed."""
    outcomes: dict[str, str] = {}
    nested: list[Method] = []
    for method in methods_below(path, subject):
        given: list[object] = []
        outcomes[method.path] = plain_outcome(method.call, given)
        nested += (one for service in given for one in methods_below(f"{method.path}()", service))
    for method in nested:
        outcomes[method.path] = plain_outcome(method.call)
    return outcomes


def plain_outcome(call: Callable[[], Any], given: list[object] | None = None) -> str:
    """As `outcome`."""
    try:
        made = call()
        if isinstance(made, AbstractContextManager):
            with made as entered:
                list(entered)
            return "ok"
        return _told(made, given)
    except PointsmanError as problem:
        return f"{problem.error.tag}: {problem}"
    except BaseException as problem:
        return f"RAISED {problem!r}"
