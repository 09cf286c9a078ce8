"""A password in the address of a database or shared server is refused, however it comes in, and shown nowhere."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from returns.result import Failure

from pointsman import Settings, live, load_settings, open_app
from pointsman.adapters.cli.main import run_line
from pointsman.adapters.cli.terminal import Terminal
from pointsman.layers.settings import Arguments
from pointsman.wiring.live_wiring import LiveWiring
from tests.served import running

SECRET = "hunter22"
DATABASES = (
    f"postgresql://me:{SECRET}@db.example/house",
    f"postgres://me:{SECRET}@db.example/house",
    f"POSTGRESQL://me:{SECRET}@db.example/house",
    f"postgresql://:{SECRET}@db.example/house",
    f"postgresql://db.example/house?password={SECRET}",
    f"postgresql://db.example/house?PassWord={SECRET}",
    f"postgresql://db.example/house?sslpassword={SECRET}",
    f"postgresql://me:{SECRET}@one.example,two.example/house",
    f"postgresql://me:{SECRET}@[bad/house",
    f"postgresql+psycopg://me:{SECRET}@db.example/house",
    f"mysql://me:{SECRET}@db.example/house",
)
SHARED = (
    f"redis://me:{SECRET}@redis.example:6379/0",
    f"redis://:{SECRET}@redis.example",
    f"valkeys://me:{SECRET}@redis.example",
    f"REDIS://me:{SECRET}@redis.example",
    f"redis://redis.example/0?password={SECRET}",
    f"redis://me:{SECRET}@[bad",
    f"unix://me:{SECRET}@/run/redis.sock",
)
TABLE = [*(("database", one) for one in DATABASES), *(("shared", one) for one in SHARED)]
UNREADABLE = "[bad"
TYPED = [("database", DATABASES[0]), ("database", DATABASES[4]), ("database", DATABASES[-1]), ("shared", SHARED[0])]
"""Those with which command lines are tried: what they do comes of the same settings."""
Said = Callable[[str, str], str]


def command(*words: str) -> str:
    """All that a command line says, which ends with an error."""
    out, err = io.StringIO(), io.StringIO()
    code = run_line(words, Terminal(out, err, io.StringIO()), LiveWiring(), (), "0")
    assert code != 0
    return out.getvalue() + err.getvalue()


def in_a_file(name: str, address: str) -> str:
    Path("settings.toml").write_text(f'{name} = "{address}"\n')
    read = load_settings(Arguments(), "settings.toml", {})
    assert isinstance(read, Failure)
    return f"{read!r} {read.failure()}"


def in_a_variable(name: str, address: str) -> str:
    read = load_settings(Arguments(), None, {f"POINTSMAN_{name.upper()}": address})
    assert isinstance(read, Failure)
    return f"{read!r} {read.failure()}"


def in_a_program(name: str, address: str) -> str:
    settings = Settings(database=address) if name == "database" else Settings(shared=address)

    async def ask() -> str:
        async with open_app(live, settings) as opened:
            assert isinstance(opened, Failure)
            return f"{opened!r} {opened.failure()} {opened.failure()!r}"

    return f"{settings!r} {settings} {anyio.run(ask)}"


def before_a_command(name: str, address: str) -> str:
    in_a_file(name, address)
    said = command("usage", "--config", "settings.toml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"POINTSMAN_{name.upper()}", address)
        lines = (("usage",), ("serve", "--port", "0"), ("settings", "show"), ("eval", "list"), ("migrate",))
        return said + " ".join(command(*line) for line in lines)


def on_the_line(name: str, address: str) -> str:
    Path("old.db").touch()
    lines = (("usage",), ("migrate", "old.db"), ("eval", "list"), ("backup", "copy.db"))
    return " ".join(command(*line, "--database", address) for line in lines)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("way", "name", "address"),
    [
        *((way, *row) for way in (in_a_file, in_a_variable, in_a_program) for row in TABLE),
        *((before_a_command, *row) for row in TYPED),
        *((on_the_line, *row) for row in TYPED[:3]),
    ],
)
def test_it_is_refused_and_shown_nowhere(
    way: Said, name: str, address: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    said = way(name, address)
    shown = capsys.readouterr()
    assert SECRET not in said + caplog.text + shown.out + shown.err
    if UNREADABLE not in address:
        assert f"{name}_password" in said
    assert not list(Path().rglob(f"*{SECRET}*"))


@pytest.mark.parametrize("address", [DATABASES[0], DATABASES[-1]])
def test_an_address_is_no_file_to_be_carried_over_copied_or_put_back(address: str) -> None:
    said = command("migrate", address, "--database", "postgresql://db.example/house")
    for verb in ("backup", "restore"):
        said += command(verb, address, "--database", "old.db")
    assert SECRET not in said
    assert said.count("a file is to be named here") == 3
    assert not list(Path().rglob(f"*{SECRET}*"))


def test_the_interface_keeps_none_and_says_none(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server, server.signed_in() as admin:
        for name, address in TABLE:
            answer = admin.put(f"/api/v1/settings/{name}", json={"value": address})
            assert answer.status_code == 422
            assert SECRET not in answer.text
            assert "settings file" in answer.text
        assert SECRET not in admin.get("/api/v1/settings").text
        assert SECRET not in admin.get("/api/v1/audit").text
