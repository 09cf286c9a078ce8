"""The files in `deploy/` say what this version understands: their command lines and variables are read as usual."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.parser import build_parser
from pointsman.core.security.secret import Secret
from pointsman.core.settings import Settings
from pointsman.layers.settings.found import load_settings
from pointsman.layers.settings.rules import check_settings
from tests.adapters.postgres.server import Server, started_server
from tests.command_line import POINTSMAN
from tests.command_line import environment as base_environment
from tests.redis_server import RedisProcess, needs_redis, redis_server
from tests.slow_upstream import SlowUpstream, slow_upstream
from tests.test_stopping import serving
from tests.test_workers import shared_state, until

yaml = pytest.importorskip("yaml")
DEPLOY = Path(__file__).parent.parent / "deploy"


def read_options(arguments: list[str]) -> Options:
    return build_parser(("openai",), "1").parse_args(arguments, Options())


def read_settings(environment: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    return load_settings(environment=environment).bind(check_settings).unwrap()


def assert_shared(settings: Settings) -> None:
    assert (settings.database or "").startswith("postgresql://pointsman@")
    assert settings.shared is not None
    assert settings.shared_password == Secret("secret")
    assert settings.key_file


@pytest.fixture(scope="module")
def upstream() -> Iterator[SlowUpstream]:
    with slow_upstream() as found:
        found.let_end.set()
        yield found


def assert_serves(home: Path, upstream: SlowUpstream, arguments: list[str], environment: dict[str, str]) -> None:
    """Two workers begin by these arguments and variables, say that all is there, ask for a sign-in, and end well."""
    assert arguments[0] == "serve"
    upstream.write_settings(home)
    said = "correct horse battery staple\n"
    command = [*POINTSMAN, "settings", "set-password", "--config", str(home / "pointsman.toml")]
    whole = {**base_environment(home), **environment}
    done = subprocess.run(command, input=said, env=whole, cwd=home, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    with serving(home, *arguments[1:], "--port", "0", more=environment) as server:
        address = f"http://127.0.0.1:{server.address.rpartition(':')[2]}"
        until(lambda: shared_state(address) == "shared by 2")
        assert httpx.get(f"{address}/readyz", trust_env=False).status_code == 200
        body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
        assert httpx.post(f"{address}/v1/chat/completions", json=body, trust_env=False).status_code == 401
        server.send(signal.SIGTERM)
        code, said = server.wait()
        assert code == 0, said
        assert "secret" not in said


def on_servers(environment: Mapping[str, str], server: Server, redis: RedisProcess, home: Path) -> dict[str, str]:
    """The variables of a file, with the places of servers that run here."""
    database = server.started.get_uri().replace("postgres:@", "pointsman@").replace("/postgres?", "/pointsman?")
    there = {
        "POINTSMAN_DATABASE": database,
        "POINTSMAN_SHARED": f"{environment['POINTSMAN_SHARED'].partition(':')[0]}://127.0.0.1:{redis.port}/0",
        "POINTSMAN_KEY_FILE": str(home / "keys" / "pointsman.key"),
    }
    assert there.keys() <= environment.keys()
    return {**environment, **there}


def make_database(server: Server, environment: Mapping[str, str]) -> None:
    """What the image of PostgreSQL does with its variables."""
    import psycopg

    user, name = environment["POSTGRES_USER"], environment["POSTGRES_DB"]
    with psycopg.connect(server.started.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{environment['POSTGRES_PASSWORD']}'".encode())
        connection.execute(f"CREATE DATABASE {name} OWNER {user}".encode())


def make_key_file(file: Path) -> None:
    """As the head of `kubernetes.yaml` says."""
    command = [*POINTSMAN, "settings", "set", "openai", "api_key=-", "--database", "first.db"]
    folder = file.parent.parent
    whole = {**base_environment(folder), "POINTSMAN_KEY_FILE": str(file)}
    subprocess.run(command, input="sk-1\n", env=whole, cwd=folder, text=True, capture_output=True, check=True)
    assert file.exists()
    file.chmod(0o400)


@pytest.mark.long
@needs_redis
def test_what_the_files_say_serves_on_servers_from_packages(tmp_path: Path, upstream: SlowUpstream) -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8").replace("${PASSWORD:?}", "secret")
    services: dict[str, Any] = yaml.safe_load(text)["services"]
    deployment = next(iter(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text("utf-8"))))
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    ours = {one["name"]: one.get("value", "secret") for one in container["env"]}
    given = [
        ("compose", services["pointsman"]["command"], services["pointsman"]["environment"]),
        ("kubernetes", container["args"], ours),
    ]
    with started_server() as server, redis_server(tmp_path, *services["valkey"]["command"][1:]) as redis:
        make_database(server, services["postgres"]["environment"])
        for name, arguments, environment in given:
            home = tmp_path / name
            (home / "keys").mkdir(parents=True)
            if name == "kubernetes":
                make_key_file(home / "keys" / "pointsman.key")
            assert_serves(home, upstream, arguments, on_servers(environment, server, redis, home))


def test_compose_starts_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    ours = services["pointsman"]
    options = read_options(ours["command"])
    assert (options.workers, options.host, options.no_demo) == (2, "0.0.0.0", True)
    filled = {name: value.replace("${PASSWORD:?}", "secret") for name, value in ours["environment"].items()}
    assert_shared(read_settings(filled, tmp_path, monkeypatch))
    assert {"postgres", "valkey"} <= services.keys() == {*ours["depends_on"], "pointsman"}


def test_kubernetes_starts_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment, service = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text("utf-8"))
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    options = read_options(container["args"])
    assert (options.workers, options.https) == (2, True)
    filled = {one["name"]: one.get("value", "secret") for one in container["env"]}
    settings = read_settings(filled, tmp_path, monkeypatch)
    assert_shared(settings)
    assert pod["terminationGracePeriodSeconds"] > settings.drain + 45
    assert [container[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")] == [
        "/healthz",
        "/readyz",
    ]
    assert service["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"]
