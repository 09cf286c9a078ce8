"""The whole house on PostgreSQL: what a command keeps, another finds."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from returns.result import Success

from pointsman import ask, fake, fake_settings, open_app
from pointsman.core.effect import settle
from pointsman.layers.stores import by_settings
from tests.adapters.postgres.server import Server


async def test_an_app_keeps_its_usage_and_settings_there(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = attrs.evolve(fake_settings(), database=postgres.url())
    layers = attrs.evolve(fake(), stores=by_settings)
    async with open_app(layers, settings) as opened:
        app = opened.unwrap()
        answered = await settle(app.client.chat(ask("fake/any", "Hello")))
        assert isinstance(answered, Success), answered
    async with by_settings(settings) as again:
        records = (await settle(again.unwrap().usage_log.read())).unwrap()
    assert [one.outcome for one in records] == ["ok"]
