"""Claude Code (`claude -p`) edits a file through the gateway: Anthropic behind it, then other vendors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from tests.peers.agent import FAREWELL, RIGHT, TASK, WRONG, Workplace, call, say, workplace
from tests.peers.chain import Chain, chain, settings_by_default
from tests.peers.comparison import differences, names_within, wrong_places
from tests.peers.frames import THOUGHT, anthropic_call
from tests.peers.packages import REAL_CLIENTS
from tests.peers.recorder import Exchange, ScriptedAnswer

pytestmark = REAL_CLIENTS

MODEL = "claude-opus-4-8"
ONLY_ANTHROPIC = ("cache_control", "context_management", "output_config", "anthropic-beta")
"""Words that no other vendor knows."""


@attrs.frozen
class Session:
    """One run: what the agent said, where it worked, and what went over the wire."""

    answer: dict[str, object]
    place: Workplace
    links: Chain


@contextmanager
def session(packages: Path, folder: Path, model: str, *, thinks: bool = False) -> Iterator[Session]:
    """Claude Code mends the poem: it reads it, edits it and says so; `thinks` as Anthropic sends it before reading."""
    place = workplace(folder)
    read = {"file_path": str(place.poem)}
    edit = {**read, "old_string": WRONG, "new_string": RIGHT}
    rules = [*([] if thinks else [call("Read", **read)]), call("Edit", **edit), say(FAREWELL)]
    with chain(folder / "chain", rules, settings_by_default("anthropic")) as links:
        if thinks:
            links.upstream.script.append(ScriptedAnswer("/v1/messages", lambda _: anthropic_call("Read", dict(read))))
        done = place.run(_command(packages, model), _environment(links))
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        yield Session(json.loads(done.stdout), place, links)


def _command(packages: Path, model: str) -> list[str]:
    programs = sorted((packages / "@anthropic-ai").glob("claude-code-*/claude"))
    return [
        str(programs[0]),
        "-p",
        TASK,
        "--model",
        model,
        "--output-format",
        "json",
        "--permission-mode",
        "acceptEdits",
    ]


def _environment(links: Chain) -> dict[str, str]:
    return {
        "ANTHROPIC_BASE_URL": links.address,
        "ANTHROPIC_API_KEY": "sk-of-the-client",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_AUTOUPDATER": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }


@pytest.fixture(scope="module")
def at_home(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session with Anthropic behind the gateway."""
    with session(node_modules, tmp_path_factory.mktemp("claude"), MODEL, thinks=True) as run:
        yield run


def first(links: Chain) -> tuple[Exchange, Exchange]:
    """The first turn as it was sent, and as it arrived."""
    return links.front.posts()[0], links.upstream.posts()[0]


def test_claude_code_edits_the_file(at_home: Session) -> None:
    assert at_home.place.poem.read_text() == f"roses are red\n{RIGHT}\n"
    assert (at_home.answer["is_error"], at_home.answer["result"]) == (False, FAREWELL)
    assert len(at_home.links.upstream.posts()) == 3
    assert json.dumps(THOUGHT) in json.dumps(at_home.links.upstream.posts()[1].json), "it gets its thought back"


def test_anthropic_gets_claude_codes_betas_marks_and_query(at_home: Session) -> None:
    sent, arrived = first(at_home.links)
    assert arrived.query == sent.query == {"beta": ["true"]}
    assert len(sent.headers["anthropic-beta"].split(",")) > 3
    assert arrived.headers.get("anthropic-beta") == sent.headers["anthropic-beta"]
    assert arrived.headers["x-api-key"] != "sk-of-the-client"
    assert b'"cache_control"' in sent.body
    assert arrived.body.count(b'"cache_control"') == sent.body.count(b'"cache_control"')
    for name in ("system", "tools", "metadata", "thinking", "context_management", "output_config", "max_tokens"):
        assert arrived.json.get(name) == sent.json[name], name


def test_between_claude_code_and_anthropic_nothing_is_lost(at_home: Session) -> None:
    if problems := differences(at_home.links):
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.mark.parametrize("behind", ["openai", "openai-responses", "gemini", "ollama"])
def test_claude_code_edits_the_file_with_another_vendor_behind(node_modules: Path, tmp_path: Path, behind: str) -> None:
    with session(node_modules, tmp_path, f"{behind}/sim") as run:
        assert run.place.poem.read_text() == f"roses are red\n{RIGHT}\n"
        assert (run.answer["is_error"], run.answer["result"]) == (False, FAREWELL)
        assert wrong_places(run.links, behind) == []
        last = run.links.upstream.posts()[-1]
        assert all(text in last.body.decode() for text in (TASK, "roses are red", WRONG, RIGHT, '"Bash"'))
        assert [name for name in ONLY_ANTHROPIC if name in names_within(last.json) or name in last.headers] == []
        warnings = run.links.front.posts()[0].response_headers.get("x-pointsman-warnings", "")
        assert "context_management" in warnings, warnings
