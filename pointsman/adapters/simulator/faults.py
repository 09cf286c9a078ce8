"""The faults that the simulator can produce, and how a model's name or a scenario chooses one. Pure data."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.simulator.vendor_style import VendorStyle
from pointsman.core.error import (
    AuthenticationFailed,
    ContentFiltered,
    ContextTooLarge,
    InvalidRequest,
    LLMError,
    ModelNotFound,
    ModelUnavailable,
    QuotaExhausted,
    RateLimitExceeded,
)

FaultName: TypeAlias = Literal[
    "status",
    "rate-limit",
    "quota",
    "auth",
    "overflow",
    "content-filter",
    "not-found",
    "reset",
    "cut",
    "truncate",
    "stall",
    "stall-first",
    "malformed",
    "html",
    "html-502",
    "empty",
    "drip",
    "empty-choices",
    "stream-error",
    "slow",
    "flaky",
    "refusal",
]


@attrs.frozen
class SimulatedFault:
    """One fault to produce; `value` is its parameter, in the unit that its row in `FAULTS` states."""

    name: FaultName
    value: float


@attrs.frozen
class FaultRow:
    """What there is to know of a fault: the parameter's usual `value` and `unit`, and one sentence on what it does."""

    name: FaultName
    value: float
    unit: str
    does: str


FAULTS: tuple[FaultRow, ...] = (
    FaultRow("status", 503, "HTTP status", "answers with this status and the error that belongs to it"),
    FaultRow("rate-limit", 1, "seconds", "answers 429 with a retry-after header"),
    FaultRow("quota", 0, "", "answers that the credit is used up"),
    FaultRow("auth", 0, "", "answers that the key is wrong"),
    FaultRow("overflow", 8192, "tokens of context", "answers that the prompt is too long, with numbers"),
    FaultRow("content-filter", 0, "", "answers that a filter stopped the prompt"),
    FaultRow("not-found", 0, "", "answers that there is no such model"),
    FaultRow("reset", 3, "chunks before", "resets the connection (RST) in the middle of the answer"),
    FaultRow("cut", 3, "chunks before", "closes the connection in the middle of the answer, the HTTP body unfinished"),
    FaultRow("truncate", 3, "chunks before", "ends the HTTP body well but the answer in its middle, without the end"),
    FaultRow("stall", 3, "chunks before", "stops sending in the middle of the answer and keeps the connection open"),
    FaultRow("stall-first", 0, "", "takes the request and never answers"),
    FaultRow("malformed", 3, "chunks before", "sends broken JSON in the middle of the answer"),
    FaultRow("html", 200, "HTTP status", "answers with an HTML page"),
    FaultRow("html-502", 502, "HTTP status", "answers with a proxy's HTML error page"),
    FaultRow("empty", 200, "HTTP status", "answers with an empty body"),
    FaultRow("drip", 2, "milliseconds between bytes", "sends the answer byte by byte"),
    FaultRow("empty-choices", 0, "", "answers well-formed but with nothing in it"),
    FaultRow("stream-error", 3, "chunks before", "sends an error in the middle of a stream, or inside a 200 answer"),
    FaultRow("slow", 2, "seconds", "waits before it answers"),
    FaultRow("flaky", 2, "requests", "answers 503 to the first requests for this model name, then well"),
    FaultRow("refusal", 0, "", "answers with the model's refusal"),
)
_ROWS: dict[str, FaultRow] = {row.name: row for row in FAULTS}
_BY_LENGTH = sorted(_ROWS, key=len, reverse=True)
_PLAIN_NAMES = frozenset({"fast", "vision", "embed", "reasoning"})


def fault(name: FaultName, value: float | None = None) -> SimulatedFault:
    """The fault `name`, with its usual parameter unless `value` is given."""
    return SimulatedFault(name, _ROWS[name].value if value is None else value)


