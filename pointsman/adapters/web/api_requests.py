"""The log of requests: found by what they are, page by page, looked at one by one, exported, and asked again."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Literal

import attrs
from returns.result import Failure, Result, Success
from starlette.responses import Response

from pointsman.adapters.web import views
from pointsman.adapters.web.allowed_models import find_allowed_models
from pointsman.adapters.web.api_chat import ChatOutput
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, invalid
from pointsman.adapters.web.caller import options_of
from pointsman.adapters.web.route_view import ReasonView, reason_views
from pointsman.adapters.web.view_types import Money, TokensView
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Part, Reasoning, ResultPart, Text, ToolCall, ToolResult
from pointsman.core.chat.request import PARAMETERS, ChatRequest
from pointsman.core.chat.tool import functions_of
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError
from pointsman.core.json import Json, JsonObject, as_object, dumps
from pointsman.core.money.usage_query import RecordQuery
from pointsman.core.money.usage_record import UsageRecord
from pointsman.services.ports.client import CHAT

_PAGE, _MOST = 50, 200
MOST_EXPORTED = 10_000
REPLAY = "replay:"
"""How the tag of a call begins that asks again what another one has asked: `replay:ID`."""
_KEY = "key:"


@attrs.frozen(kw_only=True)
class RequestFilter:
    """Which requests; what is left out fits all. `outcome` is `ok`, `failed` or the tag of an error."""

    model: str | None = None
    provider: str | None = None
    outcome: str | None = None
    key: str | None = None
    tag: str | None = None
    user: str | None = None
    since: float | None = None
    until: float | None = None


@attrs.frozen(kw_only=True)
class RequestPageQuery(RequestFilter):
    """Which requests, at most how many, and after which `cursor` of a page before."""

    limit: int = _PAGE
    cursor: str | None = None


@attrs.frozen(kw_only=True)
class RequestExport(RequestFilter):
    """Which requests, and how they are written."""

    format: Literal["csv", "jsonl"] = "jsonl"


@attrs.frozen(kw_only=True)
class RequestView:
    """One call. `time` is Unix seconds; `key` names the key, `user` whom it is counted for; `error` is its sentence."""

    id: str
    time: float
    kind: str
    provider: str
    model: str
    task: str
    key: str | None
    user: str
    tags: list[str]
    conversation: str
    usage: TokensView
    cost: Money
    saved: Money
    latency_ms: float
    first_ms: float | None
    attempts: int
    cache: str
    outcome: str
    error: str
    finish: str
    basis: str


@attrs.frozen(kw_only=True)
class RequestPage:
    """Requests, the latest first, and the cursor of the next page; null where this is the last."""

    requests: list[RequestView]
    cursor: str | None


@attrs.frozen(kw_only=True)
class TryView:
    """One try at a model. `start_ms` is since the beginning of the request; null where it is not known."""

    provider: str
    model: str
    latency_ms: float
    error: str
    message: str
    cancelled: bool
    start_ms: float | None


@attrs.frozen(kw_only=True)
class RequestDetail:
    """All that is known of a request. `content` says whether its texts are shown, were not kept, or are not the
    caller's to see; `replayable` whether it can be asked again, without the `left_out` parts that are not kept.
    `parameters` are those that it was asked with beside its `messages`."""

    request: RequestView
    tries: list[TryView]
    strategy: str
    ranked: list[ReasonView]
    passed_over: list[ReasonView]
    warnings: list[str]
    request_id: str
    experiment: str
    variant: str
    content: Literal["shown", "not_kept", "hidden"]
    messages: list[dict[str, str]]
    parameters: JsonObject
    answer: str
    left_out: int
    replayable: bool


@attrs.frozen(kw_only=True)
class ReplayInput:
    """The model that is to be asked the same, as `provider/model`."""

    model: str


def _record_query(call: AnyCall, asked: RequestFilter) -> RecordQuery:
    """What is looked for, among what the caller may see."""
    tags = tuple(tag for tag in (asked.tag, f"{_KEY}{asked.key}" if asked.key else None) if tag)
    own = call.caller.rights.figures_tenant
    return RecordQuery(
        provider=asked.provider or None,
        model=asked.model or None,
        outcome=asked.outcome or None,
        tags=tags,
        tenant=(asked.user or None) if own is None else own,
        since=asked.since,
        until=asked.until,
    )


def _read_cursor(text: str | None) -> Result[tuple[float, str] | None, InvalidRequest]:
    if not text:
        return Success(None)
    time, _, id = text.partition(":")
    try:
        return Success((float(time), id))
    except ValueError:
        return Failure(invalid("cursor: it is none that an earlier page gave"))


async def listing(call: ApiCall[object, RequestPageQuery]) -> Result[RequestPage, LLMError]:
    """One page of requests: by a key its own, unless it may look at the whole house."""
    cursor = _read_cursor(call.query.cursor)
    if isinstance(cursor, Failure):
        return Failure(cursor.failure())
    limit = min(_MOST, max(1, call.query.limit))
    wanted = attrs.evolve(_record_query(call, call.query), before=cursor.unwrap(), most=limit + 1)
    read = await settle(call.site.running.stores.usage_log.find(wanted))
    return read.map(lambda found: _page(call, found[:limit], more=len(found) > limit))


def _page(call: AnyCall, records: tuple[UsageRecord, ...], *, more: bool) -> RequestPage:
    last = records[-1] if records else None
    cursor = f"{last.time!r}:{last.id}" if more and last is not None else None
    return RequestPage(requests=[_view(call, one) for one in records], cursor=cursor)


def _is_open(call: AnyCall, record: UsageRecord) -> bool:
    """Whether the caller may see what was said in it: their own, or everything."""
    return call.caller.rights.only_tenant in (None, record.tenant)


def _view(call: AnyCall, one: UsageRecord) -> RequestView:
    return RequestView(
        id=one.id,
        time=one.time,
        kind=one.kind,
        provider=one.provider,
        model=one.model,
        task=one.task,
        key=next((tag.removeprefix(_KEY) for tag in one.tags if tag.startswith(_KEY)), None),
        user=one.tenant,
        tags=[tag for tag in one.tags if not tag.startswith(_KEY)],
        conversation=one.conversation if _is_open(call, one) else "",
        usage=views.tokens(one.usage),
        cost=views.money(one.cost),
        saved=views.money(one.saved),
        latency_ms=one.latency_ms,
        first_ms=one.first_ms,
        attempts=one.attempts,
        cache=one.cache,
        outcome=one.outcome,
        error=one.trace.error,
        finish=one.finish,
        basis=one.basis,
    )


async def _find(call: AnyCall, tenant: str | None) -> Result[UsageRecord, LLMError]:
    wanted = RecordQuery(id=call.path["id"], tenant=tenant, most=1)
    read = await settle(call.site.running.stores.usage_log.find(wanted))
    if isinstance(read, Failure):
        return read
    missing = InvalidRequest(detail=f"there is no request {call.path['id']!r}", status=404, local=True)
    return Success(read.unwrap()[0]) if read.unwrap() else Failure(missing)


async def one(call: AnyCall) -> Result[RequestDetail, LLMError]:
    """One request, with its texts where they were kept and are the caller's to see."""
    found = await _find(call, call.caller.rights.figures_tenant)
    return found.map(lambda record: _detail(call, record))


