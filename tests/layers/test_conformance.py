"""Every provider row against the simulator over real HTTP. A new row is tested here with no new code."""

from __future__ import annotations

import attrs
import pytest
from anyio.abc import ByteStream
from returns.methods import unwrap_or_failure

from pointsman import (
    ChatRequest,
    ChatResponse,
    Done,
    EmbeddingRequest,
    EmbeddingResponse,
    Failed,
    Finish,
    Image,
    ProviderSettings,
    Reasoning,
    ResponseSchema,
    Settings,
    StreamEvent,
    TextDelta,
    Thinking,
    Timeouts,
    TokenCount,
    Tool,
    UnsupportedFeature,
    ask,
    open_app,
    settle,
    system,
    tool,
    user,
)
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.part import Bytes
from pointsman.core.chat.usage import UNKNOWN
from pointsman.core.json import loads
from pointsman.core.security.secret import Secret
from pointsman.layers.live import live
from tests.adapters.http1.peer import listening
from tests.patience import GUARD, until, with_patience
from tests.simulated import KEY, chat, simulated, simulated_at, stream

WEATHER = Tool(
    "get_weather",
    "The weather in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
CLOCK = Tool("get_time", "The time in a zone.", {"type": "object", "properties": {"zone": {"type": "string"}}})
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
ROWS = pytest.mark.parametrize("name", list(PROVIDERS))
FAULTS = {
    "sim-auth": "AuthenticationFailed",
    "sim-rate-limit-3": "RateLimitExceeded",
    "sim-quota": "QuotaExhausted",
    "sim-overflow": "ContextTooLarge",
    "sim-not-found": "ModelNotFound",
    "sim-status-500": "ModelUnavailable",
    "sim-status-503": "ModelUnavailable",
    "sim-html": "InvalidResponse",
    "sim-malformed": "InvalidResponse",
    "sim-empty-choices": "InvalidResponse",
    "sim-html-502": "ModelUnavailable",
}


def plain(response: ChatResponse) -> ChatResponse:
    """`response` without what differs between two calls, and without usage where a stream cannot ask for it."""
    usage = response.usage if PROVIDERS[response.provider].quirks.stream_usage else UNKNOWN
    return attrs.evolve(response, latency_ms=None, attempts=(), id="", warnings=(), usage=usage)


def partial_text(end: StreamEvent) -> str:
    """What had come of an answer that broke off."""
    return end.partial.text if isinstance(end, Failed) else ""


@ROWS
async def test_text_and_stream_are_the_same_answer(name: str) -> None:
    request = ChatRequest(f"{name}/sim", (system("Be brief."), user("Which way to the station?")))
    async with simulated(name) as (app, _):
        whole = await chat(app, request)
        events = await stream(app, request)
    assert isinstance(whole, ChatResponse)
    assert "Which way to the station?" in whole.text
    assert whole.finish_reason == Finish.STOP
    assert (whole.provider, whole.model) == (name, "sim")
    assert whole.usage.input
    assert whole.usage.output
    end = events[-1]
    assert isinstance(end, Done)
    assert plain(end.response) == plain(whole)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == whole.text
    assert len([event for event in events if isinstance(event, (Done, Failed))]) == 1


@ROWS
async def test_a_tool_round_trip(name: str) -> None:
    question = user("Use get_weather for Bern and get_time for Zurich.")
    request = ChatRequest(f"{name}/sim", (question,), tools=(WEATHER, CLOCK))
    async with simulated(name) as (app, _):
        first = await chat(app, request)
        streamed = (await stream(app, request))[-1]
        assert isinstance(first, ChatResponse)
        assert isinstance(streamed, Done)
        assert plain(streamed.response) == plain(first)
        assert first.finish_reason == Finish.TOOL_CALLS
        assert [call.name for call in first.tool_calls] == ["get_weather", "get_time"]
        assert first.tool_calls[0].parse_arguments().map(lambda arguments: "city" in arguments).value_or(False)
        assert len({call.id for call in first.tool_calls}) == 2
        results = [tool(call, f"result of {call.name}") for call in first.tool_calls]
        second = await chat(app, attrs.evolve(request, messages=(question, first.message, *results)))
    assert isinstance(second, ChatResponse)
    assert "result of get_weather" in second.text
    assert "result of get_time" in second.text


@ROWS
async def test_an_answer_by_schema_fits_it(name: str) -> None:
    schema = ResponseSchema(
        {
            "type": "object",
            "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
            "required": ["name", "age"],
            "additionalProperties": False,
        }
    )
    async with simulated(name) as (app, _):
        answer = await chat(app, ChatRequest(f"{name}/sim", (user("A person, as JSON."),), response_schema=schema))
    assert isinstance(answer, ChatResponse)
    person = unwrap_or_failure(loads(answer.text))
    if PROVIDERS[name].quirks.schema == "json_schema":
        assert isinstance(person, dict)
        assert isinstance(person["name"], str)
        assert isinstance(person["age"], int)


@ROWS
async def test_images_arrive(name: str) -> None:
    request = ChatRequest(f"{name}/sim", (user("What is this?", Image(Bytes(PIXEL, "image/png"))),))
    async with simulated(name) as (app, _):
        answer = await chat(app, request)
    assert isinstance(answer, ChatResponse)
    assert "image" in answer.text


@ROWS
async def test_reasoning_comes_and_goes_back(name: str) -> None:
    question = user("Think about it.")
    request = ChatRequest(
        f"{name}/sim-reasoning", (question,), thinking=Thinking(effort="low", show=True), max_tokens=2000
    )
    async with simulated(name) as (app, _):
        first = await chat(app, request)
        streamed = (await stream(app, request))[-1]
        assert isinstance(first, ChatResponse)
        assert isinstance(streamed, Done)
        assert plain(streamed.response) == plain(first)
        second = await chat(app, attrs.evolve(request, messages=(question, first.message, user("And now?"))))
    assert isinstance(second, ChatResponse)
    if PROVIDERS[name].dialect in ("anthropic", "gemini", "openai-responses", "ollama"):
        assert any(isinstance(part, Reasoning) for part in first.parts)


@ROWS
@pytest.mark.parametrize("fault", list(FAULTS))
async def test_every_fault_has_its_tag(name: str, fault: str) -> None:
    async with simulated(name) as (app, _):
        error = await chat(app, ask(f"{name}/{fault}", "Hello"))
    async with simulated(name) as (app, _):  # one that has not been told to wait
        streamed = (await stream(app, ask(f"{name}/{fault}", "Hello")))[-1]
    if fault == "sim-empty-choices" and PROVIDERS[name].dialect in ("ollama", "anthropic"):
        return  # these wires have no list of choices: an answer with nothing in it is an answer
    assert not isinstance(error, ChatResponse)
    assert error.tag == FAULTS[fault]
    assert isinstance(streamed, Failed)
    # a stream in which no choice ever comes looks like one that was cut off
    assert streamed.error.tag in ({FAULTS[fault], "NetworkError"} if fault == "sim-empty-choices" else {FAULTS[fault]})
    assert error.provider == name
    assert error.advice
    assert KEY not in f"{error!r}{error}"
    if fault == "sim-rate-limit-3":
        assert error.retry_after == 3.0


@ROWS
async def test_a_filtered_prompt_is_typed(name: str) -> None:
    async with simulated(name) as (app, _):
        outcome = await chat(app, ask(f"{name}/sim-content-filter", "Hello"))
    if isinstance(outcome, ChatResponse):
        assert outcome.finish_reason in (Finish.CONTENT_FILTER, Finish.REFUSAL)
    else:  # Ollama has no code for it, and no filter
        assert outcome.tag == ("InvalidRequest" if PROVIDERS[name].dialect == "ollama" else "ContentFiltered")


@ROWS
@pytest.mark.parametrize("fault", ["sim-reset", "sim-truncate", "sim-stream-error"])
async def test_a_stream_that_breaks_keeps_its_partial_answer(name: str, fault: str) -> None:
    async with simulated(name) as (app, _):
        events = await stream(app, ask(f"{name}/{fault}", "Tell me a long story."))
    end = events[-1]
    assert isinstance(end, Failed)
    assert end.after_output
    assert end.error.tag in ("NetworkError", "ModelUnavailable")
    shown = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert end.partial.text == shown
    assert shown


@ROWS
async def test_a_stall_is_a_typed_timeout_of_its_phase(name: str) -> None:
    async def stalled(fault: str, limits: Timeouts) -> StreamEvent:
        async with simulated(name, timeouts=limits) as (app, _):
            return (await stream(app, ask(f"{name}/{fault}", "Hello")))[-1]

    # Not `idle`, too: by that the sending of the request is limited, which a loaded machine may hold up for so long.
    first = await stalled("sim-stall-first", Timeouts(first_byte=0.1, idle=GUARD, total=GUARD))
    middle = await with_patience(
        lambda seconds: stalled("sim-stall", Timeouts(first_byte=seconds, idle=seconds, total=GUARD)),
        lambda end: bool(partial_text(end)),
    )
    assert isinstance(first, Failed)
    assert isinstance(middle, Failed)
    assert first.error.tag == middle.error.tag == "TimeoutError"
    assert getattr(first.error, "phase", None) == "first_byte"
    assert getattr(middle.error, "phase", None) == "idle"
    assert middle.partial.text


@ROWS
async def test_leaving_a_stream_closes_the_upstream(name: str) -> None:
    async with simulated(name, read_abandoned=0.0) as (app, server):  # else a vendor that goes on is read on
        async with app.client.stream(ask(f"{name}/sim-stall", "Hello")) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        await until(lambda: server.stats().cancelled_streams)
        assert server.stats().cancelled_streams == 1


@ROWS
async def test_max_tokens_end_the_answer(name: str) -> None:
    async with simulated(name) as (app, _):
        answer = await chat(app, ChatRequest(f"{name}/sim", (user("Tell me a long story."),), max_tokens=16))
    assert isinstance(answer, ChatResponse)
    assert answer.finish_reason == Finish.LENGTH


@ROWS
async def test_models_embeddings_counts_and_completions(name: str) -> None:
    async with simulated(name) as (app, server):
        client = app.clients[name]
        models = unwrap_or_failure(await settle(client.models(detailed=True)))
        assert isinstance(models, tuple)
        assert "sim" in {model.id for model in models}
        assert {model.provider for model in models} == {name}
        asked = server.stats().requests
        await settle(client.models(detailed=True))
        assert server.stats().requests == asked
        await settle(client.models(detailed=True, use_cache=False))
        assert server.stats().requests != asked
        ping = unwrap_or_failure(await settle(client.ping()))
        assert getattr(ping, "ok", False)
        count = unwrap_or_failure(await settle(client.count_tokens(ask("sim", "How many tokens are these?"))))
        assert isinstance(count, TokenCount)
        assert count.tokens > 3
        vectors = unwrap_or_failure(await settle(client.embed(EmbeddingRequest("sim-embed", ("a station", "a train")))))
        if isinstance(vectors, EmbeddingResponse):
            assert [item.index for item in vectors.embeddings] == [0, 1]
        else:
            assert isinstance(vectors, UnsupportedFeature)
            assert name == "anthropic"
        text = unwrap_or_failure(await settle(client.complete(CompletionRequest("sim", "Once upon a time"))))
        assert isinstance(text, Completion)
        assert text.text


@ROWS
async def test_a_streamed_completion_is_the_same_as_the_whole(name: str) -> None:
    request = CompletionRequest(f"{name}/sim", "Once upon a time", max_tokens=60)
    async with simulated(name) as (app, _):
        whole = unwrap_or_failure(await settle(app.client.complete(request)))
        events = await stream(app, request)
        cut = (await stream(app, attrs.evolve(request, max_tokens=3)))[-1]
    assert isinstance(whole, Completion)
    pieces = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(pieces) > 2
    assert "".join(pieces) == whole.text
    end = events[-1]
    assert isinstance(end, Done)
    assert plain(end.response) == plain(whole.response)
    assert end.response.warnings == whole.warnings
    assert [(attempt.provider, attempt.error) for attempt in end.response.attempts] == [(name, None)]
    stood_in = PROVIDERS[name].dialect in ("anthropic", "gemini", "openai-responses")
    assert ("complete" in {warning.subject for warning in end.response.warnings}) == stood_in
    assert isinstance(cut, Done)
    assert cut.response.finish_reason == Finish.LENGTH


@ROWS
@pytest.mark.parametrize("fault", ["sim-reset", "sim-truncate", "sim-stream-error", "sim-stall"])
async def test_a_streamed_completion_that_breaks_keeps_what_had_come(name: str, fault: str) -> None:
    async def broken(seconds: float) -> list[StreamEvent]:
        async with simulated(name, timeouts=Timeouts(first_byte=seconds, idle=seconds, total=GUARD)) as (app, _):
            return await stream(app, CompletionRequest(f"{name}/{fault}", "Tell me a long story."))

    events = await with_patience(broken, lambda events: bool(partial_text(events[-1])))
    end = events[-1]
    assert isinstance(end, Failed)
    assert end.error.tag in ("TimeoutError",) if fault == "sim-stall" else ("NetworkError", "ModelUnavailable")
    assert end.partial.text
    assert end.partial.text == "".join(event.text for event in events if isinstance(event, TextDelta))


@ROWS
@pytest.mark.parametrize("fault", ["sim-auth", "sim-rate-limit-3", "sim-not-found", "sim-status-503", "sim-html"])
async def test_a_streamed_completion_that_is_refused_says_so_at_once(name: str, fault: str) -> None:
    async with simulated(name) as (app, _):
        events = await stream(app, CompletionRequest(f"{name}/{fault}", "Hello"))
    (end,) = events
    assert isinstance(end, Failed)
    assert end.error.tag == FAULTS[fault]
    assert end.error.provider == name
    assert not end.after_output


@pytest.mark.parametrize("name", ["openai", "ollama", "anthropic"])
async def test_leaving_a_streamed_completion_closes_the_upstream(name: str) -> None:
    async with simulated(name) as (app, server):
        async with app.client.stream(CompletionRequest(f"{name}/sim-stall", "Hello")) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        await until(lambda: server.stats().cancelled_streams)
        assert server.stats().cancelled_streams == 1


@ROWS
async def test_a_wrong_key_is_told_apart(name: str) -> None:
    async with simulated(name, key="another-key") as (app, _):
        error = await chat(app, ask(f"{name}/sim", "Hello"))
    if PROVIDERS[name].auth != "none":
        assert not isinstance(error, ChatResponse)
    if not isinstance(error, ChatResponse):
        assert error.tag == "AuthenticationFailed"
        assert KEY not in f"{error!r}{error}"


async def test_retries_are_counted_and_nothing_else_retries() -> None:
    async with simulated("openai", retries=2) as (app, server):
        answer = await chat(app, ask("openai/sim-flaky-2", "Hello"))
        assert isinstance(answer, ChatResponse)
        assert answer.retry_count == 2
        assert server.stats().by_model["sim-flaky-2"] == 3


@pytest.mark.parametrize("name", ["openai", "ollama"])
async def test_a_streamed_completion_is_tried_again_as_long_as_nothing_came(name: str) -> None:
    async with simulated(name, retries=2) as (app, server):
        end = (await stream(app, CompletionRequest(f"{name}/sim-flaky-2", "Hello")))[-1]
        assert isinstance(end, Done)
        assert end.response.retry_count == 2
        broken = (await stream(app, CompletionRequest(f"{name}/sim-reset", "Hello")))[-1]
        assert isinstance(broken, Failed)
        assert server.stats().by_model == {"sim-flaky-2": 3, "sim-reset": 1}


async def test_a_whole_answer_to_a_wish_for_a_streamed_completion_is_taken() -> None:
    """Some servers know no streams of completions: they answer with one document, which is no error."""
    body = b'{"model": "m-1", "choices": [{"text": " upon", "finish_reason": "stop"}]}'
    told = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)

    async def serve(stream: ByteStream, _: bytes) -> bool:
        await stream.send(told)
        return False

    async with listening(serve) as peer, simulated_at(f"http://127.0.0.1:{peer.port}", "openai") as app:
        events = await stream(app, CompletionRequest("openai/sim", "Once"))
    end = events[-1]
    assert isinstance(end, Done)
    assert (end.response.text, end.response.finish_reason) == (" upon", Finish.STOP)
    assert TextDelta(" upon") in events


async def test_a_provider_that_is_not_there_is_told_in_the_stream_of_a_completion() -> None:
    openai = ProviderSettings(name="openai", kind="openai", api_key=Secret(KEY))
    async with open_app(live, Settings(providers={"openai": openai}, default_provider="openai")) as opened:
        (end,) = await stream(opened.unwrap(), CompletionRequest("anthropic/sim", "Once"))
    assert isinstance(end, Failed)
    assert end.error.tag == "ModelNotFound"
