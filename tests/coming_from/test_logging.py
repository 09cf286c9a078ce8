"""What the library does is logged below one name, `pointsman`, as Python programs want it."""

from __future__ import annotations

import logging
from pathlib import Path

import attrs
import pytest

from pointsman import ModelUnavailable, ask, open_app, settle
from pointsman.core.notice import RetryMade
from pointsman.layers.settings.found import load_settings
from pointsman.layers.settings.sources import Arguments
from pointsman.testing import ScriptedClient, fake, fake_settings
from tests.coming_from import settings_files as files


def test_what_happens_is_logged_below_one_name(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "theirs.json").write_text(files.CLIENT, "utf-8")
    with caplog.at_level(logging.DEBUG, "pointsman"):
        load_settings(Arguments(), str(tmp_path / "theirs.json"), {}).unwrap()
    assert "retries.base_delay" in caplog.text
    assert {record.name for record in caplog.records} == {"pointsman.settings"}


async def test_calls_are_logged_where_somebody_wants_it(caplog: pytest.LogCaptureFixture) -> None:
    """Who was asked, what failed, what it cost; never what was said."""
    clients = {"a": ScriptedClient(error=ModelUnavailable(detail="down")), "b": ScriptedClient(["secret answer"])}
    settings = attrs.evolve(fake_settings("a", "b"), fallback=("b/m",))
    with caplog.at_level(logging.DEBUG, "pointsman"):
        async with open_app(fake(clients), settings) as opened:
            assert (await settle(opened.unwrap().client.chat(ask("a/m", "secret question")))).unwrap().text
    told = [record.getMessage() for record in caplog.records if record.name == "pointsman.calls"]
    assert [one for one in told if "try 2 follows" in one]
    assert [one for one in told if "b/m is asked" in one]
    assert told[-1].endswith(" ms")
    assert "fake/m answered, " in told[-1]
    assert "secret" not in caplog.text


async def test_where_nobody_wants_it_no_call_is_listened_to() -> None:
    async with open_app(fake(), fake_settings()) as opened:
        assert not opened.unwrap().events.wants(RetryMade)
