"""The items of the input: typed ones as parts, all others as they are and in their order; instructions; media."""

from __future__ import annotations

from typing import Any

import pytest

from pointsman.adapters.dialects.dialect import WireRequest
from pointsman.core.chat.message import Message, assistant, system, user
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    CacheControl,
    Citation,
    File,
    FileId,
    Image,
    Opaque,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.error import InvalidRequest, UnsupportedFeature
from tests.adapters.dialects.openai_responses.wire import SAID, ask, read, read_any, warnings, write, write_any

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
WAV = b"RIFF\0\0\0\0WAVEfmt "
PDF = b"%PDF-1.4\n"

HOSTED: list[dict[str, Any]] = [
    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
    {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": ["q"]},
    {"type": "code_interpreter_call", "id": "ci_1", "code": "1", "container_id": "c", "status": "completed"},
    {"type": "computer_call", "id": "cu_1", "call_id": "c1", "action": {"type": "screenshot"}, "status": "completed"},
    {"type": "computer_call_output", "call_id": "c1", "output": {"type": "computer_screenshot", "file_id": "f"}},
    {"type": "local_shell_call", "id": "ls_1", "call_id": "c2", "action": {"type": "exec", "command": ["ls"]}},
    {"type": "local_shell_call_output", "id": "ls_1", "output": "{}"},
    {"type": "shell_call", "call_id": "c3", "action": {"commands": ["ls"]}},
    {"type": "shell_call_output", "call_id": "c3", "output": []},
    {"type": "apply_patch_call", "call_id": "c4", "operation": {"type": "delete_file", "path": "a"}},
    {"type": "apply_patch_call_output", "call_id": "c4", "status": "completed"},
    {"type": "mcp_list_tools", "id": "m", "server_label": "yard", "tools": []},
    {"type": "mcp_approval_request", "id": "m1", "server_label": "yard", "name": "n", "arguments": "{}"},
    {"type": "mcp_approval_response", "approval_request_id": "m1", "approve": True},
    {"type": "mcp_call", "id": "m2", "server_label": "yard", "name": "n", "arguments": "{}"},
    {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "AAAA"},
    {"type": "compaction", "id": "cmp_1", "encrypted_content": "opaque"},
    {"type": "item_reference", "id": "msg_7"},
    {"type": "brand_new", "field": 1},
]


def test_items_of_kinds_that_we_do_not_have_go_on_in_their_place() -> None:
    items = [SAID, *(item for hosted in HOSTED for item in (hosted, SAID))]
    call = read(input=items)
    assert call.untranslated == ()
    assert [part for message in call.request.messages for part in message.parts if isinstance(part, ProviderPart)] == [
        ProviderPart("openai-responses", hosted) for hosted in HOSTED
    ]
    assert write(call.request)["input"] == items


def test_a_conversation_with_tools_and_reasoning_is_read_and_written_as_it_is() -> None:
    reasoning = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "opaque"}
    items: list[dict[str, Any]] = [
        SAID,
        reasoning,
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look."}]},
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "patch", "input": "*** Begin"},
        {"type": "function_call_output", "call_id": "c1", "output": "green"},
        {
            "type": "custom_tool_call_output",
            "call_id": "c2",
            "output": [{"type": "input_text", "text": "Done"}, {"type": "input_image", "image_url": "https://a.b/c"}],
        },
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Green."}]},
        {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No more."}]},
    ]
    call = read(input=items)
    said, thought, results, green, refusal = call.request.messages
    assert said == user("hi")
    assert [type(part) for part in thought.parts] == [Reasoning, Text, ToolCall, ToolCall]
    assert thought.parts[3] == ToolCall("c2", "patch", "*** Begin", freeform=True)
    assert results.parts == (
        ToolResult("c1", "look", (Text("green"),)),
        ToolResult("c2", "patch", (Text("Done"), Image(Url("https://a.b/c")))),
    )
    assert (green, refusal) == (assistant("Green."), assistant(Refusal("No more.")))
    assert write(call.request)["input"] == items


def test_the_phase_of_a_message_is_wanted_back() -> None:
    items = [
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": text}],
            "phase": phase,
        }
        for text, phase in (("I look.", "commentary"), ("Green.", "final_answer"))
    ]
    call = read(input=items)
    assert call.untranslated == ()
    assert write(call.request)["input"] == items
    joined = Message("assistant", tuple(part for message in call.request.messages for part in message.parts))
    assert write(ask(joined))["input"][1:] == items


def test_reasoning_that_the_server_knows_by_its_id_goes_back() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]}
    call = read(input=[SAID, item])
    assert write(call.request)["input"] == [SAID, item]


def test_reasoning_of_another_vendor_is_left_out_with_a_warning_or_replayed_where_that_is_wanted() -> None:
    request = ask(assistant(Reasoning("Hm.", Opaque("anthropic", "signature", "s")), "Yes."))
    assert warnings(request) == {"reasoning"}
    assert [item["type"] for item in write(request)["input"]] == ["message", "message"]
    replayed = write(request, replay_reasoning=True)["input"][1]
    assert replayed == {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]}


def test_instructions_are_the_first_system_message_in_both_directions() -> None:
    call = read(instructions="Be brief.", input=[{"role": "developer", "content": "No jargon."}, SAID])
    assert call.request.messages == (system("Be brief."), system("No jargon."), user("hi"))
    body = write(call.request)
    assert body["instructions"] == "Be brief."
    assert [item["role"] for item in body["input"]] == ["system", "user"]
    assert "instructions" not in write(call.request, instructions="input")


