"""What a vendor is to the strict simulator: its paths, the shape of its bodies, its rules and its words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TypeAlias

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Operation
from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.reply import Reply
from pointsman.adapters.simulator.vendors.body_schema import Problem, Shape, problems
from pointsman.core.json import JsonObject, loads

MOST_REFUSALS = 100
"""How many things wrong are told at most by a vendor that tells them all."""


@attrs.frozen(kw_only=True)
class VendorRefusal:
    """Why a vendor refuses a request. `kind`, `param` and `code` are what its error object has beside the message."""

    message: str
    status: int = 400
    kind: str = ""
    param: str | None = None
    code: str | None = None


@attrs.frozen
class RawRequest:
    """A request as it came, before any reader of ours: the call, and its body as a JSON object."""

    call: ReceivedRequest
    body: JsonObject

    @property
    def model(self) -> str:
        """The model that the body names, or that the path names (`models/NAME:method`)."""
        named = self.body.get("model")
        found = re.search(r"/models/([^:]+)", self.call.path)
        return named if isinstance(named, str) else found[1] if found else ""


Rule: TypeAlias = Callable[[RawRequest], Iterator[VendorRefusal]]


@attrs.frozen(kw_only=True)
class Vendor:
    """One vendor's API. `says` and `writes` are its words and its envelope.

    `paths` are regular expressions of the paths that exist, by operation; `shapes` are the bodies that they take, by
    operation or by the method that a path ends in (`:embedContent`), and `rules` what no shape can say, tried where the
    shape fits. `demands` looks at headers and query, before the body.
    With `tells_all` everything wrong stands in one message; with `ignores_unknown` fields of no shape are no fault.
    One that `tells_methods` answers a wrong method at a known path with 405, others with their 404.
    """

    name: str
    paths: Mapping[Operation, str]
    shapes: Mapping[str, Shape]
    rules: Mapping[Operation, tuple[Rule, ...]] = attrs.field(factory=dict)
    demands: Rule | None = None
    says: Callable[[Problem], VendorRefusal]
    writes: Callable[[VendorRefusal], Reply]
    nowhere: Callable[[ReceivedRequest], Reply]
    not_json: Callable[[str], VendorRefusal]
    tells_all: bool = False
    ignores_unknown: bool = False
    tells_methods: bool = False

    def refuses(self, call: ReceivedRequest, operation: Operation) -> Reply | None:
        """The vendor's refusal of `call`, or None where it would take it."""
        path = self.paths.get(operation)
        if path is None or not re.fullmatch(path, call.path):
            return self.nowhere(call)
        wrong = tuple(islice(self._wrong(call, operation), MOST_REFUSALS if self.tells_all else 1))
        if not wrong:
            return None
        message = "\n".join(refusal.message for refusal in wrong)
        return self.writes(attrs.evolve(wrong[0], message=message))

    def _wrong(self, call: ReceivedRequest, operation: Operation) -> Iterator[VendorRefusal]:
        shape = self.shapes.get(call.path.rpartition(":")[2]) or self.shapes.get(operation)
        body = unwrap_or_failure(_object(call.body)) if shape is not None else {}
        raw = RawRequest(call, {} if isinstance(body, str) else body)
        if self.demands is not None:
            yield from self.demands(raw)
        if isinstance(body, str):
            yield self.not_json(body)
        elif shape is not None:
            yield from self._body(raw, operation, shape)

    def _body(self, raw: RawRequest, operation: Operation, shape: Shape) -> Iterator[VendorRefusal]:
        fits = True
        for problem in problems(shape, raw.body):
            if problem.fault != "unknown" or not self.ignores_unknown:
                fits = False
                yield self.says(problem)
        if fits:
            for rule in self.rules.get(operation, ()):
                yield from rule(raw)


def _object(body: bytes) -> Result[JsonObject, str]:
    """The JSON object in `body`, or what is wrong with it."""
    return loads(body or b"null").bind(
        lambda value: Success(value) if isinstance(value, dict) else Failure("not a JSON object")
    )
