"""`conversations` and `memory` on whatever a file, a title or a message may hold: one sentence, no control codes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pointsman import Settings
from pointsman.adapters.cli.context import StoresContext
from pointsman.adapters.cli.conversations import conversations
from pointsman.adapters.cli.exit_codes import BY_TAG, OK, USAGE
from pointsman.adapters.cli.memory import memory
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.parser import build_parser
from pointsman.adapters.cli.terminal import Terminal
from pointsman.adapters.codec import decode, encode
from pointsman.adapters.system.clock import SystemClock
from pointsman.core.chat.message import Message, assistant, tool, user
from pointsman.core.chat.part import Bytes, Image, Opaque, Reasoning, Text, ToolCall
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry, Summary
from pointsman.core.effect import settle
from pointsman.core.money.cost import Cost
from pointsman.layers.stores import by_settings, in_memory
from pointsman.services.ports.stores import Stores
from pointsman.testing.laws.examples import examples

CALL = ToolCall("1", "look", "{}", Opaque("o", "k", "s"))
TALK = Dialogue(
    conversation=Conversation(
        id="talk",
        title="Points",
        created=1e9,
        updated=1e9,
        tags=("rail",),
        system="Be brief.",
        summary=Summary(text="short", upto="e1"),
        forked_from=("other", "e0"),
    ),
    entries=(
        Entry(id="e1", message=user("Which way?", Image(Bytes(b"x", "image/png"))), time=1e9),
        Entry(id="e2", message=Message("assistant", (Reasoning("hm"), Text("so"), CALL)), time=1e9, cost=Cost()),
        Entry(id="e3", message=tool(CALL, "a lever"), time=1e9),
        Entry(id="e4", message=assistant("left"), time=1e9, status="partial", error="Cancelled"),
    ),
)
WRITTEN: Any = json.loads(encode(TALK, Dialogue))
NASTY = "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\x85\x00 \u202e[/red]\\[bold]\ttab\nline"
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from([0, -1, 10**18, 10**30, 1e300, -1e18, NASTY, "Infinity", "NaN", "1e999999", "", "e1", "Text"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "_type", "x"]), inner),
)
paths = st.lists(st.integers(0, 20), max_size=7)


def spoilt(data: Any, path: list[int], value: Any) -> Any:
    """`data` with `value` in the place where `path` leads, as far as it leads anywhere."""
    if not path or not isinstance(data, (dict, list)) or not data:
        return value
    if isinstance(data, list):
        place = path[0] % len(data)
        return [spoilt(one, path[1:], value) if n == place else one for n, one in enumerate(data)]
    chosen = sorted(data)[path[0] % len(data)]
    return {key: spoilt(one, path[1:], value) if key == chosen else one for key, one in data.items()}


async def run(stores: Stores, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of one command, in this process."""
    terminal = Terminal(io.StringIO(), io.StringIO(), io.StringIO())
    options = build_parser((), "0").parse_args(arguments, Options())
    command = memory if options.command == "memory" else conversations
    context = StoresContext(stores=stores, settings=Settings(), options=options, terminal=terminal, clock=SystemClock())
    code = await command.run(context)
    out, err = (stream.getvalue() for stream in (terminal.out, terminal.err) if isinstance(stream, io.StringIO))
    assert not [c for c in out + err if (c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f"]
    return code, out, err


LOOKS = (
    ("list",),
    ("list", "--json"),
    ("search", "points"),
    ("show",),
    ("show", "--json"),
    *(("export", "--format", kind) for kind in ("json", "markdown", "jsonl")),
)


@pytest.mark.long
@settings(max_examples=examples(150))
@given(path=paths, value=values, kept=st.booleans())
@example(path=[0, 0], value=1e300, kept=True)
@example(path=[1, 1, 0, 0], value="Infinity", kept=True)
def test_whatever_is_imported_nothing_is_a_crash(path: list[int], value: Any, kept: bool) -> None:
    async def check(folder: str) -> None:
        file = Path(folder) / "talk.json"
        file.write_text(json.dumps(spoilt(WRITTEN, path, value)))
        chosen = Settings(database=str(Path(folder) / "talks.db") if kept else None)
        async with by_settings(chosen) as opened:
            stores = opened.unwrap()
            code, out, err = await run(stores, "conversations", "import", str(file))
            assert code in (OK, USAGE, BY_TAG["StorageError"])
            assert (code == OK) == out.startswith("Imported ") == (not err)
            assert err.count("\n") <= 1 or NASTY[-4:] in err
            for look in LOOKS:
                found, _, said = await run(stores, "conversations", *look)
                if look[-1] == "jsonl" and "no question with a whole answer" in said:
                    assert found == BY_TAG["ConversationNotFound"]
                    continue
                assert found == OK or (found == BY_TAG["ConversationNotFound"] and code != OK), said

    with TemporaryDirectory() as folder:
        anyio.run(check, folder)


@settings(max_examples=examples(50))
@given(st.text(st.characters(exclude_categories=["Cs"])))
@example(NASTY)
def test_what_is_exported_is_what_is_imported(text: str) -> None:
    talk = Dialogue(
        conversation=Conversation(id="a", title=text, created=0.0, updated=0.0, tags=(text,), system=text),
        entries=tuple(Entry(id=who.role, message=who, time=0.0) for who in (user(text), assistant(text))),
    )

    async def check() -> None:
        async with in_memory(Settings()) as opened:
            stores = opened.unwrap()
            await settle(stores.conversations.create(talk.conversation, talk.entries))
            for action in ("show", "export"):
                out = (await run(stores, "conversations", action, "a", "--json"))[1]
                assert decode(out.encode(), Dialogue).unwrap() == talk
            listed = json.loads((await run(stores, "conversations", "list", "--json"))[1])
            assert listed[0]["title"] == text
            code, out, _ = await run(stores, "conversations", "export", "--format", "jsonl")
            assert (code == OK) == bool(text)
            if text:
                assert {message["content"] for message in json.loads(out)["messages"]} == {text}
            assert (await run(stores, "conversations", "list"))[1].count("\n") == 1

    anyio.run(check)


@settings(max_examples=examples(50))
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example(NASTY)
def test_what_is_remembered_is_shown_in_a_line(text: str) -> None:
    async def check() -> None:
        async with in_memory(Settings()) as opened:
            stores = opened.unwrap()
            code, id, err = await run(stores, "memory", "add", "--", text)
            if not text.strip():
                assert (code, id) == (USAGE, "")
                assert err
                return
            out = (await run(stores, "memory", "list"))[1]
            assert out.count("\n") == 1
            assert out.count("\t") == 2
            assert json.loads((await run(stores, "memory", "list", "--json"))[1])[0]["text"] == text
            assert (await run(stores, "memory", "forget", id.strip()))[1] == "Forgotten.\n"

    anyio.run(check)


@pytest.mark.parametrize("number", [3, 1500])
async def test_the_beginning_of_an_id_is_enough_however_many_there_are(number: int) -> None:
    async with in_memory(Settings()) as opened:
        stores = opened.unwrap()
        for n in range(number):
            made = Conversation(id=f"{n:05}", title=f"t{n}", created=float(n), updated=float(n))
            await settle(stores.conversations.create(made))
        code, out, _ = await run(stores, "conversations", "show", "00000")
        assert (code, out.splitlines()[0]) == (OK, "# t0")
        code, out, _ = await run(stores, "conversations", "show", f"{number - 1:05}"[:5])
        assert (code, out.splitlines()[0]) == (OK, f"# t{number - 1}")
        await settle(stores.conversations.create(Conversation(id="xyz", created=-1.0, updated=-1.0)))
        assert (await run(stores, "conversations", "show", "xy"))[0] == OK
        code, _, err = await run(stores, "conversations", "delete", "0")
        assert code == BY_TAG["ConversationNotFound"]
        assert "give more of the id" in err
