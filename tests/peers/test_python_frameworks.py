"""Python's frameworks ask the gateway: their own vendor behind it, then another one; both sides are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.core.json import JsonObject
from tests.peers.agent import say
from tests.peers.chain import Chain, chain
from tests.peers.outcome import Peer, assert_outcome
from tests.peers.packages import HERE, REAL_CLIENTS

pytestmark = REAL_CLIENTS

PEERS = (
    Peer("ask_langchain.py", "openai", "anthropic"),
    Peer("ask_langchain.py", "openai-responses", "gemini"),
    Peer("ask_langchain.py", "anthropic", "openai"),
    Peer("ask_langchain.py", "gemini", "openai-responses"),
    Peer("ask_langchain.py", "ollama", "anthropic"),
    Peer("ask_pydantic_ai.py", "openai", "gemini"),
    Peer("ask_pydantic_ai.py", "openai-responses", "anthropic"),
    Peer("ask_pydantic_ai.py", "anthropic", "ollama"),
    Peer("ask_pydantic_ai.py", "gemini", "openai"),
    Peer("ask_litellm.py", "openai", "gemini"),
    Peer("ask_litellm.py", "anthropic", "openai"),
    Peer("ask_litellm.py", "gemini", "anthropic"),
    Peer("ask_litellm.py", "ollama", "openai"),
)
INSTRUCTOR = Peer("ask_instructor.py", "openai", "anthropic")
MODES = (
    (INSTRUCTOR, ("TOOLS", "TOOLS_STRICT", "FUNCTIONS", "PARALLEL_TOOLS", "JSON_SCHEMA")),
    (
        Peer("ask_instructor.py", "openai-responses", "gemini"),
        ("RESPONSES_TOOLS", "RESPONSES_TOOLS_WITH_INBUILT_TOOLS"),
    ),
    (
        Peer("ask_instructor.py", "anthropic", "openai"),
        ("ANTHROPIC_TOOLS", "ANTHROPIC_REASONING_TOOLS", "ANTHROPIC_PARALLEL_TOOLS"),
    ),
    (Peer("ask_instructor.py", "gemini", "anthropic"), ("GENAI_TOOLS", "GENAI_STRUCTURED_OUTPUTS")),
)
"""All modes of instructor whose client speaks a dialect of the gateway …"""
MODES_BY_WORDS = (
    (INSTRUCTOR, ("JSON", "JSON_O1", "MD_JSON")),
    (Peer("ask_instructor.py", "anthropic", "openai"), ("ANTHROPIC_JSON",)),
    (Peer("ask_instructor.py", "gemini", "openai"), ("GENAI_JSON",)),
)
"""… and those in which the schema stands in the prompt alone, where the simulated model does not look for it."""
OBJECT = say('{"city": "Bern", "degrees": 12}')
IN_WORDS: JsonObject = {**OBJECT, "match": {"contains": "Use this JSON schema"}}
"""LiteLLM writes the schema into the prompt where it does not know the model."""


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """Every dialect's simulator behind one gateway."""
    with chain(tmp_path_factory.mktemp("chain"), [IN_WORDS]) as links:
        yield links


@pytest.fixture(scope="module")
def obedient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A chain whose model answers with an object of the schema, as one does that was told to in words."""
    with chain(tmp_path_factory.mktemp("chain"), [OBJECT]) as links:
        yield links


@pytest.fixture
def command(python_of_peers: Path, peer: Peer) -> list[str]:
    """How the client's script is started."""
    return [str(python_of_peers), str(HERE / "clients" / peer.script)]


@pytest.mark.parametrize(
    ("peer", "behind"), [(peer, each) for peer in PEERS for each in (peer.vendor, peer.other)], ids=str
)
def test_a_framework_does_all_it_can_and_the_vendor_sees_it(
    links: Chain, peer: Peer, behind: str, command: list[str]
) -> None:
    assert_outcome(links, peer, behind, command)


@pytest.mark.parametrize(
    ("peer", "behind", "modes"),
    [(peer, each, modes) for peer, modes in MODES for each in (peer.vendor, peer.other)],
    ids=str,
)
def test_instructor_gets_an_object(
    links: Chain, peer: Peer, behind: str, modes: tuple[str, ...], command: list[str]
) -> None:
    assert_outcome(links, peer, behind, command, modes)


@pytest.mark.parametrize(
    ("peer", "behind", "modes"),
    [(peer, each, modes) for peer, modes in MODES_BY_WORDS for each in (peer.vendor, peer.other)],
    ids=str,
)
def test_instructor_gets_an_object_from_words(
    obedient: Chain, peer: Peer, behind: str, modes: tuple[str, ...], command: list[str]
) -> None:
    assert_outcome(obedient, peer, behind, command, modes)
