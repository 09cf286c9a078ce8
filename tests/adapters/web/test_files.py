"""Files in a chat of the API: read within the limits of a body, shown to the model, heard by who the key may ask."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from pointsman.core.json import Json
from tests.adapters.extract.samples import pdf
from tests.adapters.media.test_sound_and_documents import tone
from tests.adapters.web.test_api import data, error
from tests.served import Running, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("files") / "home") as found:
        yield found


@pytest.fixture
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


def file(name: str, content: bytes) -> Json:
    """A file as the API takes it."""
    return {"name": name, "data": base64.b64encode(content).decode()}


def shown(server: Running) -> list[dict[str, Any]]:
    """What the model was last shown."""
    body: Any = json.loads(server.upstream.requests()[-1].body)
    parts: list[dict[str, Any]] = body["messages"][-1]["content"]
    return parts


def test_the_model_is_shown_what_stands_in_the_files(server: Running, admin: httpx.Client) -> None:
    asked = {
        "model": "openai/sim",
        "text": "What do they say?",
        "files": [file("C:\\report.pdf", pdf(["Points.", ""])), file("a.csv", b"a,b\n1,2"), file("talk.wav", tone())],
    }
    assert data(admin.post("/api/v1/chat", json=asked))["response"]["provider"] == "openai"
    report, table, talk, question = (part["text"] for part in shown(server))
    frame = '<document name="report.pdf" pages="2">\n(Note: page 2 holds no text.)\n[page 1]\nPoints.\n</document>\n'
    assert report == frame
    assert "a | b\n1 | 2" in table
    assert "[0:00.0–0:00." in talk
    assert question == "What do they say?"


def test_a_file_alone_is_something_to_ask_and_streams(server: Running, admin: httpx.Client) -> None:
    asked = {"model": "openai/sim", "files": [file("scan.pdf", pdf([""]))], "stream": True}
    with admin.stream("POST", "/api/v1/chat", json=asked) as answer:
        assert "event: Done" in answer.read().decode()
    assert [part["type"] for part in shown(server)] == ["text", "image_url"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"files": [{"name": "a", "data": "?"}]}, "files[0].data: it is not base64"),
        ({"files": [file("a.pdf", pdf(["x"], encrypt=True))]}, "files[0]: a.pdf: it opens with a password"),
        ({"files": [file("a.txt", b"x"), file("../../b.txt", b"")]}, "files[1]: b.txt: it is empty"),
        ({"files": [file("a.txt", b"x")] * 21}, "files: there are 21, and 20 are read at most"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(
    server: Running, admin: httpx.Client, fields: Mapping[str, Json], problem: str
) -> None:
    before = len(server.upstream.requests())
    refused = error(admin.post("/api/v1/chat", json={"model": "openai/sim", "text": "Hi", **fields}), 400)
    assert (refused["tag"], len(refused["problems"])) == ("InvalidRequest", 1)
    assert refused["problems"][0].startswith(problem)
    assert len(server.upstream.requests()) == before


def test_a_key_has_nothing_heard_by_a_model_that_it_does_not_open(server: Running, admin: httpx.Client) -> None:
    made = data(admin.post("/api/v1/keys", json={"name": "k", "models": ["openai/sim"], "scopes": ["chat"]}))
    with httpx.Client(base_url=server.address, headers={"authorization": f"Bearer {made['key']}"}) as client:
        asked = {"model": "openai/sim", "text": "Hi", "files": [file("talk.wav", tone())]}
        before = len(server.upstream.requests())
        for more, status in (({}, 403), ({"transcriber": "openai/ear"}, 403), ({"model": "openai/other"}, 403)):
            error(client.post("/api/v1/chat", json={**asked, **more}), status)
        assert len(server.upstream.requests()) == before
        data(client.post("/api/v1/chat", json={**asked, "transcriber": "openai/sim"}))
    tags = [record["tags"] for record in data(admin.get("/api/v1/usage/records?limit=2"))["records"]]
    assert all("key:k" in tag for tag in tags)


LONG = {
    "model": "openai/gpt-4o-mini",
    "text": "Sum it up.",
    "files": [file("long.txt", b"Trains and points. " * 40_000)],
}


def chats(server: Running, since: int) -> list[dict[str, Any]]:
    """What models were asked, from the request `since` on."""
    made = [request for request in server.upstream.requests()[since:] if request.path.endswith("/chat/completions")]
    return [json.loads(request.body) for request in made]


def test_a_file_that_passes_the_window_is_refused_with_what_reading_it_by_parts_would_cost(
    server: Running, admin: httpx.Client
) -> None:
    before = len(server.upstream.requests())
    refused = error(admin.post("/api/v1/chat", json=LONG), 413)
    assert (refused["reading"]["parts"], refused["reading"]["requests"]) == (7, 8)
    assert 0 < float(refused["reading"]["expected"]) < float(refused["reading"]["most"]) < 0.1
    assert "long.txt has about 150,135 tokens: it is read in 7 parts, by 8 requests" in refused["message"]
    assert refused["message"].endswith("Say `by_parts` to have it read so, or `parts_budget` to say what it may cost.")
    assert error(admin.post("/api/v1/chat", json={**LONG, "parts_budget": "0.001"}), 402)["tag"] == "BudgetExceeded"
    wrong = error(admin.post("/api/v1/chat", json={**LONG, "parts_budget": "much"}), 400)
    assert wrong["problems"][0].startswith("parts_budget: 'much' ")
    assert not chats(server, before)


def test_a_long_file_is_read_by_parts_with_leave_and_the_answer_has_what_all_of_them_cost(
    server: Running, admin: httpx.Client
) -> None:
    before = len(server.upstream.requests())
    asked = {**LONG, "parts_budget": "0.10", "tools": ["calculator"], "tags": ["book"]}
    response = data(admin.post("/api/v1/chat", json=asked))["response"]
    assert len(chats(server, before)) == 8
    assert response["parts"][0]["text"].startswith("Simulated")
    assert response["warnings"] == [{"field": "tools", "detail": "it plays no part where files are read by parts"}]
    records = data(admin.get("/api/v1/usage/records?limit=8"))["records"]
    assert all("book" in record["tags"] for record in records)
    assert response["usage"]["input"] == sum(record["usage"]["input"] for record in records)
    assert response["cost"]["complete"]
    assert 0 < float(response["cost"]["amount"]) < 0.1


def test_a_stream_tells_how_far_the_reading_is_and_the_conversation_keeps_the_question(
    server: Running, admin: httpx.Client
) -> None:
    made = data(admin.post("/api/v1/conversations", json={"system": "Be brief."}))
    before = len(server.upstream.requests())
    asked = {**LONG, "by_parts": True, "conversation": made["id"], "stream": True}
    with admin.stream("POST", "/api/v1/chat", json=asked) as answer:
        frames = [frame.partition("\ndata: ") for frame in answer.read().decode().split("\n\n") if "data" in frame]
    names = [name.removeprefix("event: ") for name, _, _ in frames]
    steps = [json.loads(step) for name, _, step in frames if "ReadingProgress" in name]
    assert names[-1] == "Done"
    assert [step["read"] for step in steps][-1] == steps[-1]["parts"] == 7
    assert float(steps[-1]["cost"]["amount"]) > 0
    assert all(body["messages"][0]["content"] == "Be brief." for body in chats(server, before))
    kept = data(admin.get(f"/api/v1/conversations/{made['id']}"))["entries"]
    question, reply = ("".join(part["text"] for part in entry["message"]["parts"]) for entry in kept)
    assert question.startswith('<document name="long.txt">\n(It is too long to be shown here')
    assert question.endswith("</document>\nSum it up.")
    assert reply.startswith("Simulated")
    assert kept[1]["status"] == "complete"


def test_a_recording_is_heard_once_also_where_the_answer_streams(server: Running, admin: httpx.Client) -> None:
    before = len(server.upstream.requests())
    asked = {"model": "openai/sim", "text": "Who?", "files": [file("talk.wav", tone())], "stream": True}
    with admin.stream("POST", "/api/v1/chat", json=asked) as answer:
        assert "event: Done" in answer.read().decode()
    heard = [one for one in server.upstream.requests()[before:] if one.path.endswith("/transcriptions")]
    assert len(heard) == 1