def parse_fault(text: str) -> Result[SimulatedFault, str]:
    """Read `rate-limit`, `rate-limit-2`, `rate-limit:2` or a bare status such as `429`; else a sentence that says why.

    A bare `429` is a rate limit.
    """
    if text == "429":
        return Success(fault("rate-limit"))
    if text.isdigit():
        return _with_value(_ROWS["status"], text)
    for name in _BY_LENGTH:
        if text == name:
            return Success(fault(_ROWS[name].name))
        if text.startswith((f"{name}-", f"{name}:")):
            return _with_value(_ROWS[name], text[len(name) + 1 :])
    return Failure(f"there is no fault {text!r}; there are {', '.join(sorted(_ROWS))}")


def _with_value(row: FaultRow, text: str) -> Result[SimulatedFault, str]:
    try:
        value = float(text)
    except ValueError:
        return Failure(f"the parameter {text!r} of the fault {row.name!r} is not a number")
    if row.unit == "HTTP status" and not 200 <= value <= 599:
        return Failure(f"the fault {row.name!r} takes a status from 200 to 599, not {text}")
    if not 0 <= value <= 1e9:
        return Failure(f"the parameter {text!r} of the fault {row.name!r} is not between 0 and 1e9")
    return Success(SimulatedFault(row.name, value))


def fault_of_model(model: str) -> Result[SimulatedFault | None, str]:
    """The fault that a model's name asks for (`sim-reset`, also behind a prefix or before `:latest`), or None.

    A name that begins with `sim-` and is neither a model nor a fault is a failure, so that no typing error passes.
    """
    name = model.rsplit("/", 1)[-1].removesuffix(":latest")
    asked = name.removeprefix("sim-")
    if asked == name or asked in _PLAIN_NAMES:
        return Success(None)
    return parse_fault(asked).map(_optional)


def _optional(found: SimulatedFault) -> SimulatedFault | None:
    return found


def error_of(fault: SimulatedFault, model: str, tokens: int, voice: VendorStyle) -> LLMError | None:
    """The error that `fault` answers with, or None where it is no error reply. `tokens` is the prompt's size."""
    match fault.name:
        case "status":
            return error_of_status(int(fault.value), model)
        case "rate-limit":
            detail = f"Rate limit reached for {model} (simulated)"
            return RateLimitExceeded(detail=detail, model=model, retry_after=fault.value)
        case "quota":
            detail = "You exceeded your current quota, please check your plan (simulated)"
            return QuotaExhausted(detail=detail, model=model)
        case "auth":
            return AuthenticationFailed(detail="Incorrect API key provided (simulated)", model=model)
        case "overflow":
            return overflow(model, max(tokens, int(fault.value) + 1), int(fault.value), voice)
        case "content-filter":
            detail = "The prompt was stopped by the content filter (simulated)"
            return ContentFiltered(detail=detail, model=model, category="simulated")
        case "not-found":
            return ModelNotFound(detail=f"The model '{model}' does not exist (simulated)", model=model)
        case _:
            return None


def overflow(model: str, tokens: int, limit: int, voice: VendorStyle) -> ContextTooLarge:
    """The error of a prompt of `tokens` for a window of `limit`, in the words of the dialect."""
    detail = f"{voice.overflow.format(tokens=tokens, limit=limit)} (simulated)"
    return ContextTooLarge(detail=detail, model=model, token_count=tokens, limit=limit)


def error_of_status(status: int, model: str) -> LLMError:
    """The error that usually comes with an HTTP status."""
    detail = f"The simulator was asked to answer with status {status}"
    if status in (401, 403):
        return AuthenticationFailed(detail=detail, model=model, status=status)
    if status == 402:
        return QuotaExhausted(detail=detail, model=model, status=status)
    if status == 404:
        return ModelNotFound(detail=detail, model=model, status=status)
    if status == 429:
        return RateLimitExceeded(detail=detail, model=model, status=status, retry_after=1.0)
    kind = InvalidRequest if 400 <= status < 500 and status != 408 else ModelUnavailable
    return kind(detail=detail, model=model, status=status)
