"""The files in `deploy/` say what this version understands: their command lines and variables are read as usual."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.parser import build_parser
from pointsman.core.security.secret import Secret
from pointsman.core.settings import Settings
from pointsman.layers.settings.found import load_settings
from pointsman.layers.settings.rules import check_settings

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
