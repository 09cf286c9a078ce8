"""Our types as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from pointsman.adapters.codec import converter, wire_converter
from pointsman.adapters.web.envelope import view_of
from pointsman.adapters.web.view_types import (
    AuditView,
    ConversationView,
    EntryView,
    KeyView,
    Money,
    ParametersView,
    RecordView,
    ResponseView,
    TokensView,
    UsageRowView,
)
from pointsman.core.chat.event import Done, Failed, ReadingProgress, Restarted, StreamEvent
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Part
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.usage import Usage
from pointsman.core.conversations.conversation import Conversation, Entry
from pointsman.core.error import LLMError
from pointsman.core.json import Json, JsonObject
from pointsman.core.money.cost import Cost
from pointsman.core.money.usage_record import UsageRecord
from pointsman.core.money.usage_report import UsageRow
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.virtual_key import VirtualKey


def money(cost: Cost) -> Money:
    """`cost` as it is shown."""
    return Money(format(cost.amount.normalize(), "f"), cost.complete)


def tokens(usage: Usage) -> TokensView:
    """`usage` as it is shown."""
    return TokensView(
        input=usage.input,
        output=usage.output,
        cached=usage.cached_input,
        cache_write=usage.cache_write,
        reasoning=usage.reasoning,
        estimated=usage.estimated,
    )


def conversation(one: Conversation) -> ConversationView:
    """`one` as it is shown."""
    return ConversationView(
        id=one.id,
        title=one.title,
        created=one.created,
        updated=one.updated,
        version=one.version,
        tags=list(one.tags),
        system=one.system,
        summary=attrs.asdict(one.summary) if one.summary else None,
        forked_from=list(one.forked_from) if one.forked_from else None,
        leaf=one.leaf,
        parameters=converter().structure(converter().unstructure(one.parameters), ParametersView),
        pinned=one.pinned,
        folder=one.folder,
        archived=one.archived,
    )


def message(one: Message) -> JsonObject:
    """`one` as it is shown."""
    return {"role": one.role, "parts": parts(one.parts)}


def request(one: ChatRequest) -> Json:
    """All fields of `one`, by name."""
    shown: Json = wire_converter().unstructure(one, ChatRequest)
    return shown


def parts(found: Iterable[Part]) -> list[Json]:
    """The parts of a message, each with its `_type`."""
    return [wire_converter().unstructure(part, Part) for part in found]


def entry(one: Entry) -> EntryView:
    """`one` as it is shown."""
    return EntryView(
        id=one.id,
        time=one.time,
        parent=one.parent,
        message=message(one.message),
        provider=one.provider,
        model=one.model,
        usage=tokens(one.usage),
        cost=money(one.cost),
        status=one.status,
        error=one.error,
        problem=one.problem,
    )


def response(one: ChatResponse) -> ResponseView:
    """`one` as it is shown."""
    return ResponseView(
        id=one.id,
        parts=parts(one.parts),
        provider=one.provider,
        model=one.model,
        usage=tokens(one.usage),
        cost=money(one.cost),
        saved=money(one.saved),
        cached=one.is_cached,
        finish_reason=None if one.finish_reason is None else str(one.finish_reason),
        latency_ms=one.latency_ms,
        warnings=[{"field": warning.subject, "detail": warning.text} for warning in one.warnings],
        attempts=[
            {
                "model": f"{attempt.provider}/{attempt.model}",
                "latency_ms": attempt.latency_ms,
                "error": error(attempt.error) if attempt.error else None,
            }
            for attempt in one.attempts
        ],
        steps=[message(step) for step in one.steps],
        recalled=list(one.recalled),
        prompt=[attrs.asdict(piece) for piece in one.prompt],
        route=attrs.asdict(one.route) if one.route else None,
    )


def error(one: LLMError) -> JsonObject:
    """`one` as it is shown."""
    return attrs.asdict(view_of(one))


def event(one: StreamEvent) -> tuple[str, JsonObject]:
    """The name and the data of a stream's event."""
    if isinstance(one, Done):
        return "Done", {"response": attrs.asdict(response(one.response))}
    if isinstance(one, Failed):
        return "Failed", {"error": error(one.error), "partial": attrs.asdict(response(one.partial))}
    data: JsonObject = wire_converter().unstructure(one, StreamEvent)
    name = str(data.pop("_type"))
    if isinstance(one, Restarted):
        data["error"] = error(one.error)
    if isinstance(one, ReadingProgress):
        data["cost"] = attrs.asdict(money(one.cost))
    return name, data


def usage_row(row: UsageRow) -> UsageRowView:
    """`row` as it is shown."""
    return UsageRowView(
        group=row.group,
        calls=row.calls,
        failed=row.failures,
        error_rate=row.error_rate,
        errors=[list(one) for one in row.errors],
        cached=row.cached,
        input=attrs.asdict(row.input),
        output=attrs.asdict(row.output),
        cost=money(row.cost),
        saved=money(row.saved),
        latency=attrs.asdict(row.latency),
        first=attrs.asdict(row.first),
        tokens_per_second=row.tokens_per_second,
    )


def record(one: UsageRecord) -> RecordView:
    """`one` as it is shown."""
    return RecordView(
        id=one.id,
        time=one.time,
        kind=one.kind,
        provider=one.provider,
        model=one.model,
        task=one.task,
        tenant=one.tenant,
        conversation=one.conversation,
        tags=list(one.tags),
        usage=tokens(one.usage),
        cost=money(one.cost),
        saved=money(one.saved),
        latency_ms=one.latency_ms,
        first_ms=one.first_ms,
        attempts=one.attempts,
        cache=one.cache,
        outcome=one.outcome,
    )


def key(one: VirtualKey, spent: Cost | None, text: str | None = None) -> KeyView:
    """`one` as it is shown."""
    return KeyView(
        id=one.id,
        name=one.name,
        prefix=one.prefix,
        scopes=list(one.scopes),
        models=list(one.models),
        budget=None if one.usd is None else money(Cost(one.usd)),
        spent=None if spent is None else money(spent),
        period=one.period,
        requests_per_minute=one.requests_per_minute,
        expires=one.expires,
        created=one.created,
        last_used=one.last_used,
        enabled=one.enabled,
        key=text,
    )


def audit(one: AuditEntry) -> AuditView:
    """`one` as it is shown."""
    changes: list[dict[str, str | None]] = [
        {"field": change.field, "from": change.old, "to": change.new} for change in one.changes
    ]
    return AuditView(id=one.id, time=one.time, who=one.who, what=one.what, target=one.target, changes=changes)
