"""Answers of every shape, for the laws of what keeps them. Knows no store."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pointsman.core.chat.part import (
    Audio,
    Bytes,
    File,
    FileId,
    Image,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.chat.response import ChatResponse, Finish, FinishReason, Other, Warning
from pointsman.core.chat.usage import Usage
from pointsman.core.error import (
    Attempt,
    BudgetExceeded,
    ChatError,
    FallbackExhausted,
    InvalidRequest,
    ModelUnavailable,
    RateLimitExceeded,
    TimeoutError,
)
from pointsman.core.money.cost import Cost, from_picodollars
from pointsman.core.routing.policy import Explanation, Ranked
from pointsman.core.routing.rate import RateLimits

texts: SearchStrategy[str] = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
"""Any text but lone surrogates; the empty one, U+2028 and NUL included."""
_words = st.text(max_size=8, alphabet=st.characters(exclude_categories=["Cs"]))
_seconds = st.floats(0, 1e9, allow_nan=False)
_counts = st.none() | st.integers(0, 2**62)
_states = st.none() | st.builds(Opaque, _words, _words, texts)
_bytes = st.builds(Bytes, st.binary(max_size=40), _words)
_urls = st.builds(Url, _words, st.none() | _words)
_images = st.builds(Image, _bytes | _urls, st.sampled_from([None, "low", "high", "auto"]))

parts: SearchStrategy[Part] = st.one_of(
    st.builds(Text, texts, _states),
    _images,
    st.builds(Audio, _bytes, st.none() | texts),
    st.builds(File, _bytes | _urls | st.builds(FileId, _words), st.none() | _words),
    st.builds(ToolCall, _words, _words, texts, _states),
    st.builds(
        ToolResult,
        _words,
        _words,
        st.lists(st.builds(Text, texts, _states) | _images, max_size=2).map(tuple),
        st.booleans(),
    ),
    st.builds(Reasoning, texts, _states, st.booleans()),
    st.builds(Refusal, texts),
)
costs: SearchStrategy[Cost] = st.builds(from_picodollars, st.integers(0, 2**62), st.booleans())
"""Every cost that can be told from others: a whole number of 10^-12 dollars, known or not."""
usages: SearchStrategy[Usage] = st.builds(Usage, _counts, _counts, _counts, _counts, _counts, st.booleans())
finishes: SearchStrategy[FinishReason | None] = st.none() | st.sampled_from(Finish) | st.builds(Other, texts)
_ranked = st.lists(st.builds(Ranked, _words, texts), max_size=2).map(tuple)
responses: SearchStrategy[ChatResponse] = st.builds(
    ChatResponse,
    parts=st.lists(parts, max_size=4).map(tuple),
    finish_reason=finishes,
    usage=usages,
    model=_words,
    provider=_words,
    id=_words,
    latency_ms=st.none() | _seconds,
    attempts=st.lists(st.builds(Attempt, _words, _words, _seconds), max_size=2).map(tuple),
    warnings=st.lists(st.builds(Warning, _words, texts), max_size=2).map(tuple),
    cost=costs,
    saved=costs,
    cache=st.sampled_from(["", "exact", "semantic"]),
    cache_age=st.none() | _seconds,
    route=st.none() | st.builds(Explanation, task=_words, strategy=_words, ranked=_ranked, passed_over=_ranked),
    rate_limits=st.none() | st.builds(RateLimits, _counts, st.none() | _seconds, _counts, st.none() | _seconds),
)


ERRORS: tuple[ChatError, ...] = (
    ModelUnavailable(detail="overloaded", provider="p", model="m", status=529, request_id="r"),
    RateLimitExceeded(retry_after=0.25),
    InvalidRequest(problems=("one", "two")),
    TimeoutError(timeout_ms=1500.5, phase="first_byte", local=True),
    BudgetExceeded(budget="b", limit=Decimal("0.10"), spent=Decimal("1e-12"), unit="tokens", resets_at=1.5),
    FallbackExhausted(attempts=(Attempt("p", "m", 1.0, ModelUnavailable()), Attempt("p", "n", 2.0))),
)
"""Errors with all sorts of fields, as a failed try leaves them."""


def heavy(size: int) -> dict[str, ChatResponse]:
    """Answers each of which has one thing that alone is `size` bytes or more, by the name of what it is."""
    long, state = "x" * size, Opaque("o", "k", "x" * size)
    data = Bytes(long.encode(), "image/png")
    one: dict[str, Part] = {
        "text": Text(long),
        "state of text": Text("", state),
        "image": Image(data),
        "image by address": Image(Url(long)),
        "audio": Audio(data),
        "transcript": Audio(Bytes(b"", "audio/wav"), long),
        "file": File(data),
        "file by id": File(FileId(long)),
        "name of file": File(FileId("f"), long),
        "arguments": ToolCall("1", "n", long),
        "name of call": ToolCall("1", long, "{}"),
        "state of call": ToolCall("1", "n", "{}", state),
        "text of result": ToolResult("1", "n", (Text(long),)),
        "image of result": ToolResult("1", "n", (Image(data),)),
        "reasoning": Reasoning(long),
        "state of reasoning": Reasoning("", state, True),
        "refusal": Refusal(long),
    }
    return {
        **{name: ChatResponse(parts=(part,)) for name, part in one.items()},
        "id": ChatResponse(id=long),
        "warning": ChatResponse(warnings=(Warning("s", long),)),
        "finish": ChatResponse(finish_reason=Other(long)),
        "error of an attempt": ChatResponse(attempts=(Attempt("p", "m", 1.0, ModelUnavailable(detail=long)),)),
    }
