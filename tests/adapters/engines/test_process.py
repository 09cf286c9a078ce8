"""Engines as real processes, whose child is a fake: greeted, asked, killed, ended with their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from returns.methods import unwrap_or_failure

from pointsman import ChatRequest, ChatResponse, Done, EmbeddingResponse, Failed, TextDelta, Tool, ask, settle, user
from pointsman.adapters.engines.records import EngineRecord, EngineRecords
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.event import StreamEvent
from pointsman.core.chat.part import Audio, Bytes
from pointsman.core.chat.response import Finish
from pointsman.core.chat.transcription import Segment, TranscriptionRequest
from pointsman.core.error import Fault, ModelUnavailable, UnsupportedFeature
from pointsman.core.settings import EngineSettings
from pointsman.services.engines.local_client import LocalClient
from tests.adapters.engines.engines import TINY, fake_engines, is_there, until_gone
from tests.adapters.media.test_sound_and_documents import tone
from tests.patience import GUARD, until

CALCULATOR = Tool("calculator", "Calculates.", {"type": "object", "properties": {"expression": {"type": "string"}}})


async def answer(client: LocalClient, request: ChatRequest) -> ChatResponse | Fault:
    return unwrap_or_failure(await settle(client.chat(request)))


async def events_of(client: LocalClient, request: ChatRequest) -> list[StreamEvent]:
    async with client.stream(request) as events:
        return [event async for event in events]


def pid_of(client: LocalClient) -> int:
    pid = client.keeper.report()[0].pid
    assert pid is not None
    return pid


async def test_a_model_answers_whole_streamed_and_many_at_once_from_one_process() -> None:
    async with fake_engines() as client:
        whole = await answer(client, ask("tiny", "Hello there"))
        assert isinstance(whole, ChatResponse), whole
        assert (whole.text, whole.model, whole.provider) == ("Hello there", "tiny", "local")
        end = (await events_of(client, ask("tiny", "a b c")))[-1]
        assert isinstance(end, Done), end
        assert end.response.text.split() == ["a", "b", "c"]
        pid = pid_of(client)
        async with anyio.create_task_group() as group:
            for number in range(8):
                group.start_soon(answer, client, ask("tiny", str(number)))
        assert [report.pid for report in client.keeper.report()] == [pid]
    assert not is_there(pid)


async def test_vectors_have_an_engine_of_their_own() -> None:
    async with fake_engines() as client:
        await answer(client, ask("tiny", "Hi"))
        found = unwrap_or_failure(await settle(client.embed(EmbeddingRequest("tiny", ("a", "b")))))
        assert isinstance(found, EmbeddingResponse), found
        assert len(found.embeddings) == 2
        assert len(client.keeper.report()) == 2


async def test_a_model_of_vectors_is_asked_for_no_chat() -> None:
    async with fake_engines() as client:
        error = await answer(client, ask("vectors", "Hi"))
        assert isinstance(error, UnsupportedFeature), error
        assert client.keeper.report() == ()


async def test_a_recording_is_heard_by_a_model_that_hears_and_by_no_other() -> None:
    sound = Audio(Bytes(tone(), "audio/wav"))
    async with fake_engines() as client:
        heard = (await settle(client.transcribe(TranscriptionRequest("ear", sound, segments=True)))).unwrap()
        assert (heard.text, heard.segments, heard.duration) == ("All aboard.", (Segment(0.0, 0.5, "All aboard."),), 0.5)
        assert heard.model == "ear"
        deaf = (await settle(client.transcribe(TranscriptionRequest("tiny", sound)))).failure()
        assert isinstance(deaf, UnsupportedFeature)
        assert "it hears nothing; a Whisper model" in str(deaf)
        refused = await answer(client, ask("ear", "Why?"))
        assert isinstance(refused, UnsupportedFeature), refused
        assert "it writes down recordings, and answers nothing" in str(refused)
        assert [report.model.name for report in client.keeper.report()] == ["ear"]


async def test_an_engine_killed_in_the_middle_of_a_stream_leaves_the_partial_answer_and_the_next_call_works() -> None:
    async with fake_engines() as client:
        events = await events_of(client, ask("tiny", "one two die three"))
        end = events[-1]
        assert isinstance(end, Failed), end
        assert isinstance(end.error, ModelUnavailable)
        assert "died in the middle of the answer: its process was ended by SIGKILL" in end.error.detail
        assert end.partial.text.split() == ["one", "two"]
        assert any(isinstance(event, TextDelta) for event in events)
        again = await answer(client, ask("tiny", "Hello"))
        assert isinstance(again, ChatResponse), again


async def test_an_engine_killed_while_it_is_idle_is_started_anew_without_a_word() -> None:
    async with fake_engines() as client:
        await answer(client, ask("tiny", "Hello"))
        first = pid_of(client)
        os.kill(first, signal.SIGKILL)
        again = await answer(client, ask("tiny", "Hello"))
        assert isinstance(again, ChatResponse), again
        assert pid_of(client) != first


async def test_one_that_dies_before_every_answer_is_asked_twice_and_then_told() -> None:
    async with fake_engines() as client:
        end = (await events_of(client, ask("tiny", "die")))[-1]
    assert isinstance(end, Failed), end
    assert "its engine died" in end.error.detail


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("broken", "its engine does not start: the model is broken"),
        ("silent", "its process ended with 5 (the tensors are made of cheese)"),
    ],
)
async def test_a_model_that_does_not_load_is_told_in_a_sentence_and_leaves_no_process(name: str, said: str) -> None:
    async with fake_engines() as client:
        error = await answer(client, ask(name, "Hi"))
        assert isinstance(error, ModelUnavailable), error
        assert said in error.detail
        assert error.where == f"local/{name}"
        assert client.keeper.report() == ()


async def test_idleness_ends_the_process_and_the_next_call_starts_another() -> None:
    async with fake_engines(EngineSettings(idle=0.05)) as client:
        await answer(client, ask("tiny", "Hello"))
        await until(lambda: client.keeper.report() == ())
        assert isinstance(await answer(client, ask("tiny", "Hello")), ChatResponse)


async def test_unloading_in_the_middle_of_a_stream_ends_it_typed() -> None:
    async with fake_engines() as client:
        async with client.stream(ask("tiny", "long")) as events:
            seen: list[StreamEvent] = []
            async for event in events:
                seen.append(event)
                if len(seen) == 5:
                    assert await client.keeper.unload(TINY)
        assert isinstance(seen[-1], Failed)
        assert "in the middle of the answer: it was unloaded" in str(seen[-1].error)
        assert client.keeper.report() == ()


async def test_who_leaves_a_stream_lets_go_of_the_engine() -> None:
    async with fake_engines() as client:
        async with client.stream(ask("tiny", "long")) as events:
            async for _ in events:
                assert client.keeper.report()[0].users == 1
                break
        assert client.keeper.report()[0].users == 0


async def test_tools_go_by_a_schema_where_the_chats_have_no_place_for_them() -> None:
    request = ChatRequest("tiny", (user("2+2"),), tools=(CALCULATOR,), tool_choice="required")
    async with fake_engines() as client:
        response = await answer(client, request)
        assert isinstance(response, ChatResponse), response
        assert [(call.name, call.arguments) for call in response.tool_calls] == [("calculator", '{"expression":"2+2"}')]
        assert response.finish_reason == Finish.TOOL_CALLS
        assert [warning.subject for warning in response.warnings] == ["tools"]
        end = (await events_of(client, request))[-1]
        assert isinstance(end, Done), end
        assert end.response.tool_calls == response.tool_calls


async def test_a_very_small_model_is_marked_as_such() -> None:
    async with fake_engines() as client:
        response = await answer(client, ask("small", "Hi"))
        assert isinstance(response, ChatResponse), response
        assert "very small model (135M" in response.warnings[-1].text


PARENT = """
import anyio, sys
from pathlib import Path
from pointsman import ask, settle
from tests.adapters.engines.engines import fake_engines

