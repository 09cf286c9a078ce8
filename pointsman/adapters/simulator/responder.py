"""From a request to the plan of its reply: greeting, route, key, scenario, fault. Knows no socket and never waits."""

from __future__ import annotations

import attrs
from returns.result import Success

from pointsman.adapters.dialects.dialect import Dialect
from pointsman.adapters.dialects.inbound import read_inbound
from pointsman.adapters.dialects.routing import PathTable, RouteMatch
from pointsman.adapters.simulator.fault_injection import inject_fault
from pointsman.adapters.simulator.faults import SimulatedFault, error_of, error_of_status, fault_of_model
from pointsman.adapters.simulator.http_request import ReceivedRequest, has_key
from pointsman.adapters.simulator.model_management import ModelRoom, manage
from pointsman.adapters.simulator.parsed_request import ParsedRequest, order_of, refuse
from pointsman.adapters.simulator.prompt_cache import PromptCache
from pointsman.adapters.simulator.reply import Reply, json_reply, stamp_time, text_reply
from pointsman.adapters.simulator.request_log import Requests, without_keys
from pointsman.adapters.simulator.scenario import Action, Progress, RequestFacts
from pointsman.adapters.simulator.simulator import Simulator
from pointsman.adapters.simulator.stats import Counters, stats_json
from pointsman.adapters.simulator.vendor_style import voice_of
from pointsman.adapters.simulator.vendors.compatible import split_vendor
from pointsman.adapters.simulator.vendors.registry import VENDORS, vendor_of
from pointsman.core.error import AuthenticationFailed, InvalidRequest, ModelNotFound

GREETING = "pointsman simulator (simulated answers)\n"
MOST_BODY = 32 * 1024 * 1024
"""Bytes of a request body that are taken; more is refused with 413."""


@attrs.frozen
class Responder:
    """Where requests are answered. Its state: the scenario's progress, the counters, the last requests, the cache."""

    simulator: Simulator
    table: PathTable
    progress: Progress
    counters: Counters = attrs.field(factory=Counters)
    requests: Requests = attrs.field(factory=Requests)
    cache: PromptCache = attrs.field(factory=PromptCache)
    models: ModelRoom = attrs.field(factory=ModelRoom)

    @classmethod
    def of(cls, simulator: Simulator) -> Responder:
        """A desk at the beginning of its scenario."""
        return cls(simulator, PathTable(simulator.dialects), Progress(simulator.scenario, simulator.seed))

    def respond(self, call: ReceivedRequest) -> Reply:
        """The reply to `call`, with the number of the request as its id."""
        self.counters.requests += 1
        mark = f"req_sim{self.counters.requests:06d}"
        vendor, plain = split_vendor(call)
        reply = self._answer(plain, vendor)
        self._record(call, reply.status)
        return attrs.evolve(reply, headers={"x-request-id": mark, "request-id": mark, **reply.headers})

    def _record(self, call: ReceivedRequest, status: int) -> None:
        if call.path.startswith("/__simulator__/"):
            return
        request = without_keys(call, status)
        self.requests.add(request)
        if self.simulator.record is not None:
            self.simulator.record(request)

    def _answer(self, call: ReceivedRequest, vendor: str) -> Reply:
        self.counters.saw(self.counters.by_path, call.path)
        if call.method in ("GET", "HEAD"):
            if call.path in ("/", "/health"):
                return text_reply(GREETING)
            if call.path == "/__simulator__/stats":
                return json_reply(stats_json(self.counters.snapshot()))
            if call.path == "/__simulator__/requests":
                return json_reply({"requests": [request.as_json() for request in self.requests.held]})
        found = self.table.find(call.method, call.path, call.headers)
        managed = None if found is not None and self._lists(call) else self._manage(call)
        if managed is not None:
            return managed
        return self._nowhere(call) if found is None else self._route(call, found, vendor)

    def _lists(self, call: ReceivedRequest) -> bool:
        """Whether it is a list as its dialect writes it: of models with which nothing was done yet."""
        is_strange = self.simulator.strict and call.path not in ("/api/tags", "/api/ps")
        return call.method == "GET" and not self.models.is_changed and not is_strange

    def _manage(self, call: ReceivedRequest) -> Reply | None:
        """The reply to what is about models and no answer of theirs."""
        key = self.simulator.api_key
        if key is not None and not has_key(call, key):
            return None  # a missing key is told in the words of the path's dialect
        return manage(self.models, call, self.simulator.strict)

    def too_large(self, call: ReceivedRequest) -> Reply:
        """The reply to a request whose body is not taken."""
        wrong = InvalidRequest(detail=f"The request body is larger than {MOST_BODY} bytes", status=413)
        return refuse(self.table.guess(call.path, call.headers), wrong)

    def _nowhere(self, call: ReceivedRequest) -> Reply:
        dialect = self.table.guess(call.path, call.headers)
        methods = self.table.methods(call.path)
        vendor = VENDORS.get(dialect.name) if self.simulator.strict else None
        if vendor is not None and not (methods and vendor.tells_methods):
            return vendor.nowhere(call)
        if not methods:
            return refuse(dialect, ModelNotFound(detail=f"There is no endpoint {call.method} {call.path}", status=404))
        detail = f"{call.path} takes {' or '.join(methods)}, not {call.method}"
        reply = refuse(dialect, InvalidRequest(detail=detail, status=405))
        return attrs.evolve(reply, headers={**reply.headers, "allow": ", ".join(methods)})

    def _route(self, call: ReceivedRequest, found: RouteMatch, named: str) -> Reply:
        key = self.simulator.api_key
        if key is not None and not has_key(call, key):
            return refuse(found.dialect, AuthenticationFailed(detail="The API key is missing or wrong", status=401))
        vendor = vendor_of(found, named) if self.simulator.strict else None
        refusal = None if vendor is None else vendor.refuses(call, found.route.operation)
        if refusal is not None:
            return refusal
        ordered = read_inbound(found, call.method, call.query, call.headers, call.body).bind(
            lambda inbound: order_of(self.simulator, found, inbound, self.cache)
        )
        return (
            ordered.map(lambda order: self._serve(call, found.dialect, order))
            .lash(lambda wrong: Success(refuse(found.dialect, attrs.evolve(wrong, status=wrong.status or 400))))
            .unwrap()
        )

    def _serve(self, call: ReceivedRequest, dialect: Dialect, order: ParsedRequest) -> Reply:
        if order.model:
            self.counters.saw(self.counters.by_model, order.model)
        question = RequestFacts(
            dialect=dialect.name,
            model=order.model,
            path=call.path,
            text=order.text,
            tools=order.tools,
            answered=order.answered,
            seed=order.seed,
        )
        chosen = self.progress.next_action(question)
        if chosen is not None:
            return self._apply_action(dialect, order, chosen)
        return (
            fault_of_model(order.model)
            .map(lambda named: self._apply_action(dialect, order, named))
            .lash(lambda why: Success(refuse(dialect, ModelNotFound(detail=why, model=order.model, status=404))))
            .unwrap()
        )

    def _apply_action(self, dialect: Dialect, order: ParsedRequest, action: Action | None) -> Reply:
        if not isinstance(action, SimulatedFault):
            return self._good(order, action)
        error = error_of(action, order.model, order.tokens, voice_of(dialect.name))
        if action.name == "flaky" and self.progress.fails_once_more(order.model, int(action.value)):
            error = error_of_status(503, order.model)
        return refuse(dialect, error) if error else inject_fault(self._good(order, action), action, dialect.framing)

    def _good(self, order: ParsedRequest, action: Action | None) -> Reply:
        return stamp_time(order.good(action), self.simulator.now())
