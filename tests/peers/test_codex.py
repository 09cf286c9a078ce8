"""Codex (`codex exec`) edits a file through the gateway: OpenAI's Responses behind it, then other vendors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from pointsman.core.json import JsonObject
from tests.peers.agent import FAREWELL, PATCH, RIGHT, TASK, WRONG, Workplace, call, say, workplace
from tests.peers.chain import Chain, chain, settings_by_default
from tests.peers.comparison import differences, names_within, wrong_places
from tests.peers.frames import THOUGHT, anthropic_call, freeform_call, message, responses_turn
from tests.peers.packages import REAL_CLIENTS
from tests.peers.recorder import Exchange, ScriptedAnswer

pytestmark = REAL_CLIENTS

FREEFORM, NAMESPACED = "gpt-5.5", "gpt-6-sol"
"""Models that Codex knows: it offers the first `apply_patch` as a freeform tool, the second one tool that runs code."""
SCRIPT = f"text(await tools.apply_patch({json.dumps(PATCH)}));\n"
ONLY_RESPONSES = ("prompt_cache_key", "client_metadata", "include", "store", "encrypted_content")
"""Words that no other vendor knows."""
NO_SEARCH = ("--config", 'web_search="disabled"')
"""For vendors without a search of their own: the gateway refuses what it cannot carry."""
BEHIND = [("anthropic", ()), ("gemini", ()), ("openai", NO_SEARCH), ("ollama", NO_SEARCH)]
SED = call("exec_command", cmd="sed -i s/bleu/blue/ poem.txt")
CONFIG = """
check_for_update_on_startup = false
model_provider = "gateway"
[model_providers.gateway]
name = "gateway"
base_url = "ADDRESS/v1"
env_key = "GATEWAY_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[analytics]
enabled = false
"""


@attrs.frozen
class Session:
    """One run: what the agent printed, where it worked, and what went over the wire."""

    events: list[dict[str, object]]
    place: Workplace
    links: Chain

    @property
    def said(self) -> list[object]:
        """The texts of its messages."""
        items = [event["item"] for event in self.events if event["type"] == "item.completed"]
        return [item["text"] for item in items if isinstance(item, dict) and item["type"] == "agent_message"]


@contextmanager
def session(
    packages: Path,
    folder: Path,
    model: str,
    *script: ScriptedAnswer,
    default: str = "openai-responses",
    rules: Sequence[JsonObject] = (),
    options: Sequence[str] = (),
) -> Iterator[Session]:
    """Codex is asked to mend the poem; the upstream answers by `script` as far as it goes, then by `rules`."""
    place = workplace(folder)
    with chain(folder / "chain", rules or [say(FAREWELL)], settings_by_default(default)) as links:
        links.upstream.script.extend(script)
        done = place.run([*_command(packages, model), *options, TASK], _environment(place, links))
        yield Session([json.loads(line) for line in done.stdout.splitlines()], place, links)


def _command(packages: Path, model: str) -> list[str]:
    programs = sorted((packages / "@openai").glob("codex-*/vendor/*/bin/codex"))
    # its own sandbox needs rights that a container may not have, and the file is a temporary one
    return [str(programs[0]), "exec", "--json", "--model", model, "--dangerously-bypass-approvals-and-sandbox"]


def _environment(place: Workplace, links: Chain) -> dict[str, str]:
    folder = place.home / ".codex"
    folder.mkdir()
    (folder / "config.toml").write_text(CONFIG.replace("ADDRESS", links.address))
    return {"CODEX_HOME": str(folder), "GATEWAY_KEY": "sk-of-the-client"}


def turns(*first: dict[str, object]) -> list[ScriptedAnswer]:
    """Two turns of the Responses API: the items of the first, then the farewell."""
    return [
        ScriptedAnswer("/v1/responses", lambda _: responses_turn(1, *first)),
        ScriptedAnswer("/v1/responses", lambda _: responses_turn(2, message(FAREWELL))),
    ]


@pytest.fixture(scope="module")
def freeform(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session in which the model calls the freeform tool `apply_patch`."""
    script = turns(freeform_call("apply_patch", PATCH))
    with session(node_modules, tmp_path_factory.mktemp("codex"), FREEFORM, *script) as run:
        yield run


