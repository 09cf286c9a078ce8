"""The table of what was once missing is whole, and the tests that it names are there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import pointsman as p
from pointsman.adapters.system.clock import SystemClock
from pointsman.layers.settings.saved import check_to_save, usual_address
from pointsman.layers.stores import by_settings
from pointsman.services.settings.settings_service import SettingsService
from pointsman.testing import ScriptedClient
from tests.coming_from.mission_rows import ROWS, Row

ROOT = Path(__file__).parents[2]
FOUND = 80
"""How many rows of the list were marked missing or partial."""


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of the tests in a file."""
    return frozenset(_names(ast.parse((ROOT / path).read_text("utf-8"))))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
            yield node.name


def test_every_row_is_there_once() -> None:
    numbers = [row.number for row in ROWS]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == FOUND


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number}")
def test_each_names_a_test_that_is_there_or_says_why_it_is_otherwise(row: Row) -> None:
    assert bool(row.test) != bool(row.why)
    if row.test:
        path, _, name = row.test.partition("::")
        assert name in names_in(path)
    else:
        assert "\n" not in row.why
        assert len(row.why) > 20


async def test_what_was_saved_on_the_page_is_there_for_a_program(tmp_path: Path) -> None:
    environment = {"POINTSMAN_DATABASE": str(tmp_path / "p.db"), "HOME": str(tmp_path)}
    nothing = (await p.settle(p.load_all_settings(environment=environment))).unwrap()
    async with by_settings(nothing) as opened:
        service = SettingsService(opened.unwrap().settings, SystemClock(), check_to_save, usual_address)
        provider = p.ProviderSettings(name="openai", kind="openai", api_key=p.Secret("sk-12345678"), model="gpt-4o")
        (await p.settle(service.put(provider, "ann"))).unwrap()

    saved = (await p.settle(p.load_all_settings(environment=environment))).unwrap()

    assert "openai" not in nothing.providers
    found = saved.providers["openai"]
    assert (found.model, found.api_key) == ("gpt-4o", p.Secret("sk-12345678"))


async def test_usage_is_told_by_conversation() -> None:
    async with p.open_app(p.fake({"fake": ScriptedClient(["a", "b", "c"])})) as opened:
        app = opened.unwrap()
        talk = (await p.settle(app.manager.conversations.create())).unwrap()
        for _ in range(2):
            assert (await p.settle(app.manager.continue_conversation(talk.id, "Hi"))).unwrap().text
        assert (await p.settle(app.client.chat(p.ask("", "Alone")))).unwrap().text == "c"
        rows = (await p.settle(app.manager.report("conversation"))).unwrap()
    assert {row.group: row.calls for row in rows}[talk.id] == 2