def _detail(call: AnyCall, record: UsageRecord) -> RequestDetail:
    trace, is_open = record.trace, _is_open(call, record)
    kept = record.request if is_open else None
    is_kept = bool(record.prompt or record.answer)
    return RequestDetail(
        request=_view(call, record),
        tries=[TryView(**attrs.asdict(each)) for each in trace.tries],
        strategy=trace.strategy,
        ranked=reason_views(trace.ranked),
        passed_over=reason_views(trace.passed_over),
        warnings=list(trace.warnings),
        request_id=trace.request_id,
        experiment=record.experiment,
        variant=record.variant,
        content=("shown" if is_open else "hidden") if is_kept else "not_kept",
        messages=_whole(record, is_open) if kept is None else [_message_in_words(each) for each in kept.messages],
        parameters={} if kept is None else _parameters(kept),
        answer=record.answer if is_open else "",
        left_out=trace.left_out,
        replayable=kept is not None and bool(kept.messages),
    )


def _message_in_words(message: Message) -> dict[str, str]:
    """A message in words: calls of tools and their results are text, too."""
    return {"role": message.role, "text": "\n\n".join(filter(None, map(_words, message.parts)))}


def _words(part: Part | ResultPart) -> str:
    if isinstance(part, ToolCall):
        return f"{part.name}({part.arguments})"
    if isinstance(part, ToolResult):
        return "\n".join(filter(None, map(_words, part.content)))
    return part.text if isinstance(part, (Text, Reasoning)) else ""


def _parameters(request: ChatRequest) -> JsonObject:
    """What was said beside the messages; of tools their names."""
    told, plain = as_object(views.request(request)), as_object(views.request(_PLAIN))
    names = [name for name in (*PARAMETERS, "json_mode", "response_schema") if told[name] != plain[name]]
    tools: list[Json] = [tool.name for tool in functions_of(request.tools)]
    found: JsonObject = {name: told[name] for name in names}
    if tools:
        found["tools"] = tools
    return found