def test_a_system_message_of_several_texts_stands_in_the_input() -> None:
    request = ask()
    several = Message("system", (Text("a"), Text("b")))
    body = write(type(request)("m", (several, *request.messages)))
    assert "instructions" not in body
    assert body["input"][0]["content"] == [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]


@pytest.mark.parametrize(
    "part",
    [
        Image(Bytes(PNG, "image/png"), "low"),
        Image(Url("https://a.b/c.png")),
        Image(FileId("file-1")),
        Audio(Bytes(WAV, "audio/wav")),
        File(Bytes(PDF, "application/pdf"), "a.pdf"),
        File(Url("https://a.b/c.pdf"), "c.pdf"),
        File(FileId("file-1")),
    ],
)
def test_media_are_read_as_they_were_written(part: Any) -> None:
    request = ask(user(part))
    assert warnings(request) == set()
    assert read(**write(request)).request.messages == request.messages


def test_the_bytes_of_a_picture_are_believed_and_not_its_label() -> None:
    (block,) = write(ask(user(Image(Bytes(PNG, "image/jpg")))))["input"][1]["content"]
    assert block["image_url"].startswith("data:image/png;base64,")
    (block,) = write(ask(user(Image(Bytes(b"??", "image/jpg")))))["input"][1]["content"]
    assert block["image_url"].startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize(
    ("block", "path"),
    [
        ({"type": "input_image", "image_url": "data:image/png;base64,@@@"}, "image_url"),
        ({"type": "input_image"}, "image_url"),
        ({"type": "input_file", "file_data": "@@@"}, "file_data"),
        ({"type": "input_audio", "input_audio": {"data": "@@@", "format": "wav"}}, "input_audio.data"),
    ],
)
def test_damaged_media_are_told_with_their_path(block: dict[str, Any], path: str) -> None:
    failure = read_any(input=[{"role": "user", "content": [block]}])
    assert isinstance(failure, InvalidRequest)
    assert f"input[0].content[0].{path}" in failure.detail


def test_a_file_that_is_base64_alone_is_taken() -> None:
    call = read(input=[{"role": "user", "content": [{"type": "input_file", "file_data": "JVBERi0xLjQK"}]}])
    assert call.request.messages == (user(File(Bytes(PDF, "application/pdf"))),)


def test_sound_is_refused_where_a_provider_takes_none_of_its_form() -> None:
    request = ask(user(Audio(Bytes(WAV, "audio/wav"))))
    assert isinstance(write_any(request, audio_formats=frozenset()), UnsupportedFeature)
    assert isinstance(write_any(request, audio_formats=frozenset({"wav"})), WireRequest)
    assert isinstance(write_any(ask(user(Audio(Url("https://a.b/c.wav"))))), UnsupportedFeature)


def test_a_failed_result_says_so_before_its_text_and_a_picture_stays_in_its_place() -> None:
    content = (Text("one"), Image(Url("https://a.b/c")), Text("two"), File(FileId("f")))
    call = assistant(ToolCall("c", "look", "{}"))
    request = ask(call, Message("tool", (ToolResult("c", "look", content, True),)))
    output = write(request)["input"][-1]["output"]
    assert [block["type"] for block in output] == ["input_text", "input_image", "input_text", "input_file"]
    assert output[0]["text"] == "Error: one"
    assert read(**write(request)).request.messages == request.messages


def test_blocks_of_unknown_kinds_go_on_and_foreign_ones_are_refused_by_name() -> None:
    block = {"type": "input_video", "video_url": "https://a.b/c.mp4"}
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}, block]}
    assert write(read(input=[item]).request)["input"] == [item]
    strange = {
        "type": "message",
        "role": "user",
        "content": [{"type": "hologram"}, {"type": "input_text", "text": "hi"}],
    }
    assert write(read(input=[strange]).request)["input"] == [strange]
    failure = write_any(ask(assistant(ProviderPart("anthropic", {"type": "server_tool_use", "id": "s"}))))
    assert isinstance(failure, UnsupportedFeature)
    assert "server_tool_use" in failure.detail


def test_citations_are_annotations() -> None:
    cited = Text("Green.", citations=(Citation("https://a.b", "A", start=0, end=5),))
    request = ask(assistant(cited))
    assert warnings(request) == set()
    assert read(**write(request)).request.messages == request.messages
    assert warnings(ask(assistant(Text("Green.", citations=(Citation(title="A book"),))))) == {"citations"}


def test_marks_and_names_that_the_api_lacks_are_warned_of_once() -> None:
    mark = CacheControl()
    marked: list[Part] = [
        Text("a", cache_control=mark),
        Image(FileId("f"), cache_control=mark),
        File(FileId("f"), cache_control=mark),
    ]
    assert warnings(ask(user(*marked))) == {"cache_control"}
    assert warnings(ask(Message("user", (Text("a"),), "ann"))) == {"name"}


def test_a_mark_of_what_to_cache_is_read() -> None:
    block = {"type": "input_text", "text": "hi", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}}
    call = read(input=[{"role": "user", "content": [block]}])
    assert call.request.messages == (user(Text("hi", cache_control=CacheControl("1h"))),)
    assert call.untranslated == ()


def test_what_an_earlier_answer_showed_or_said_is_carried_with_a_warning() -> None:
    shown = ask(assistant("See:", Image(Bytes(PNG, "image/png"))))
    assert warnings(shown) == {"media"}
    assert [item["role"] for item in write(shown)["input"]] == ["user", "assistant", "user"]
    spoken = ask(assistant(Audio(Bytes(WAV, "audio/wav"), "Hello.")))
    assert warnings(spoken) == {"audio"}
    assert write(spoken)["input"][1]["content"] == [{"type": "output_text", "text": "Hello."}]
