"""Python's frameworks ask the gateway: their own vendor behind it, then another one; both sides are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.agent import say
from tests.peers.chain import Chain, chain
from tests.peers.outcome import Peer, assert_outcome
from tests.peers.packages import HERE, python_of_peers

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore::ResourceWarning")]

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
MODES = (
    *(("openai", "anthropic", mode) for mode in ("TOOLS", "TOOLS_STRICT", "FUNCTIONS", "PARALLEL_TOOLS", "JSON_SCHEMA")),
    *(("openai", "gemini", mode) for mode in ("JSON", "JSON_O1", "MD_JSON")),
    *(("openai-responses", "anthropic", mode) for mode in ("RESPONSES_TOOLS", "RESPONSES_TOOLS_WITH_INBUILT_TOOLS")),
    *(("anthropic", "openai", f"ANTHROPIC_{mode}") for mode in ("TOOLS", "REASONING_TOOLS", "PARALLEL_TOOLS", "JSON")),
    *(("gemini", "anthropic", f"GENAI_{mode}") for mode in ("TOOLS", "STRUCTURED_OUTPUTS")),
)
"""All modes of instructor whose client speaks a dialect of the gateway."""
BY_WORDS = ("JSON", "JSON_O1", "MD_JSON", "ANTHROPIC_JSON")
"""The modes in which the schema stands in the prompt alone, where the simulated model cannot see it."""


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """Every dialect's simulator behind one gateway."""
    with chain(tmp_path_factory.mktemp("chain")) as links:
        yield links


@pytest.fixture(scope="module")
def obedient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A chain whose model answers with an object of the schema, as one does that was told to in words."""
    with chain(tmp_path_factory.mktemp("chain"), {"rules": [say('{"city": "Bern", "degrees": 12}')]}) as links:
        yield links


def command(script: str) -> list[str]:
    """How a client's script is started."""
    return [str(python_of_peers()), str(HERE / "clients" / script)]


@pytest.mark.parametrize(("peer", "behind"), [(peer, each) for peer in PEERS for each in (peer.vendor, peer.other)], ids=str)
def test_a_framework_does_all_it_can_and_the_vendor_sees_it(links: Chain, peer: Peer, behind: str) -> None:
    assert_outcome(links, peer, behind, command(peer.script))


@pytest.mark.parametrize(
    ("vendor", "behind", "mode"),
    [(vendor, behind, mode) for vendor, other, mode in MODES for behind in (vendor, other)],
)
def test_instructor_gets_an_object(request: pytest.FixtureRequest, vendor: str, behind: str, mode: str) -> None:
    links: Chain = request.getfixturevalue("obedient" if mode in BY_WORDS else "links")
    assert_outcome(links, Peer("ask_instructor.py", vendor, behind), behind, command("ask_instructor.py"), mode=mode)
