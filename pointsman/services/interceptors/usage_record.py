"""Interceptor: leaves a usage record of every call, and tells the event bus of its beginning and its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Never

import attrs
from returns.result import Result, Success

from pointsman.core.chat.event import StreamEvent
from pointsman.core.chat.metered import chat_of
from pointsman.core.chat.replace import replace
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.usage import NOTHING, UNKNOWN, Usage
from pointsman.core.effect import is_failure, settle
from pointsman.core.error import Attempt
from pointsman.core.models.model import Places
from pointsman.core.money.call_trace import trace_of
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from pointsman.core.money.kept_request import keep_request
from pointsman.core.money.settlement import Amount, Basis, Bill, Charge, Settlement, total_of
from pointsman.core.money.usage_record import CANCELLED, OK, UsageRecord
from pointsman.core.notice import AnalyticsUpdate, FunctionCalls, ResponseChunk, ResponseComplete, ResponseStart
from pointsman.core.routing.policy import AUTO
from pointsman.services.event_bus import EventBus, give_up
from pointsman.services.interceptors.intercepted import Tap
from pointsman.services.interceptors.interceptor import After, Call
from pointsman.services.ports.clock import Clock
from pointsman.services.request_outcome import current_request
from pointsman.services.tasks.waiting import run_to_end

if TYPE_CHECKING:
    from pointsman.services.ports.usage_log import UsageLog

MARK = "experiment:"
"""How a tag begins that says which variant of an experiment a call is of: `experiment:NAME/VARIANT`."""


@attrs.frozen
class UsageRecorder:
    """Writes to `log`. When that fails the answer is given all the same, and a `Degraded` and an `AnalyticsUpdate` say
    what is lost.

    Prompts and answers are kept only with `keep_content`.
    """

    log: UsageLog
    bus: EventBus
    clock: Clock
    keep_content: bool = False
    places: Places | None = None
    """Who is meant by a reference, where the call was stopped before anybody had answered."""
    _through: Result[After | None, Never] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(lambda self: Success(self._write), takes_self=True)
    )
    """Made once: every call is let through so."""

    def before(self, call: Call) -> Result[After | None, Never]:
        """Let it through, with a bill on which its tries are put."""
        options = call.request.options
        call.request = replace(call.request, options=replace(options, bill=Bill()))
        if self.bus.wants(ResponseStart):
            self.bus.publish(
                ResponseStart(
                    id=call.id,
                    model=call.model,
                    task=options.task or "",
                    tenant=options.tenant,
                    conversation=options.conversation,
                )
            )
        return self._through

    async def _write(self, call: Call) -> None:
        bill = call.request.options.bill
        charges = tuple(bill.charges) if isinstance(bill, Bill) else ()
        if len(charges) > 1 and call.response is not None:
            call.response = replace(call.response, cost=total_of(charges).cost)
        if isinstance(bill, Bill) and not bill.is_complete:
            bill.write = partial(self._keep_late, call, bill)
        else:
            record = self._record(call, charges)
            await run_to_end(partial(self._keep, record))
        tenant = call.request.options.tenant
        if self.bus.wants(ResponseComplete):
            self.bus.publish(
                ResponseComplete(
                    id=call.id, response=chat_of(call.response), error=call.error, tenant=tenant, model=call.model
                )
            )
        called = chat_of(call.response) if self.bus.wants(FunctionCalls) else None
        if called is not None and called.tool_calls:
            self.bus.publish(FunctionCalls(id=call.id, calls=called.tool_calls, tenant=tenant))

    async def _keep_late(self, call: Call, bill: Bill) -> None:
        """Keep the record of a call whose caller has left, now that all its tries are settled."""
        await self._keep(self._record(call, tuple(bill.charges), bill.late_usage))

    async def _keep(self, record: UsageRecord) -> None:
        facts = current_request()
        if facts is not None:
            facts.add(record)
        kept = await settle(self.log.add(record))
        give_up(kept, "the usage record", self.bus.publish)
        if self.bus.wants(AnalyticsUpdate):
            lost = kept.failure() if is_failure(kept) else None
            self.bus.publish(AnalyticsUpdate(record=record, lost=lost))

    def tap(self) -> Tap | None:
        """Who sees the events of a stream: nobody, unless somebody listens."""
        return self._chunk if self.bus.wants(ResponseChunk) else None

    def _chunk(self, call: Call, event: StreamEvent) -> None:
        self.bus.publish(ResponseChunk(id=call.id, event=event, tenant=call.request.options.tenant))

    def _record(self, call: Call, charges: tuple[Charge, ...], late: Usage | None = None) -> UsageRecord:
        request, response, error = call.request, call.response, call.error
        options = request.options
        chat = chat_of(response)
        experiment, variant, tags = _marks(options.tags) if options.tags else ("", "", ())
        came = chat or call.partial
        provider, model = self._place(call)
        usage = late if late is not None and call.is_cancelled else _usage(call)
        trace = trace_of(call.response, call.error, call.began - call.waited, call.milliseconds)
        kept, left_out = keep_request(request) if self.keep_content and isinstance(request, ChatRequest) else (None, 0)
        settled = total_of(charges) if charges else _settle_without_bill(call, usage)
        return UsageRecord(
            id=call.id,
            time=self.clock.now() - call.milliseconds / 1000,
            kind=call.kind,
            provider=provider,
            model=model,
            task=options.task or "",
            tenant=options.tenant,
            conversation=options.conversation,
            tags=tags,
            usage=usage,
            cost=settled.cost,
            saved=chat.saved if chat else FREE,
            latency_ms=call.milliseconds,
            first_ms=None if call.first is None else (call.first - call.began) * 1000,
            attempts=_attempts(call),
            cache=chat.cache if chat else "",
            outcome=OK if response is not None else CANCELLED if error is None else error.tag,
            finish=str(chat.finish_reason or "") if chat else "",
            experiment=experiment,
            variant=variant,
            prompt=_prompt(request) if self.keep_content else "",
            answer=came.text if self.keep_content and came is not None else "",
            basis=settled.basis,
            unseen_tokens=settled.amount.tokens - (usage.total or 0),
            charges=charges,
            request=kept,
            trace=attrs.evolve(trace, left_out=left_out) if left_out else trace,
        )

    def _place(self, call: Call) -> tuple[str, str]:
        """Who answered, or who failed last; the model as it was asked for, since prices and limits go by that."""
        response, error = call.response, call.error
        if isinstance(response, ChatResponse) and response.attempts and not response.attempts[-1].cancelled:
            return response.attempts[-1].provider, response.attempts[-1].model
        if response is not None:
            return response.provider, response.model
        if error is not None:
            return error.provider or "", error.model or call.model
        return self._first_place(call)

    def _first_place(self, call: Call) -> tuple[str, str]:
        """Who was being asked when the caller stopped it: who had begun to answer, else who was named."""
        ref = None if self.places is None or call.model == AUTO else self.places.place(call.model)
        provider, model = ("", call.model) if ref is None else (ref.provider or "", ref.model)
        begun = call.started
        if begun is None or (model and begun.provider in ("", provider)):
            return provider, model
        return begun.provider, begun.model


def _usage(call: Call) -> Usage:
    response = call.response
    if isinstance(response, ChatResponse) and response.is_cached:
        return NOTHING
    if response is not None:
        return response.usage
    if call.partial is not None and call.partial.usage.total is not None:
        return call.partial.usage
    return NOTHING if call.error is not None and not call.pieces else UNKNOWN


def _settle_without_bill(call: Call, usage: Usage) -> Settlement:
    """What a call is recorded at whose tries nobody has put on a bill, such as one answered from the cache."""
    cost = _cost(call)
    basis: Basis = "none" if cost == FREE and not usage.total else "told" if cost.complete else "estimated"
    return Settlement(Amount(cost.picodollars, usage.total or 0), basis, cost.complete)


def _cost(call: Call) -> Cost:
    if call.response is not None:
        return call.response.cost
    if call.partial is not None and call.partial.usage.total is not None:
        return call.partial.cost
    return FREE if call.error is not None and not call.pieces else UNKNOWN_COST


def _attempts(call: Call) -> int:
    """How often a model was asked: what was refused on this side is no try."""
    if call.error is not None:
        tries = call.error.attempts or (Attempt("", "", 0.0, call.error),)
        return sum(one.error is None or not one.error.local for one in tries)
    return len(getattr(call.response, "attempts", ())) if call.response is not None else 0


def _marks(tags: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    for tag in tags:
        if tag.startswith(MARK):
            experiment, _, variant = tag.removeprefix(MARK).partition("/")
            return experiment, variant, tuple(other for other in tags if other is not tag)
    return "", "", tags


def _prompt(request: object) -> str:
    if isinstance(request, ChatRequest):
        return "\n".join(f"{message.role}: {message.text}" for message in request.messages)
    return str(getattr(request, "prompt", "") or "\n".join(getattr(request, "texts", ())))
