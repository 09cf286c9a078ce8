"""Whole answers, the model list and token counts of the Anthropic dialect, literally."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.anthropic.response import STOP_REASONS
from pointsman.adapters.dialects.dialect import Inbound, InboundCall, Target
from pointsman.core.chat.message import system, user
from pointsman.core.chat.part import (
    Refusal,
)
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Finish, FinishReason, Other
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import (
    AuthenticationFailed,
    InvalidResponse,
    RateLimitExceeded,
)
from pointsman.core.json import Json, JsonObject
from pointsman.core.models.model import ModelInfo, ModelPage, ModelQuery
from tests.adapters.dialects import strategies as some
from tests.adapters.dialects.anthropic_wire import ANSWER, CHAT, MODEL, READ, TARGET, WEATHER, good, written_answer


def test_an_answer_is_read_as_documented() -> None:
    assert good(CHAT.read_response(ANSWER, TARGET)) == READ


def test_an_answer_is_written_as_documented() -> None:
    assert written_answer(READ) == ANSWER


@pytest.mark.parametrize(
    ("raw", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("stop_sequence", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("tool_use", Finish.TOOL_CALLS),
        ("pause_turn", Finish.PAUSED),
        ("refusal", Finish.REFUSAL),
        ("model_context_window_exceeded", Finish.CONTEXT_FULL),
        ("daydreaming", Other("daydreaming")),
        (None, Other("")),
    ],
)
def test_finish_reasons(raw: Json, finish: FinishReason) -> None:
    assert good(CHAT.read_response({"content": [], "stop_reason": raw}, TARGET)).finish_reason == finish


def test_every_finish_reason_can_be_written() -> None:
    assert STOP_REASONS.keys() == set(Finish)
    assert written_answer(ChatResponse(finish_reason=Finish.CONTENT_FILTER))["stop_reason"] == "refusal"
    assert written_answer(ChatResponse(finish_reason=Other("zzz")))["stop_reason"] == "end_turn"
    refusal = written_answer(ChatResponse(parts=(Refusal("no"),), finish_reason=Finish.STOP))
    assert (refusal["content"], refusal["stop_reason"]) == ([{"type": "text", "text": "no"}], "refusal")


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        ({"input_tokens": 5, "output_tokens": 7}, Usage(5, 7)),
        ({"input_tokens": 5, "cache_read_input_tokens": 100, "output_tokens": 7}, Usage(105, 7, 100)),
        ({"input_tokens": 5, "cache_creation_input_tokens": 30, "cache_read_input_tokens": 0}, Usage(35, None, 0, 30)),
        (
            {
                "input_tokens": 5,
                "cache_creation_input_tokens": 30,
                "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
            },
            Usage(35, None, None, 30, cache_write_1h=20),
        ),
        (
            {"input_tokens": 5, "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2}},
            Usage(8, None, None, 3, cache_write_1h=2),
        ),
        ({"input_tokens": 0, "output_tokens": 0}, Usage(0, 0)),
        ({"input_tokens": None, "output_tokens": -3}, UNKNOWN),
        ({}, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_usage(told: Json, usage: Usage) -> None:
    assert good(CHAT.read_response({"content": [], "usage": told}, TARGET)).usage == usage


@pytest.mark.parametrize("reply", [None, [], "hi", {}, {"content": "text"}, {"content": [5]}, {"content": [{}]}])
def test_what_is_no_answer_is_an_invalid_response(reply: Json) -> None:
    error = CHAT.read_response(reply, TARGET).failure()
    assert isinstance(error, InvalidResponse)
    assert error.provider == "anthropic"


@pytest.mark.parametrize("depth", [300, 990, 1015])
def test_arguments_nested_deeply_do_not_raise(depth: int) -> None:
    text = '{"a":' * depth + "{}" + "}" * depth
    block = '{"content":[{"type":"tool_use","id":"t","name":"f","input":' + text + "}]}"
    call = good(CHAT.read_response(orjson.loads(block), TARGET)).tool_calls[0]
    assert call.arguments in (text, '"nested too deeply"')


def test_an_error_in_a_200_body_is_that_error() -> None:
    error = CHAT.read_response(
        {"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}}, TARGET
    ).failure()
    assert isinstance(error, RateLimitExceeded)
    assert error.detail == "slow"


def test_models_are_paged_as_documented() -> None:
    assert ANTHROPIC.models is not None
    first = good(ANTHROPIC.models.write_request(ModelQuery(), Target("anthropic", "")))
    assert (first.method, first.path, first.body) == ("GET", "/v1/models?limit=1000", None)
    assert first.headers["anthropic-version"] == "2023-06-01"
    page = good(
        ANTHROPIC.models.read_response(
            {
                "data": [
                    {
                        "type": "model",
                        "id": "claude-a",
                        "display_name": "Claude A",
                        "created_at": "2025-09-29T00:00:00Z",
                        "max_input_tokens": 200000,
                        "max_tokens": 64000,
                        "capabilities": {"image_input": {"supported": True}, "batch": {"supported": False}},
                    },
                    {"id": "claude-b", "max_input_tokens": 0},
                    7,
                ],
                "has_more": True,
                "first_id": "claude-a",
                "last_id": "claude-b",
            },
            TARGET,
        )
    )
    one = ModelInfo(
        id="claude-a", provider="anthropic", context_length=200000, max_output=64000, capabilities=("image_input",)
    )
    assert page == ModelPage((one, ModelInfo(id="claude-b", provider="anthropic")), "claude-b")
    assert good(ANTHROPIC.models.read_response({"data": [], "has_more": False, "last_id": "x"}, TARGET)).next is None
    denied = ANTHROPIC.models.read_response({"type": "error", "error": {"type": "permission_error"}}, TARGET).failure()
    assert isinstance(denied, AuthenticationFailed)
    assert isinstance(ANTHROPIC.models.read_response({"object": "list"}, TARGET).failure(), InvalidResponse)


@given(st.none() | some.full_texts)
def test_a_page_query_survives_the_wire(cursor: str | None) -> None:
    assert ANTHROPIC.models is not None
    path = good(ANTHROPIC.models.write_request(ModelQuery(cursor), TARGET)).path
    fields: JsonObject = dict(parse_qsl(urlsplit(path).query, keep_blank_values=True))
    assert good(ANTHROPIC.models.read_request(Inbound(fields))).request == ModelQuery(cursor)


model_infos = st.builds(
    ModelInfo,
    id=some.names,
    provider=st.just("anthropic"),
    context_length=st.none() | st.integers(1, 10**7),
    max_output=st.none() | st.integers(1, 10**7),
    capabilities=st.lists(some.names, max_size=2, unique=True).map(tuple),
)


@given(st.lists(model_infos, max_size=3), st.none() | some.names)
def test_a_page_of_models_survives_the_wire(models: list[ModelInfo], following: str | None) -> None:
    assert ANTHROPIC.models is not None
    page = ModelPage(tuple(models), following)
    assert (
        good(ANTHROPIC.models.read_response(ANTHROPIC.models.write_response(page, InboundCall(ModelQuery())), TARGET))
        == page
    )


def test_counting_asks_without_sampling_and_reads_the_number() -> None:
    assert ANTHROPIC.count is not None
    request = ChatRequest(MODEL, (system("s"), user("x")), temperature=0.5, max_tokens=9, tools=(WEATHER,))
    sent = good(ANTHROPIC.count.write_request(request, TARGET))
    assert sent.path == "/v1/messages/count_tokens"
    assert sent.body is not None
    assert sent.body.keys() == {"model", "system", "messages", "tools"}
    assert good(ANTHROPIC.count.read_response({"input_tokens": 14}, TARGET)) == 14
    assert ANTHROPIC.count.write_response(14, InboundCall(request)) == {"input_tokens": 14}
    assert good(ANTHROPIC.count.read_request(Inbound(sent.body))).request == attrs.evolve(
        request, temperature=None, max_tokens=None
    )
    assert isinstance(ANTHROPIC.count.read_response({"input_tokens": -1}, TARGET).failure(), InvalidResponse)


def test_a_server_listens_where_the_vendors_client_calls() -> None:
    assert {(route.method, route.pattern, route.operation) for route in ANTHROPIC.routes} == {
        ("POST", "/v1/messages", "chat"),
        ("POST", "/v1/messages/count_tokens", "count"),
        ("GET", "/v1/models", "models"),
        ("GET", "/v1/models/{model}", "model"),
    }
