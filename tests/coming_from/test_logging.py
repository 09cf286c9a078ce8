"""What the library does is logged below one name, `pointsman`, as Python programs want it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pointsman.layers.settings.found import load_settings
from pointsman.layers.settings.sources import Arguments
from tests.coming_from import settings_files as files


def test_what_happens_is_logged_below_one_name(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "theirs.json").write_text(files.CLIENT, "utf-8")
    with caplog.at_level(logging.DEBUG, "pointsman"):
        load_settings(Arguments(), str(tmp_path / "theirs.json"), {}).unwrap()
    assert "retries.base_delay" in caplog.text
    assert {record.name for record in caplog.records} == {"pointsman.settings"}
