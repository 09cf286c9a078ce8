"""`--config` and `settings import` with files of other programs: they work, and tell what has another name."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from pointsman.adapters.simulator.listener import serve
from pointsman.layers.simulation import simulator
from tests.coming_from import settings_files as files
from tests.coming_from.command import command


@pytest.fixture
def address() -> Iterator[str]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve(simulator(pace=0))) as upstream:
        yield upstream.address


def test_a_clients_file_is_asked_by_config_and_its_names_are_told_beside_the_answer(
    tmp_path: Path, address: str
) -> None:
    theirs = tmp_path / "llm_config.json"
    theirs.write_text(
        json.dumps({"provider": "lmstudio", "base_url": address, "model": "sim", "verify_ssl": True}), "utf-8"
    )
    code, out, err = command(tmp_path, "generate", "--config", str(theirs), "Complex query")
    assert code == 0, err
    assert "Complex query" in out
    assert f"{theirs}: verify_ssl: it is providers.lmstudio.verify_tls here" in err


def test_an_imported_file_saves_its_providers_and_tells_the_rest_as_a_settings_file(tmp_path: Path) -> None:
    theirs = tmp_path / "llm_config.json"
    theirs.write_text(files.CLIENT, "utf-8")
    code, out, err = command(tmp_path, "settings", "import", str(theirs))
    assert code == 0, err
    assert "retry_delay: it is retries.base_delay here" in err
    assert "are not saved" in err
    assert "ollama is asked from now on." in out
    lines = [line for line in out.splitlines() if " = " in line]
    rest = tomllib.loads("\n".join(lines))
    assert rest["fallback"] == ["lmstudio"]
    assert rest["retries"] == {"max_retries": 5, "max_delay": 30.0}
    listed = json.loads(command(tmp_path, "settings", "list", "--json")[1])
    assert {one["name"]: one["state"] for one in listed} == {"ollama": "active", "lmstudio": ""}