async def main():
    async with fake_engines(records=Path(sys.argv[2])) as client:
        await settle(client.chat(ask("tiny", "Hello")))
        print(client.keeper.report()[0].pid, flush=True)
        await anyio.sleep_forever()

anyio.run(main, backend=sys.argv[1])
"""


async def test_killing_the_parent_leaves_no_process_and_no_record(anyio_backend: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, anyio_backend, str(tmp_path)]
    with subprocess.Popen(  # noqa: ASYNC220  # it is to be killed by us, not by an event loop
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert [record.pid for record in EngineRecords(tmp_path).running(is_there)] == [pid]
        parent.kill()
    with anyio.fail_after(GUARD):
        await until_gone(pid)
    assert os.listdir(tmp_path) == []


async def test_an_engine_is_on_record_while_it_runs_and_can_be_ended_by_others(tmp_path: Path) -> None:
    records = EngineRecords(tmp_path)
    async with fake_engines(records=tmp_path) as client:
        await answer(client, ask("tiny", "Hello"))
        (record,) = records.running()
        assert (record.pid, record.parent, record.model) == (pid_of(client), os.getpid(), "tiny")
        assert records.end(record)
        await until(lambda: client.keeper.report() == ())
        assert records.running() == ()
        assert isinstance(await answer(client, ask("tiny", "Hello")), ChatResponse)
    assert records.running() == ()


def test_a_record_of_a_process_that_is_gone_is_cleared_away(tmp_path: Path) -> None:
    records = EngineRecords(tmp_path)
    records.write(EngineRecord(pid=2**22 + 1, parent=1, model="tiny", path="/nowhere"))
    records.path_of(1).write_text("half a rec")
    assert records.running() == ()
    assert not list(tmp_path.iterdir())
