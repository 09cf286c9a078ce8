"""The vendors' own Python packages, their vendor behind the gateway and then another one; both sides are recorded."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.peers.chain import Chain, chain
from tests.peers.outcome import Peer, assert_outcome
from tests.peers.packages import HERE, REAL_CLIENTS

pytestmark = REAL_CLIENTS

PEERS = (
    Peer("ask_openai.py", "openai", "anthropic"),
    Peer("ask_openai.py", "openai-responses", "gemini"),
    Peer("ask_anthropic.py", "anthropic", "openai-responses"),
    Peer("ask_google.py", "gemini", "openai"),
    Peer("ask_ollama.py", "ollama", "anthropic"),
)


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """Every dialect's simulator behind one gateway."""
    with chain(tmp_path_factory.mktemp("chain")) as links:
        yield links


@pytest.mark.parametrize(
    ("peer", "behind"), [(peer, each) for peer in PEERS for each in (peer.vendor, peer.other)], ids=str
)
def test_a_vendors_package_does_all_it_can_and_the_vendor_sees_it(links: Chain, peer: Peer, behind: str) -> None:
    assert_outcome(links, peer, behind, [sys.executable, str(HERE / "clients" / peer.script)])
