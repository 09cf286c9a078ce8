"""Retrying, Fallback, Recording, Replaying and ModelDispatch on scripted clients and a virtual clock."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.recordings.directory import RecordingDirectory
from pointsman.core.chat.event import Done, Failed, PartDone, Restarted, Started, StreamEvent, TextDelta
from pointsman.core.chat.options import OnPartial
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest, ask
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.effect import settle
from pointsman.core.error import (
    AuthenticationFailed,
    BudgetExceeded,
    ChatError,
    FallbackExhausted,
    Fault,
    InvalidRequest,
    InvalidResponse,
    ModelNotFound,
    ModelUnavailable,
    NetworkError,
    QuotaExhausted,
    RateLimitExceeded,
    StorageError,
    TimeoutError,
)
from pointsman.core.models.model import Places
from pointsman.core.routing.backoff import Backoff
from pointsman.core.security.secret import Secret
from pointsman.services.middleware.dispatch import ModelDispatch
from pointsman.services.middleware.fallback import Fallback, Step
from pointsman.services.middleware.record import Recording
from pointsman.services.middleware.replay import Replaying
from pointsman.services.middleware.retry import Retrying
from pointsman.services.ports.client import ChatClient
from pointsman.services.streams.fold import fold
from pointsman.testing import FixedRandom, Reply, ScriptedClient, VirtualClock

DEFAULT = Backoff()
DOWN = ModelUnavailable(detail="overloaded")
QUESTION = ask("m", "hello")


def broken_after(text: str, error: ChatError = DOWN) -> list[StreamEvent]:
    """A stream that fails after it gave `text`."""
    return [Started("1", "m"), TextDelta(text), Failed(error, ChatResponse(parts=(Text(text),)))]


async def ask_client(client: ChatClient, request: ChatRequest = QUESTION) -> ChatResponse | ChatError:
    """The outcome of `chat`."""
    return unwrap_or_failure(await settle(client.chat(request)))


async def events_of(client: ChatClient, request: ChatRequest = QUESTION) -> list[StreamEvent]:
    """All events of `stream`."""
    async with client.stream(request) as events:
        return [event async for event in events]


def retrying(script: list[Reply], policy: Backoff = DEFAULT) -> tuple[Retrying, ScriptedClient, VirtualClock]:
    """A scripted client with retries around it, and its clock."""
    inner, clock = ScriptedClient(script), VirtualClock()
    return Retrying(inner, clock, FixedRandom(), policy), inner, clock


async def test_a_retry_that_succeeds_counts_its_failed_tries() -> None:
    client, inner, clock = retrying([DOWN, DOWN, "fine"])
    answer = await ask_client(client)
    assert isinstance(answer, ChatResponse)
    assert (answer.text, answer.retry_count, answer.used_fallback) == ("fine", 2, False)
    assert [a.error.tag if a.error else None for a in answer.attempts] == ["ModelUnavailable", "ModelUnavailable", None]
    assert clock.sleeps == [0.5, 1.0]
    assert len(inner.requests) == 3


async def test_the_last_error_carries_all_tries() -> None:
    client, _, clock = retrying([DOWN, DOWN, DOWN, "too late"])
    error = await ask_client(client)
    assert isinstance(error, ModelUnavailable)
    assert len(error.attempts) == 3
    assert sum(clock.sleeps) == 1.5


@pytest.mark.parametrize("error", [AuthenticationFailed(detail="no"), QuotaExhausted(), InvalidRequest(detail="x")])
async def test_what_a_retry_cannot_cure_is_not_retried(error: ChatError) -> None:
    client, inner, clock = retrying([error, "never"])
    found = await ask_client(client)
    assert isinstance(found, Fault)
    assert found.tag == error.tag
    assert (len(inner.requests), clock.sleeps) == (1, [])


async def test_the_server_says_how_long_to_wait() -> None:
    client, _, clock = retrying([RateLimitExceeded(retry_after=7.5), "fine"])
    assert isinstance(await ask_client(client), ChatResponse)
    assert clock.sleeps == [7.5]


async def test_a_wait_above_the_cap_fails_at_once() -> None:
    client, _, clock = retrying([RateLimitExceeded(retry_after=3600), "never"], Backoff(retry_after_cap=60.0))
    assert isinstance(await ask_client(client), RateLimitExceeded)
    assert clock.sleeps == []


UNANSWERED = [
    NetworkError(detail="it broke", sent=True),
    TimeoutError(detail="no answer", timeout_ms=1.0, phase="first_byte", sent=True),
]


@pytest.mark.parametrize("error", UNANSWERED)
@pytest.mark.parametrize("kinds", [{}, {"NetworkError": 5, "TimeoutError": 5}])
async def test_what_went_out_unanswered_is_asked_again_only_where_that_is_set(
    error: ChatError, kinds: dict[str, int]
) -> None:
    """How often a kind of error is retried does not say that it may be paid for twice."""
    client, inner, _ = retrying([error, "never"], Backoff(kinds=kinds))
    found = await ask_client(client)
    assert isinstance(found, type(error))
    assert len(inner.requests) == 1
    client, inner, _ = retrying([error, "fine"], Backoff(kinds=kinds, resend_unanswered=True))
    assert isinstance(await ask_client(client), ChatResponse)


@pytest.mark.parametrize("error", UNANSWERED)
async def test_a_stream_that_went_out_unanswered_is_not_asked_for_again(error: ChatError) -> None:
    client, inner, _ = retrying([error, "never"])
    end = (await events_of(client))[-1]
    assert isinstance(end, Failed)
    assert isinstance(end.error, type(error))
    assert len(inner.requests) == 1


async def test_a_stream_is_retried_before_output_and_starts_once() -> None:
    begun_then_failed: list[StreamEvent] = [Started("0", "m"), Failed(DOWN, ChatResponse())]
    client, _, clock = retrying([begun_then_failed, "fine"])
    events = await events_of(client)
    assert [type(e) for e in events] == [Started, TextDelta, PartDone, Done]
    assert isinstance(events[-1], Done)
    assert events[-1].response.retry_count == 1
    assert clock.sleeps == [0.5]


async def test_a_stream_is_not_retried_after_output() -> None:
    client, inner, clock = retrying([broken_after("half"), "never"])
    events = await events_of(client)
    assert isinstance(events[-1], Failed)
    assert events[-1].partial.text == "half"
    assert (len(inner.requests), clock.sleeps) == (1, [])


async def test_retries_of_a_stream_end_with_one_failure() -> None:
    client, inner, _ = retrying([DOWN, DOWN, DOWN])
    events = await events_of(client)
    assert [type(e) for e in events] == [Failed]
    assert len(inner.requests) == 3


def test_jitter_only_shortens_a_delay() -> None:
    from pointsman.core.routing.backoff import delay_before_retry

    assert delay_before_retry(Backoff(), 0, DOWN, 0.0) == 0.5
    assert delay_before_retry(Backoff(), 0, DOWN, 1.0) == 0.375
    assert delay_before_retry(Backoff(max_retries=99), 50, DOWN, 0.0) == 8.0


def chain(*scripts: list[Reply], on_partial: OnPartial = "fail") -> Fallback:
    """A fallback over scripted clients `p0`, `p1`, …"""
    steps = tuple(Step(ScriptedClient(s, provider=f"p{n}"), f"m{n}") for n, s in enumerate(scripts))
    return Fallback(steps, VirtualClock(), on_partial)


async def test_a_fallback_says_who_stepped_in() -> None:
    answer = await ask_client(chain([DOWN], [NetworkError(detail="gone")], ["fine"]))
    assert isinstance(answer, ChatResponse)
    assert (answer.text, answer.used_fallback, answer.fallback_provider) == ("fine", True, "p2")
    assert [(a.provider, a.model) for a in answer.attempts] == [("p0", "m0"), ("p1", "m1"), ("p2", "m2")]


async def test_a_fallback_that_is_exhausted_lists_every_attempt() -> None:
    error = await ask_client(chain([DOWN], [QuotaExhausted(detail="empty")]))
    assert isinstance(error, FallbackExhausted)
    assert [a.error.tag for a in error.attempts if a.error] == ["ModelUnavailable", "QuotaExhausted"]
    assert "p0/m0: model unavailable" in str(error)


async def test_an_invalid_request_does_not_fall_back() -> None:
    client = chain([InvalidRequest(detail="bad")], ["never"])
    assert isinstance(await ask_client(client), InvalidRequest)
    second = client.steps[1].client
    assert isinstance(second, ScriptedClient)
    assert second.requests == []


async def test_the_tries_inside_a_step_are_attempts_too() -> None:
    inner, _, clock = retrying([DOWN, DOWN, DOWN])
    error = await ask_client(Fallback((Step(inner, "m"), Step(ScriptedClient([DOWN]), "n")), clock))
    assert isinstance(error, FallbackExhausted)
    assert len(error.attempts) == 4


@pytest.mark.parametrize(("on_partial", "ends"), [("fail", Failed), ("restart", Done)])
async def test_what_happens_after_partial_output_is_a_policy(on_partial: OnPartial, ends: type) -> None:
    events = await events_of(chain([broken_after("half")], ["whole"], on_partial=on_partial))
    assert isinstance(events[-1], ends)
    assert any(isinstance(e, Restarted) for e in events) == (on_partial == "restart")
    if isinstance(events[-1], Done):
        assert events[-1].response.text == "whole"
        assert events[-1].response.retry_count == 1


async def test_a_restart_whose_last_step_breaks_is_a_failure_with_its_partial() -> None:
    events = await events_of(chain([broken_after("a")], [broken_after("b")], on_partial="restart"))
    assert isinstance(events[-1], Failed)
    assert events[-1].partial.text == "b"


async def test_a_stream_falls_back_before_output_without_a_marker() -> None:
    events = await events_of(chain([DOWN], ["fine"]))
    assert [type(e) for e in events] == [Started, TextDelta, PartDone, Done]


async def test_folding_a_stream_gives_what_chat_gives() -> None:
    whole = await ask_client(ScriptedClient(["same"]))
    folded = unwrap_or_failure(await settle(fold(ScriptedClient(["same"]).stream(QUESTION))))
    assert whole == folded


async def test_a_recording_is_replayed_for_chat_and_stream(tmp_path: Path) -> None:
    store = RecordingDirectory(tmp_path)
    recorded = await ask_client(Recording(ScriptedClient(["fine"]), store))
    assert await ask_client(Replaying(store)) == recorded
    streamed = await events_of(Replaying(store))
    assert streamed[-1] == Done(recorded) if isinstance(recorded, ChatResponse) else False


async def test_a_recorded_stream_is_replayed_event_by_event(tmp_path: Path) -> None:
    store = RecordingDirectory(tmp_path)
    events = await events_of(Recording(ScriptedClient(["a longer answer that has several pieces in it"]), store))
    assert await events_of(Replaying(store)) == events
    assert len(events) > 4


async def test_errors_are_recorded_with_their_numbers(tmp_path: Path) -> None:
    store = RecordingDirectory(tmp_path)
    limit = RateLimitExceeded(detail="slow", retry_after=3.0, provider="fake", model="m")
    await ask_client(Recording(ScriptedClient([limit]), store))
    assert await ask_client(Replaying(store)) == limit


async def test_ids_and_timeouts_do_not_change_which_tape_is_found(tmp_path: Path) -> None:
    store = RecordingDirectory(tmp_path)
    await ask_client(Recording(ScriptedClient(["fine"]), store), attrs.evolve(QUESTION, request_id="1", timeout=5.0))
    assert isinstance(await ask_client(Replaying(store), attrs.evolve(QUESTION, request_id="2")), ChatResponse)
    other = await ask_client(Replaying(store), attrs.evolve(QUESTION, temperature=0.5))
    assert isinstance(other, StorageError)
    assert "record it first" in str(other)


async def test_secrets_are_taken_out_of_tapes(tmp_path: Path) -> None:
    key = 'sk-very"secret'
    store = RecordingDirectory(tmp_path, (Secret(key),))
    request = attrs.evolve(QUESTION, metadata={"key": key})
    await ask_client(Recording(ScriptedClient([f"your key is {key}"]), store), request)
    written = b"".join(_contents(tmp_path))
    assert b"very" not in written
    assert isinstance(await ask_client(Replaying(store), request), ChatResponse)


async def test_a_broken_tape_is_a_typed_failure_that_names_it(tmp_path: Path) -> None:
    store = RecordingDirectory(tmp_path)
    await ask_client(Recording(ScriptedClient(["fine"]), store))
    _spoil(tmp_path)
    error = await ask_client(Replaying(store))
    assert isinstance(error, StorageError)
    assert str(tmp_path) in error.detail


async def test_a_reference_names_the_provider_and_slashes_in_models_stay() -> None:
    a, b = ScriptedClient(provider="a"), ScriptedClient(provider="b")
    client = ModelDispatch({"a": a, "b": b}, Places(default="a", configured=("a", "b"), known=frozenset("abc")))
    for reference in ("b/x", "x", "org/x", "b/org/x"):
        assert isinstance(await ask_client(client, ask(reference, "hi")), ChatResponse)
    assert [r.model for r in b.requests] == ["x", "org/x"]
    assert [r.model for r in a.requests] == ["x", "org/x"]
    error = await ask_client(client, ask("c/x", "hi"))
    assert isinstance(error, ModelNotFound)
    assert "the provider 'c' is not configured" in error.detail
    streamed = await events_of(client, ask("c/x", "hi"))
    assert streamed == [Failed(error, ChatResponse())]


async def test_a_script_at_its_end_says_so() -> None:
    client = ScriptedClient(["one"])
    await ask_client(client)
    error = await ask_client(client)
    assert isinstance(error, InvalidResponse)
    assert "script" in error.detail


async def test_a_wrong_request_never_reaches_the_script() -> None:
    error = await ask_client(ScriptedClient(["one"]), attrs.evolve(QUESTION, temperature=3.0, max_tokens=0))
    assert isinstance(error, InvalidRequest)
    assert len(error.problems) == 2


def _contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir()]


def _spoil(folder: Path) -> None:
    next(folder.iterdir()).write_bytes(b'{"request": 3')


def test_finish_reasons_compare_with_text() -> None:
    assert Finish("stop") == "stop"


async def test_no_retry_is_waited_for_that_would_come_too_late() -> None:
    client, inner, clock = retrying([DOWN, DOWN, "too late"])
    error = await ask_client(client, attrs.evolve(QUESTION, timeout=1.2))
    assert isinstance(error, ModelUnavailable)
    assert clock.sleeps == [0.5]
    assert [request.timeout for request in inner.requests] == [1.2, 0.7]


async def test_one_failure_alone_is_told_as_itself_and_so_is_a_budget_that_ends_all() -> None:
    down = ScriptedClient(lambda request: DOWN)
    broke = ScriptedClient(lambda request: BudgetExceeded(budget="b", local=True))
    clock = VirtualClock()
    assert isinstance(await ask_client(Fallback((Step(down, "m"),), clock)), ModelUnavailable)
    both = await ask_client(Fallback((Step(broke, "m"), Step(broke, "n")), clock))
    assert isinstance(both, BudgetExceeded)
    assert [attempt.model for attempt in both.attempts] == ["m", "n"]
    assert isinstance(await ask_client(Fallback((Step(broke, "m"), Step(down, "n")), clock)), FallbackExhausted)
