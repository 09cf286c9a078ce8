"""How a call went on its way: its tries, the route that was chosen and why, and warnings. Bounded; no content. Pure."""

from __future__ import annotations

import attrs

from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import Attempt, LLMError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps_text, loads

MOST_TRIES = 20
MOST_MODELS = 12
"""Models of a route that are noted, and as many that it passed over."""
MOST_WARNINGS = 10
MOST_TEXT = 400
"""Characters of a sentence that are noted."""


@attrs.frozen
class TracedTry:
    """One try: where, how long it took in milliseconds, and the tag and the sentence of its error.

    One that is `cancelled` was given up because another model had answered first.
    """

    provider: str
    model: str
    latency_ms: float
    error: str = ""
    message: str = ""
    cancelled: bool = False
    start_ms: float | None = None
    """Milliseconds from the beginning of the call to that of the try; None where it is not known."""


@attrs.frozen(kw_only=True)
class CallTrace:
    """What a usage record has no figures for.

    `ranked` are the models in the order in which they were to be asked, `passed_over` the others, each with why.
    `error` is the sentence that the caller was told, `request_id` what the provider calls the request. `left_out`
    counts the parts of what was asked that the record's `request` has not got.
    """

    tries: tuple[TracedTry, ...] = ()
    strategy: str = ""
    ranked: tuple[tuple[str, str], ...] = ()
    passed_over: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    error: str = ""
    request_id: str = ""
    left_out: int = 0


NO_TRACE = CallTrace()
"""Of a call of which the record says all: one try, at the model that was named, without an error or a warning."""


def trace_of(
    response: object, error: LLMError | None, began: float | None = None, milliseconds: float = 0.0
) -> CallTrace:
    """What is worth noting of a call that ended so. Most calls need none of it, and pay for none.

    `began` is the call's own beginning, in monotonic seconds, and `milliseconds` how long it took.
    """
    if error is not None:
        return _trace_of_error(error, began, milliseconds)
    if not isinstance(response, ChatResponse) or _is_plain(response):
        return NO_TRACE
    route = response.route
    return CallTrace(
        tries=_tries(response.attempts, None if response.is_cached else began),
        strategy=route.strategy if route else "",
        ranked=tuple((one.model, _cut(one.reason)) for one in route.ranked[:MOST_MODELS]) if route else (),
        passed_over=tuple((one.model, _cut(one.reason)) for one in route.passed_over[:MOST_MODELS]) if route else (),
        warnings=tuple(_cut(f"{one.subject}: {one.text}") for one in response.warnings[:MOST_WARNINGS]),
    )


def _is_plain(response: ChatResponse) -> bool:
    route = response.route
    is_chosen = route is not None and (route.strategy != "explicit" or len(route.ranked) > 1)
    return len(response.attempts) <= 1 and not response.warnings and not is_chosen


def _trace_of_error(error: LLMError, began: float | None, milliseconds: float) -> CallTrace:
    tries = error.attempts
    if not tries and not error.local:
        tries = (Attempt(error.provider or "", error.model or "", milliseconds, error, began=began),)
    return CallTrace(tries=_tries(tries, began), error=_cut(str(error)), request_id=_cut(error.request_id or ""))


def _tries(attempts: tuple[Attempt, ...], began: float | None) -> tuple[TracedTry, ...]:
    return tuple(
        TracedTry(
            one.provider,
            one.model,
            one.latency_ms,
            one.error.tag if one.error else "",
            _cut(str(one.error)) if one.error else "",
            one.cancelled,
            None if began is None or one.began is None else max(0.0, (one.began - began) * 1000),
        )
        for one in attempts[-MOST_TRIES:]
    )


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


def write_trace(trace: CallTrace) -> str:
    """`trace` as text; empty where there is nothing to tell."""
    if trace is NO_TRACE or trace == NO_TRACE:
        return ""
    tries: list[Json] = [
        [one.provider, one.model, one.latency_ms, one.error, one.message, one.cancelled, one.start_ms]
        for one in trace.tries
    ]
    found: JsonObject = {"tries": tries}
    for name in _FIELDS:  # by hand, since `attrs.asdict` takes longer than all the rest
        value = getattr(trace, name)
        if value:
            found[name] = value
    return dumps_text(found)


_FIELDS = tuple(field.name for field in attrs.fields(CallTrace) if field.name != "tries")


def read_trace(text: str) -> CallTrace:
    """What `write_trace` wrote; of what another version wrote, what this one knows."""
    found = as_object(loads(text).value_or({})) if text else {}
    if not found:
        return NO_TRACE
    return CallTrace(
        tries=tuple(_read_try(one) for one in map(as_list, as_list(found.get("tries"))) if len(one) in _COLUMNS),
        strategy=as_text(found.get("strategy")),
        ranked=_pairs(found.get("ranked")),
        passed_over=_pairs(found.get("passed_over")),
        warnings=tuple(as_text(one) for one in as_list(found.get("warnings"))),
        error=as_text(found.get("error")),
        request_id=as_text(found.get("request_id")),
        left_out=_number(found.get("left_out")),
    )


_COLUMNS = (6, 7)
"""Of a try: the seventh, its start, was not always noted."""


def _read_try(found: list[Json]) -> TracedTry:
    provider, model, took, error, message, cancelled, *start = found
    return TracedTry(
        as_text(provider),
        as_text(model),
        _milliseconds(took) or 0.0,
        as_text(error),
        as_text(message),
        cancelled is True,
        _milliseconds(start[0]) if start else None,
    )


def _milliseconds(found: Json) -> float | None:
    return float(found) if isinstance(found, (int, float)) else None


def _of_two(found: Json) -> list[list[Json]]:
    return [pair for pair in map(as_list, as_list(found)) if len(pair) == 2]


def _pairs(found: Json) -> tuple[tuple[str, str], ...]:
    return tuple((as_text(one[0]), as_text(one[1])) for one in _of_two(found))


def _number(found: Json) -> int:
    return found if isinstance(found, int) else 0
