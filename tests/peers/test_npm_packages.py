"""The clients from npm ask the gateway: their own vendor behind it, then another one; both sides are recorded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.chain import Chain, chain
from tests.peers.outcome import Peer, assert_outcome
from tests.peers.packages import HERE, REAL_CLIENTS

pytestmark = REAL_CLIENTS

PEERS = (
    Peer("openai.mjs", "openai", "anthropic"),
    Peer("openai-responses.mjs", "openai-responses", "gemini"),
    Peer("anthropic.mjs", "anthropic", "openai"),
    Peer("google.mjs", "gemini", "anthropic"),
    Peer("ollama.mjs", "ollama", "openai"),
    Peer("ai.mjs", "openai", "gemini"),
    Peer("ai.mjs", "openai-responses", "anthropic"),
    Peer("ai.mjs", "anthropic", "openai-responses"),
    Peer("ai.mjs", "gemini", "ollama"),
)


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """Every dialect's simulator behind one gateway."""
    with chain(tmp_path_factory.mktemp("chain")) as links:
        yield links


@pytest.fixture(scope="module")
def scripts(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clients' scripts, beside the packages that they import."""
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "node_modules").symlink_to(node_modules)
    for script in (HERE / "clients").glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


@pytest.mark.parametrize(
    ("peer", "behind"), [(peer, behind) for peer in PEERS for behind in (peer.vendor, peer.other)], ids=str
)
def test_a_client_from_npm_does_all_it_can_and_the_vendor_sees_it(
    links: Chain, scripts: Path, peer: Peer, behind: str
) -> None:
    links.clear()
    assert_outcome(links, peer, behind, ["node", str(scripts / peer.script)])
