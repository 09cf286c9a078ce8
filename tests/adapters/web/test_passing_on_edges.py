"""Between equals, where things go wrong or are spelled oddly: missing ends, errors, numbers, names, headers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adapters.web.recording_upstream import Reply, recording
from tests.adapters.web.test_passing_on import ANSWERS, BODIES, HEADERS, PATHS, Lab, sse, stream_of
from tests.served import KEY, SETTINGS, running

SSE = {"content-type": "text/event-stream"}
HEAD: dict[str, Any] = {"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m"}
FAILURE = b'data: {"error": {"message": "the lamp is out", "code": 500}}\n\n'


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {**HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


USAGE = sse({**HEAD, "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}})
SAID = sse(chunk({"role": "assistant", "content": "Le"}), chunk({"content": "ft"}))
LAST = sse(chunk({}, "stop"))
DONE = b"data: [DONE]\n\n"
WHOLE = [json.dumps(ANSWERS["openai"]).encode()]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home: Path = tmp_path_factory.mktemp("edges") / "home"
    with recording() as upstream:
        settings = SETTINGS.replace("ADDRESS", upstream.address)
        beta = '\n[providers.anthropic.headers]\nanthropic-beta = "prompt-caching-2024-07-31"\n'
        with running(home, settings + beta) as gateway:
            headers = {"content-type": "application/json"}
            with httpx.Client(base_url=gateway.address, timeout=30, trust_env=False, headers=headers) as client:
                yield Lab(upstream, gateway, client)


def ask_stream(lab: Lab, *pieces: bytes, **more: Any) -> httpx.Response:
    lab.upstream.reply = Reply(headers=SSE, pieces=list(pieces))
    return lab.ask("openai", {**BODIES["openai"], "model": "openai/m", "stream": True, **more})


def data_of(raw: bytes) -> list[Any]:
    """What a client reads of a stream: the JSON of each event, as the standard tells events apart."""
    texts = [b"\n".join(line[6:] for line in event.splitlines() if line[:6] == b"data: ") for event in events_of(raw)]
    return [json.loads(text) for text in texts if text and text != b"[DONE]"]


def events_of(raw: bytes) -> list[bytes]:
    return raw.replace(b"\r\n", b"\n").split(b"\n\n")[:-1]


def text_of(raw: bytes) -> str:
    chunks = [event for event in data_of(raw) if event.get("choices")]
    return "".join(event["choices"][0]["delta"].get("content") or "" for event in chunks)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("together", [True, False])
def test_the_usage_is_hidden_from_who_did_not_ask_whatever_ends_the_lines(lab: Lab, end: bytes, together: bool) -> None:
    pieces = [piece.replace(b"\n", end) for piece in (SAID, LAST, USAGE, DONE)]
    answer = ask_stream(lab, *([b"".join(pieces)] if together else pieces))
    assert answer.content == pieces[0] + pieces[1] + pieces[3]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_what_came_in_one_read_with_an_error_is_not_lost(lab: Lab, end: bytes) -> None:
    answer = ask_stream(lab, (SAID + FAILURE).replace(b"\n", end))
    assert text_of(answer.content) == "Left"
    assert "the lamp is out" in data_of(answer.content)[-1]["error"]["message"]


@pytest.mark.parametrize("missing", [1, 2])
def test_a_last_frame_without_its_blank_line_comes_once_and_alone(lab: Lab, missing: int) -> None:
    answer = ask_stream(lab, (SAID + LAST)[:-missing])
    assert text_of(answer.content) == "Left"
    assert data_of(answer.content)[-1]["choices"][0]["finish_reason"] == "stop"
    assert answer.content.endswith(DONE)


@pytest.mark.parametrize("missing", [1, 2, 9])
def test_the_error_of_a_stream_that_is_cut_off_is_a_frame_of_its_own(lab: Lab, missing: int) -> None:
    answer = ask_stream(lab, SAID[:-missing])
    assert "error" in data_of(answer.content)[-1]
    assert text_of(answer.content) == ("Le" if missing == 9 else "Left")


def test_a_stream_that_needs_no_last_line_end_is_byte_for_byte_the_same(lab: Lab) -> None:
    raw = SAID + LAST + USAGE + b"data: [DONE]"
    assert ask_stream(lab, raw, stream_options={"include_usage": True}).content == raw
    lines = stream_of("ollama", ["Left"], 1).rstrip()
    lab.upstream.reply = Reply(headers={"content-type": "application/x-ndjson"}, pieces=[lines])
    assert lab.ask("ollama", {**BODIES["ollama"], "model": "ollama/m", "stream": True}).content == lines


def test_what_comes_behind_the_end_of_a_stream_comes_too(lab: Lab) -> None:
    raw = stream_of("openai-responses", ["Left"], 1) + DONE
    lab.upstream.reply = Reply(headers=SSE, pieces=[raw])
    body = {**BODIES["openai-responses"], "model": "openai-responses/m", "stream": True}
    assert lab.ask("openai-responses", body).content == raw


def test_comments_before_the_answer_do_not_hide_who_answers(lab: Lab) -> None:
    comments = b": PROCESSING\n\n" * 20_000  # more than one read takes
    answer = ask_stream(lab, comments, SAID + LAST + DONE)
    assert answer.headers["x-pointsman-model"] == "openai/m"
    assert answer.content == comments + SAID + LAST + DONE


def test_a_stream_that_is_answered_whole_keeps_the_vendors_headers(lab: Lab) -> None:
    lab.upstream.reply = Reply(headers={"x-request-id": "req_vendor"}, pieces=WHOLE)
    answer = lab.ask("openai", {**BODIES["openai"], "model": "openai/m", "stream": True})
    assert text_of(answer.content) == "Left."
    assert answer.headers["x-request-id"] == "req_vendor"


def post(lab: Lab, body: str, kind: str = "openai") -> httpx.Response:
    lab.upstream.asked.clear()
    return lab.client.post(PATHS[kind], content=body)


ASK = '"messages": [{"role": "user", "content": "Which way?"}]'


@pytest.mark.parametrize("stream", ["false", "true"])
def test_numbers_and_spaces_reach_the_vendor_as_they_were_written(lab: Lab, stream: str) -> None:
    said = ASK + ', "x": 123456789012345678901234567890, "y": 1.00, "z": 1e2, "stream": ' + stream
    lab.upstream.reply = Reply(pieces=WHOLE)
    assert post(lab, '{"model": "openai/m", ' + said + " }\n").status_code == 200
    sent = lab.upstream.asked[-1].data.decode()
    assert sent.startswith('{"model": "m", ' + said)
    assert json.loads(sent).get("stream_options") == ({"include_usage": True} if stream == "true" else None)


@pytest.mark.parametrize(
    "names",
    [
        r'"mod\u0065l": "openai/m", "metadata": {"model": "lamp"}',
        r'"metadata": {"model": "lamp"}, "mod\u0065l": "openai/m"',
        r'"model": "dear", "mod\u0065l": "m", "metadata": {"model": "lamp"}',
        '"model": "dear", "model": "openai/m", "metadata": {"model": "lamp"}',
        '"model": "dear", "model": "m", "metadata": {"model": "lamp"}',
    ],
)
def test_the_vendor_reads_the_model_that_was_looked_at_and_no_other(lab: Lab, names: str) -> None:
    lab.upstream.reply = Reply(pieces=WHOLE)
    assert post(lab, "{" + names + ", " + ASK + "}").status_code == 200
    pairs = json.loads(lab.upstream.asked[-1].data, object_pairs_hook=lambda pairs: pairs)
    assert [value for name, value in pairs if name == "model"] == ["m"]
    assert dict(pairs)["metadata"] == [("model", "lamp")]


@pytest.mark.parametrize("depth", [100, 240, 260, 1000])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_body_is_passed_on_or_refused_however_deeply_it_nests(lab: Lab, provider: str, depth: int) -> None:
    lab.upstream.reply = Reply(pieces=[json.dumps(ANSWERS[provider]).encode()])
    deep = '{"a": ' * depth + "1" + "}" * depth
    tool = '{"type": "function", "function": {"name": "look", "parameters": ' + deep + "}}"
    answer = post(lab, f'{{"model": "{provider}/m", {ASK}, "tools": [{tool}], "x_new": {deep}, "stream": false}}')
    assert answer.status_code == (200 if depth < 250 else 400), answer.text
    assert depth < 250 or "nested too deeply" in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"<html>bad gateway</html>", b"", b"upstream connect error"])
def test_an_error_that_is_not_the_vendors_is_told_in_the_dialects_words(lab: Lab, body: bytes) -> None:
    lab.upstream.reply = Reply(502, {"content-type": "text/html"}, [body])
    answer = lab.ask("openai", {**BODIES["openai"], "model": "openai/other"})
    assert answer.status_code >= 500
    assert answer.json()["error"]["message"]


def test_a_redirect_of_the_provider_is_an_error_to_the_client(lab: Lab) -> None:
    lab.upstream.reply = Reply(302, {"location": "http://127.0.0.1:9/"}, [b"{}"])
    answer = lab.ask("openai", {**BODIES["openai"], "model": "openai/moved"})
    assert answer.status_code >= 400
    assert answer.json()["error"]["message"]


def test_no_header_of_a_provider_orders_the_client_or_a_proxy_about(lab: Lab) -> None:
    orders = {"x-accel-redirect": "/private", "clear-site-data": '"*"', "refresh": "0; url=//elsewhere"}
    lab.upstream.reply = Reply(headers={**orders, "connection": "x-hop", "x-hop": "1", "x-new": "1"}, pieces=WHOLE)
    answer = lab.ask("openai", {**BODIES["openai"], "model": "openai/m"})
    assert answer.headers["x-new"] == "1"
    assert not {*orders, "x-hop"} & {*answer.headers}


def test_a_date_of_zero_in_a_vendors_answer_stays(lab: Lab) -> None:
    raw = json.dumps({**ANSWERS["openai"], "created": 0}, separators=(",", ":")).encode()
    lab.upstream.reply = Reply(pieces=[raw])
    assert lab.ask("openai", {**BODIES["openai"], "model": "openai/m"}).content == raw


def test_a_beta_that_is_configured_is_a_word_and_a_key_is_a_secret(lab: Lab) -> None:
    said = {**ANSWERS["anthropic"], "x_new": f"prompt-caching-2024-07-31 {KEY}"}
    lab.upstream.reply = Reply(pieces=[json.dumps(said).encode()])
    answer = lab.ask("anthropic", {**BODIES["anthropic"], "model": "anthropic/m"})
    assert answer.json()["x_new"] == "prompt-caching-2024-07-31 ***"


@pytest.mark.parametrize("count", [1, 600])
def test_vectors_come_back_as_they_came_however_many(lab: Lab, count: int) -> None:
    vectors = [{"object": "embedding", "index": at, "embedding": [0.1, 0.25], "x_new": 1} for at in range(count)]
    raw = json.dumps(
        {"object": "list", "data": vectors, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
    )
    lab.upstream.reply = Reply(headers={"x-request-id": "req_vendor"}, pieces=[raw.encode()])
    answer = lab.ask("openai", {"model": "openai/m", "input": ["a"] * count, "x_new": 1}, "/v1/embeddings")
    assert (answer.status_code, answer.text) == (200, raw)
    assert answer.headers["x-request-id"] == "req_vendor"
    assert [asked.body["x_new"] for asked in lab.upstream.asked] == [1]


@pytest.mark.parametrize(
    ("kind", "path", "raw"),
    [
        ("anthropic", "/v1/messages/count_tokens", '{"input_tokens": 7, "x_new": 1}'),
        ("gemini", "/v1beta/models/gemini/m:countTokens", '{"totalTokens": 7, "x_new": 1}'),
        ("openai-responses", "/v1/responses/input_tokens", '{"object": "x", "input_tokens": 7, "x_new": 1}'),
    ],
)
def test_a_count_comes_back_as_it_came(lab: Lab, kind: str, path: str, raw: str) -> None:
    lab.upstream.reply = Reply(headers={"x-request-id": "req_vendor"}, pieces=[raw.encode()])
    body = {name: value for name, value in BODIES[kind].items() if name not in ("max_tokens", "generationConfig")}
    answer = lab.ask(kind, {**body, **({} if kind == "gemini" else {"model": f"{kind}/m"})}, path)
    assert (answer.status_code, answer.text) == (200, raw)
    assert answer.headers["x-request-id"] == "req_vendor"


def test_a_chat_that_stands_in_for_a_completion_tells_what_it_leaves_out(lab: Lab) -> None:
    lab.upstream.reply = Reply(pieces=[json.dumps(ANSWERS["anthropic"]).encode()])
    body = {"model": "anthropic/m", "prompt": "Which way?", "top_k": 3, "frequency_penalty": 0.5, "x_new": 1}
    answer = lab.ask("openai", body, "/v1/completions")
    assert answer.status_code == 200, answer.text
    assert {"frequency_penalty", "x_new"} <= {
        warning.partition(":")[0] for warning in json.loads(answer.headers["x-pointsman-warnings"])
    }


HALF = rb"ab\ud83d"
"""What JavaScript writes of a text that was cut in the middle of an emoji."""


@pytest.mark.parametrize("kind", ["openai", "openai-responses", "anthropic", "gemini", "ollama"])
def test_half_an_emoji_passes_between_equals_as_it_was_written(lab: Lab, kind: str) -> None:
    body = json.dumps({**BODIES[kind], **({"model": f"{kind}/m"} if "model" in BODIES[kind] else {})}).encode()
    asked = body.replace(b"Which way?", HALF)
    answer = json.dumps(ANSWERS[kind]).encode().replace(b"Left.", HALF)
    lab.upstream.reply = Reply(headers={"content-type": "application/json"}, pieces=[answer])
    lab.upstream.asked.clear()
    told = lab.client.post(PATHS[kind], content=asked, headers=HEADERS.get(kind, {}))
    assert (told.status_code, told.content) == (200, answer)
    assert HALF in lab.upstream.asked[-1].data


def test_half_an_emoji_breaks_no_stream_and_the_other_half_may_follow(lab: Lab) -> None:
    frames = SAID.replace(b'"Le"', b'"Le' + HALF + b'"').replace(b'"ft"', rb'"\ude00ft"') + LAST
    answered = ask_stream(lab, frames, DONE)
    assert answered.content == frames + DONE
    lab.upstream.reply = Reply(headers=SSE, pieces=[frames, USAGE, DONE])
    crossed = lab.client.post(
        PATHS["anthropic"],
        content=json.dumps({**BODIES["anthropic"], "model": "openai/m", "stream": True}),
        headers=HEADERS["anthropic"],
    )
    assert "Leab\ufffd" in crossed.text
    assert "message_stop" in crossed.text