_PLAIN = ChatRequest("", ())


def _whole(record: UsageRecord, is_open: bool) -> list[dict[str, str]]:
    """What was kept before messages were told apart, or is no chat."""
    return [{"role": "", "text": record.prompt}] if is_open and record.prompt else []


async def _every(call: ApiCall[object, RequestExport]) -> AsyncIterator[Result[tuple[UsageRecord, ...], LLMError]]:
    """The latest that fit, `_MOST` at a time, so that nobody holds the database for long."""
    wanted = attrs.evolve(_record_query(call, call.query), most=_MOST)
    for _ in range(MOST_EXPORTED // _MOST):
        read = await settle(call.site.running.stores.usage_log.find(wanted))
        yield read
        if isinstance(read, Failure) or len(read.unwrap()) < _MOST:
            return
        last = read.unwrap()[-1]
        wanted = attrs.evolve(wanted, before=(last.time, last.id))


async def export(call: ApiCall[object, RequestExport]) -> Result[JsonObject, LLMError] | Response:
    """The figures of requests as a file: no texts of prompts and answers."""
    found: list[UsageRecord] = []
    async for read in _every(call):
        if isinstance(read, Failure):
            return Failure(read.failure())
        found += read.unwrap()
    shown = [attrs.asdict(_view(call, each)) for each in found]
    if call.query.format == "csv":
        return _file(_as_csv(shown), "text/csv; charset=utf-8", "requests.csv")
    return _file(b"".join(dumps(each) + b"\n" for each in shown), "application/jsonl", "requests.jsonl")


def _file(data: bytes, media: str, name: str) -> Response:
    return Response(data, 200, {"content-disposition": f'attachment; filename="{name}"'}, media)


def _as_csv(rows: list[JsonObject]) -> bytes:
    """A line each; what stands in an object gets a column of its own, such as `usage_input`."""
    flat = [_flatten(row) for row in rows]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows([_cell(row[name]) for name in _COLUMNS] for row in flat)
    return text.getvalue().encode("utf-8", "replace")


_PARTS = {"usage": TokensView, "cost": Money, "saved": Money}
_COLUMNS = tuple(
    f"{field.name}_{part.name}" if part else field.name
    for field in attrs.fields(RequestView)
    for part in (attrs.fields(_PARTS[field.name]) if field.name in _PARTS else (None,))
)


def _flatten(row: JsonObject) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{inner}": each for inner, each in value.items()}
        else:
            flat[name] = " ".join(map(str, value)) if isinstance(value, list) else value
    return flat


def _cell(value: object) -> object:
    """Text from outside never becomes a formula in a spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value[:1] in _FORMULA else value


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def replay(call: ApiCall[ReplayInput, object]) -> Result[ChatOutput, LLMError]:
    """Ask another model the same: a call of its own, with a record of its own, tagged by what it repeats."""
    found = await _find(call, call.caller.rights.only_tenant)
    if isinstance(found, Failure):
        return Failure(found.failure())
    record = found.unwrap()
    kept = record.request
    if kept is None or not kept.messages:
        return Failure(
            invalid("its messages were not kept; switch usage.keep_content on, and calls from then on can be")
        )
    if not call.body.model:
        return Failure(invalid("model: name the model that is to be asked"))
    with call.site.running.lease() as app:
        allowed = await find_allowed_models(app, call.caller.key, call.body.model)
        if isinstance(allowed, Failure):
            return Failure(allowed.failure())
        options = options_of(call.caller, record.task or None, (f"{REPLAY}{record.id}",), allowed.unwrap())
        answer = await app.client.call(CHAT, attrs.evolve(kept, model=call.body.model, options=options))
        return answer.map(lambda response: ChatOutput(response=views.response(response)))


_PATH = "/api/v1/requests"

ENDPOINTS = (
    ApiEndpoint(method="GET", path=_PATH, summary="Requests, page by page", run=listing, scope="read"),
    ApiEndpoint(
        method="GET",
        path=f"{_PATH}/export",
        summary="The latest requests as CSV or JSON lines, without their texts",
        run=export,
        scope="read",
        media="application/jsonl, text/csv",
    ),
    ApiEndpoint(method="GET", path=f"{_PATH}/{{id}}", summary="One request", run=one, scope="read"),
    ApiEndpoint(
        method="POST",
        path=f"{_PATH}/{{id}}/replay",
        summary="Ask another model what a request has asked",
        run=replay,
        scope="chat",
    ),
)