@pytest.fixture(scope="module")
def namespaces(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session in which the tools stand in the input, in namespaces, and the model calls one of them."""
    script = turns(freeform_call("exec", SCRIPT, namespace="functions"))
    with session(node_modules, tmp_path_factory.mktemp("codex"), NAMESPACED, *script) as run:
        yield run


def assert_mended(run: Session) -> None:
    """The file is right, and the agent said so."""
    assert run.place.poem.read_text() == f"roses are red\n{RIGHT}\n", run.events
    assert run.said[-1:] == [FAREWELL]


def test_codex_edits_the_file_by_its_freeform_tool(freeform: Session) -> None:
    assert_mended(freeform)
    assert len(freeform.links.upstream.posts()) == 2


def test_openai_gets_codexs_tools_cache_key_and_wish_for_its_own_state(freeform: Session) -> None:
    sent, arrived = (links.posts()[0] for links in (freeform.links.front, freeform.links.upstream))
    kinds = [tool["type"] for tool in sent.json["tools"]]
    assert {"function", "custom", "web_search"} <= set(kinds)
    assert [tool["type"] for tool in arrived.json["tools"]] == kinds
    assert (sent.json["store"], arrived.json.get("store")) == (False, False)
    for name in ("include", "prompt_cache_key", "client_metadata", "parallel_tool_calls", "reasoning", "text", "tools"):
        assert arrived.json.get(name) == sent.json[name], name


def test_openai_gets_its_own_reasoning_and_the_call_back(freeform: Session) -> None:
    items = {item["type"]: item for item in freeform.links.upstream.posts()[1].json["input"]}
    assert items["reasoning"]["encrypted_content"] == "c3RhdGUg0001"
    assert (items["custom_tool_call"]["name"], items["custom_tool_call"]["input"]) == ("apply_patch", PATCH)
    assert items["custom_tool_call_output"]["call_id"] == items["custom_tool_call"]["call_id"]


def test_between_codex_and_openai_nothing_is_lost(freeform: Session) -> None:
    if problems := differences(freeform.links):
        pytest.fail("\n".join(problems), pytrace=False)


def test_codex_edits_the_file_by_a_tool_in_a_namespace(namespaces: Session) -> None:
    assert_mended(namespaces)
    first = namespaces.links.upstream.posts()[0].json["input"][0]
    assert (first["type"], first["tools"][0]["type"]) == ("additional_tools", "namespace")


def test_between_codex_with_namespaces_and_openai_nothing_is_lost(namespaces: Session) -> None:
    if problems := differences(namespaces.links):
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.mark.parametrize(("behind", "options"), BEHIND)
def test_codex_edits_the_file_by_a_command_with_another_vendor_behind(
    node_modules: Path, tmp_path: Path, behind: str, options: tuple[str, ...]
) -> None:
    rules = [SED, say(FAREWELL)]
    with session(node_modules, tmp_path, f"{behind}/sim", rules=rules, options=options) as run:
        assert_mended(run)
        assert_carried(run, behind)


@pytest.mark.parametrize(("behind", "options"), BEHIND)
def test_another_vendors_model_finds_tools_by_codexs_search_and_is_offered_them(
    node_modules: Path, tmp_path: Path, behind: str, options: tuple[str, ...]
) -> None:
    rules = [call("tool_search", query="spawn agent"), SED, say(FAREWELL)]
    with session(node_modules, tmp_path, FREEFORM, default=behind, rules=rules, options=options) as run:
        assert_mended(run)
        assert_carried(run, behind)
        sent = {item["type"]: item for item in run.links.front.posts()[1].json["input"]}
        assert sent["tool_search_call"]["arguments"] == {"query": "spawn agent"}
        spaces = {tool["name"] for tool in sent["tool_search_output"]["tools"] if tool["type"] == "namespace"}
        assert spaces
        before, after = (tools_of(each.json) for each in run.links.upstream.posts()[:2])
        assert "tool_search" in before
        loaded = after - before
        assert loaded
        assert all(name.startswith(tuple(spaces)) for name in loaded)
        assert all(run.links.upstream.posts()[1].body.decode().count(f'"{name}"') for name in loaded)


@pytest.mark.parametrize(("behind", "options"), BEHIND)
def test_codex_edits_the_file_by_code_with_another_vendor_behind(
    node_modules: Path, tmp_path: Path, behind: str, options: tuple[str, ...]
) -> None:
    freeform: JsonObject = {"tool_calls": [{"name": "functions__exec", "input": SCRIPT}]}
    rules: list[JsonObject] = [{**SED, "answer": freeform}, say(FAREWELL)]
    with session(node_modules, tmp_path, NAMESPACED, default=behind, rules=rules, options=options) as run:
        assert_mended(run)
        assert wrong_places(run.links, behind) == []


def test_a_search_that_the_other_vendor_does_not_have_is_refused_by_its_name(
    node_modules: Path, tmp_path: Path
) -> None:
    with session(node_modules, tmp_path, "ollama/sim") as run:
        assert [event["type"] for event in run.events][-1] == "turn.failed"
        assert "web_search" in str(run.events[-1]["error"])
        assert run.links.upstream.posts() == []


def test_codex_edits_the_file_by_its_freeform_tool_with_anthropic_behind(node_modules: Path, tmp_path: Path) -> None:
    script = ScriptedAnswer("/v1/messages", patch_by_function)
    with session(node_modules, tmp_path, FREEFORM, script, default="anthropic") as run:
        assert_mended(run)
        assert_carried(run, "anthropic")
        history = run.links.upstream.posts()[1].body.decode()
        assert all(text in history for text in ("apply_patch", f"-{WRONG}", THOUGHT["signature"]))


def patch_by_function(exchange: Exchange) -> bytes:
    """A call of `apply_patch`, which stands there as a function with one argument, whatever that is called."""
    tool = next(tool for tool in exchange.json["tools"] if tool["name"] == "apply_patch")
    (argument,) = tool["input_schema"]["properties"]
    return anthropic_call("apply_patch", {argument: PATCH})


def tools_of(body: Any) -> set[str]:
    """The names of the functions that a request offers, in any vendor's words."""
    tools = [each for tool in body["tools"] for each in tool.get("functionDeclarations", [tool])]
    return {tool.get("function", tool)["name"] for tool in tools if "name" in tool.get("function", tool)}


def assert_carried(run: Session, behind: str) -> None:
    """The other vendor was asked in its own words, and what it could not be told is told to the client."""
    assert wrong_places(run.links, behind) == []
    first = run.links.upstream.posts()[0]
    assert all(text in first.body.decode() for text in (TASK, "exec_command", "write_stdin"))
    assert [name for name in ONLY_RESPONSES if name in names_within(first.json)] == []
    assert "prompt_cache_key" in run.links.front.posts()[0].response_headers.get("x-pointsman-warnings", "")
