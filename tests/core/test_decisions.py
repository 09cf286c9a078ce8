"""The pure decisions of the core: checks of a request, sums of usage, references, estimates, JSON, secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Success

from pointsman.core.chat.message import tool, user
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.request import ChatRequest, ask, check
from pointsman.core.chat.token_estimate import estimate_request, estimate_text
from pointsman.core.chat.tool import ForcedTool, Tool
from pointsman.core.chat.usage import NOTHING, Usage
from pointsman.core.json import dumps, loads
from pointsman.core.models.model import ModelRef, parse_model_ref
from pointsman.core.security.secret import Secret, redact

HELLO = (user("hello"),)
maybe = st.none() | st.integers(0, 1000)
usages = st.builds(Usage, maybe, maybe, maybe, maybe, maybe)


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (ChatRequest("m", ()), "at least one message"),
        (ChatRequest("m", HELLO, temperature=2.1), "temperature"),
        (ChatRequest("m", HELLO, temperature=float("nan")), "temperature"),
        (ChatRequest("m", HELLO, top_p=-0.1), "top_p"),
        (ChatRequest("m", HELLO, max_tokens=0), "max_tokens"),
        (ChatRequest("m", HELLO, timeout=0.0), "timeout"),
        (ChatRequest("m", HELLO, stop=("",)), "stop"),
        (ChatRequest("m", HELLO, tools=(Tool("a"), Tool("a"))), "given twice"),
        (ChatRequest("m", HELLO, tool_choice=ForcedTool("b"), tools=(Tool("a"),)), "no tool 'b'"),
        (ChatRequest("m", (tool(ToolCall("1", "a", "{}"), "x").__class__("tool", HELLO[0].parts),)), "tool message"),
    ],
)
def test_a_wrong_request_is_refused_with_its_problem(request_: ChatRequest, problem: str) -> None:
    found = check(request_).failure()
    assert problem in found.detail
    assert len(found.problems) == 1


def test_a_right_request_passes() -> None:
    request = ChatRequest("m", HELLO, temperature=2.0, top_p=1.0, max_tokens=1, tools=(Tool("a"),))
    assert check(request) == Success(request)


@given(usages, usages)
def test_sums_keep_what_is_unknown(first: Usage, second: Usage) -> None:
    total = first + second
    assert (total.input is None) == (first.input is None or second.input is None)
    assert first + second == second + first
    assert first + NOTHING == first
    assert (total.total is None) == (total.input is None or total.output is None)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("openai/gpt", ModelRef("openai", "gpt")),
        ("gpt", ModelRef(None, "gpt")),
        ("meta/llama", ModelRef(None, "meta/llama")),
        ("openai/meta/llama", ModelRef("openai", "meta/llama")),
        ("openai/", ModelRef("openai", "")),
    ],
)
def test_references(text: str, ref: ModelRef) -> None:
    assert parse_model_ref(text, {"openai"}) == ref


@given(st.text(max_size=60), st.text(max_size=60))
def test_an_estimate_grows_with_the_text(first: str, second: str) -> None:
    assert estimate_text(first + " " + second) >= max(estimate_text(first), estimate_text(second)) - 1
    assert estimate_request(ChatRequest("m", (user(first),))) > 0


def test_an_estimate_is_near_for_plain_english() -> None:
    text = "The quick brown fox jumps over the lazy dog, and then it sleeps for the rest of the afternoon."
    assert 18 <= estimate_text(text) <= 26  # o200k_base has 21


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)))
def test_json_never_raises(value: object) -> None:
    assert isinstance(dumps(value), bytes)
    assert isinstance(loads(dumps(value)), Success)


@given(st.binary(max_size=40))
def test_reading_junk_is_a_failure_or_a_value(data: bytes) -> None:
    assert loads(data).swap().map(lambda why: "not JSON" in why).value_or(True)


def test_what_orjson_refuses_is_written_all_the_same() -> None:
    assert dumps({"big": 2**70}) == b'{"big":1180591620717411303424}'
    assert dumps("\ud800") == b'"?"'
    deep: object = 1
    for _ in range(5000):
        deep = [deep]
    # how deep the interpreter's own encoder goes differs between versions
    assert dumps(deep) in (b'"nested too deeply"', b"[" * 5000 + b"1" + b"]" * 5000)


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=8))
def test_a_secret_is_never_shown(text: str) -> None:
    secret = Secret(text)
    assert text not in f"{secret!r} {secret} {secret:>5} {[secret]}"
    assert redact(f"key {text}!", (secret,)) == "key ***!"


def test_a_question_names_its_model_or_leaves_it_to_the_settings() -> None:
    assert ask("Hello") == ask("", "Hello") == ChatRequest("", (user("Hello"),))
    assert ask("openai/gpt-4o", "Hello").model == "openai/gpt-4o"
    assert ask(model="m", text="Hello") == ask("m", "Hello")
