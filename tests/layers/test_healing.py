"""Healing as it is put together: the secrets of settings and environment are hidden, and its page tells the truth."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import attrs
import pytest

from pointsman import App, ProviderSettings, Secret, Settings, fake, fake_settings, open_app
from pointsman.adapters.cli.exit_codes import UNAPPLIED
from pointsman.core.healing.report import UnreadableAnswer
from pointsman.layers.healing import repair_asker, secret_variables, secrets_of
from pointsman.services.healing.context import USUAL_LIMITS
from pointsman.testing import ScriptedClient

PAGE = (Path(__file__).parent.parent.parent / "docs" / "healing.md").read_text("utf-8")


def test_keys_and_headers_of_the_settings_are_secrets() -> None:
    provider = ProviderSettings(name="a", api_key=Secret("k" * 20), headers={"x-key": Secret("h" * 20)})
    assert [one.reveal() for one in secrets_of(Settings(providers={"a": provider}))] == ["k" * 20, "h" * 20]


def test_variables_with_the_name_of_a_secret_are_secrets_and_others_are_not() -> None:
    variables = {"SHOP_API_KEY": "abcdefgh1", "DB_PASSWORD": "hunter2222", "HOME": "/home/ann", "TOKEN": "short"}
    assert [one.reveal() for one in secret_variables(variables)] == ["abcdefgh1", "hunter2222"]


async def test_what_is_asked_goes_through_the_app_and_hides_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "from-the-environment")
    (tmp_path / "a.py").write_text("url = 'from-the-environment'\n")
    model = ScriptedClient(["I do not know."])
    async with open_app(fake({"fake": model}), fake_settings()) as opened:
        asker = repair_asker(opened.unwrap(), str(tmp_path))
        context = await asker.gather("a.py:1: from-the-environment", ())
        assert isinstance((await asker.propose(context)).failure(), UnreadableAnswer)
    assert "from-the-environment" not in model.requests[0].messages[-1].text
    assert "a.py:1: ***masked-1***" in model.requests[0].messages[-1].text


async def test_the_program_on_the_page_heals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    scope: dict[str, object] = {}
    exec(compile(block.replace('"pytest", "-q"', '"sh", "src/run.sh"'), "docs/healing.md", "exec"), scope)
    heal = cast("Callable[[App, Path], Awaitable[bool]]", scope["heal"])
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "run.sh").write_text("exit 1\n")
    answer = "src/run.sh\n<<<<<<< SEARCH\nexit 1\n=======\nexit 0\n>>>>>>> REPLACE\n"
    async with open_app(fake({"fake": ScriptedClient([answer])}), fake_settings()) as opened:
        assert await heal(opened.unwrap(), tmp_path)


def test_the_figures_on_the_page_are_those_of_the_code() -> None:
    limits = attrs.asdict(USUAL_LIMITS)
    assert f"At most {limits['files']} files, {limits['file_bytes'] // 1000} kB each" in PAGE
    assert f"{limits['total_bytes'] // 1000} kB in all" in PAGE
    assert f"{limits['error_characters']:,} characters" in PAGE
    assert f"| {UNAPPLIED} | nobody could be asked" in PAGE
