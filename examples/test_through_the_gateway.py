"""The example runs against a real server over simulated models."""

from pathlib import Path

import pytest

from examples.through_the_gateway import ask
from tests.served import running


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_answer_comes_through(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server:
        assert "Why do trains need points?" in ask(f"{server.address}/v1", "any", "anthropic/sim")
