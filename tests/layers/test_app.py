"""Putting an App together: programs, fakes, swapped recipes, blocking use, and settings that are wrong."""

from __future__ import annotations

import attrs
import pytest
from returns.context import RequiresContextFutureResult
from returns.future import FutureResult
from returns.methods import unwrap_or_failure
from returns.result import Failure, Success

from pointsman import (
    App,
    Audio,
    Bytes,
    ChatError,
    ChatResponse,
    ConfigurationError,
    ModelUnavailable,
    Program,
    RateLimitExceeded,
    Settings,
    TextDelta,
    TranscriptionRequest,
    ask,
    blocking,
    fake,
    fake_settings,
    open_app,
    provide,
    settle,
)
from pointsman.core.chat.completion import CompletionRequest
from pointsman.testing import Reply, ScriptedClient, VirtualClock
from tests.simulated import settings_at


def shout(question: str) -> Program[str]:
    """A program that needs an App and nothing else."""

    def run(app: App) -> FutureResult[str, ChatError]:
        return app.client.chat(ask("", question)).map(lambda answer: answer.text.upper())

    return RequiresContextFutureResult(run)


async def test_a_program_is_closed_by_layers_and_settings() -> None:
    assert await settle(provide(shout("hello"), fake(["fine"]), fake_settings())) == Success("FINE")


async def test_programs_compose() -> None:
    both = shout("one").bind(lambda first: shout(first))
    script = ScriptedClient(lambda request: f"got {request.messages[-1].text}")
    result = await settle(provide(both, fake({"fake": script}), fake_settings()))
    assert result == Success("GOT GOT ONE")


async def test_a_program_fails_typed() -> None:
    failing = fake([ModelUnavailable(detail="down")] * 3)
    error = (await settle(provide(shout("hello"), failing, fake_settings()))).failure()
    assert isinstance(error, ModelUnavailable)
    assert len(error.attempts) == 3


async def test_waiting_costs_no_time_and_is_seen() -> None:
    clock = VirtualClock()
    layers = fake([RateLimitExceeded(retry_after=30.0), "fine"], clock)
    async with open_app(layers, fake_settings()) as opened:
        answer = unwrap_or_failure(await settle(opened.unwrap().client.chat(ask("", "hello"))))
    assert isinstance(answer, ChatResponse)
    assert clock.sleeps == [30.0]


async def test_any_recipe_can_be_swapped() -> None:
    untouched = attrs.evolve(fake([ModelUnavailable(detail="down"), "never"]), around=lambda client, *_: client)
    async with open_app(untouched, fake_settings()) as opened:
        error = unwrap_or_failure(await settle(opened.unwrap().client.chat(ask("", "hello"))))
    assert isinstance(error, ModelUnavailable)
    assert error.attempts == ()


async def test_no_provider_is_a_configuration_error() -> None:
    async with open_app(fake(), Settings()) as opened:
        assert isinstance(opened, Failure)
        assert isinstance(opened.failure(), ConfigurationError)


async def test_fallbacks_of_the_settings_step_in() -> None:
    down = ScriptedClient(lambda request: ModelUnavailable(detail="down"), provider="a")
    fine = ScriptedClient(["from b"], provider="b")
    settings = attrs.evolve(fake_settings("a", "b"), fallback=("b/m",))
    async with open_app(fake({"a": down, "b": fine}), settings) as opened:
        answer = unwrap_or_failure(await settle(opened.unwrap().client.chat(ask("a/x", "hello"))))
    assert isinstance(answer, ChatResponse)
    assert (answer.text, answer.fallback_provider, answer.retry_count) == ("from b", "b", 3)


def test_the_blocking_client_transcribes() -> None:
    with blocking.connect(fake_settings(), fake()) as client:
        heard = client.transcribe(TranscriptionRequest("", Audio(Bytes(b"fLaC", "audio/flac"))))
    assert heard.text == "4 bytes of audio/flac"


def test_the_blocking_client_calls_streams_and_raises() -> None:
    script: list[Reply] = ["one", "two words", RateLimitExceeded(detail="slow", retry_after=99.0)]
    with blocking.connect(fake_settings(), fake(script)) as client:
        assert client.chat(ask("", "hello")).text == "one"
        with client.stream(ask("", "hello")) as events:
            assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "two words"
        with pytest.raises(blocking.RateLimitExceeded, match="slow") as caught:
            client.chat(ask("", "hello"))
        assert caught.value.error.retry_after == 99.0
        assert client.models()[0].id == "fake-model"
        assert client.ping().ok
        assert client.explain(ask("fake/m", "hello")).ranked[0].model == "fake/m"
        assert client.estimate(ask("fake/m", "hello")).expected.usd
        assert [(row.group, row.calls, row.failures) for row in client.report("provider")] == [("fake", 3, 1)]


def test_the_blocking_client_raises_what_is_wrong_with_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    settings = settings_at("https://127.0.0.1:1", "openai")
    with blocking.connect(settings) as client, pytest.raises(blocking.ConfigurationError, match="SSL_CERT_FILE"):
        client.chat(ask("openai/m", "hello"))


def test_the_blocking_client_streams_completions() -> None:
    asked = CompletionRequest("", "Once upon")
    with blocking.connect(fake_settings(), fake()) as client, client.stream(asked) as events:
        assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Once upon …"


def test_every_tag_has_its_exception() -> None:
    from typing import get_args

    for kind in get_args(ChatError):
        assert issubclass(getattr(blocking, kind.__name__), blocking.PointsmanError)
