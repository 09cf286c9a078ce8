"""client -> recorder -> `pointsman serve` -> recorder -> `pointsman simulate`: real processes, both sides recorded."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs

import pointsman
from pointsman.core.json import JsonObject
from tests.peers.recorder import Recorder, recording
from tests.served import SETTINGS

SIMULATE = ("simulate", "--strict", "--port", "0", "--pace", "0")
SERVE = ("serve", "--port", "0", "--no-demo")


@attrs.frozen
class Chain:
    """`front` is what clients talk to, `upstream` what the gateway talks to."""

    front: Recorder
    upstream: Recorder

    @property
    def address(self) -> str:
        """The base address for a client."""
        return self.front.address

    def clear(self) -> None:
        """Forget what was recorded."""
        self.front.clear()
        self.upstream.clear()


def settings_by_default(provider: str) -> str:
    """All providers, of which `provider` answers to the names of models that say no provider."""
    return SETTINGS.replace('default_provider = "openai"', f'default_provider = "{provider}"')


@contextmanager
def chain(home: Path, rules: Sequence[JsonObject] = (), settings: str = SETTINGS) -> Iterator[Chain]:
    """A chain whose processes live in `home`.

    `rules` are the simulator's scenario; ADDRESS in `settings` stands for the upstream's address.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "scenario.json").write_text(json.dumps({"rules": list(rules)}))
    simulate = (*SIMULATE, "--scenario", str(home / "scenario.json"))
    serve = (*SERVE, "--config", str(home / "settings.toml"), "--database", str(home / "pointsman.db"))
    with _process(home, *simulate) as simulator, recording(simulator) as upstream:
        (home / "settings.toml").write_text(settings.replace("ADDRESS", upstream.address))
        with _process(home, *serve) as gateway, recording(gateway) as front:
            yield Chain(front, upstream)


@contextmanager
def _process(home: Path, *arguments: str) -> Iterator[str]:
    """`pointsman ARGUMENTS` while it is needed; gives the address that it names in its first lines."""
    command = [sys.executable, "-m", "pointsman", *arguments]
    with (
        (home / f"{arguments[0]}.log").open("w") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=_environment(home), cwd=home
        ) as process,
    ):
        try:
            assert process.stdout is not None
            addresses = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stdout)
            address = next((each[0] for each in addresses if each), None)
            assert address, (home / f"{arguments[0]}.log").read_text()
            yield address
        finally:
            process.kill()


def _environment(home: Path) -> dict[str, str]:
    """Nothing but what a process needs, and the tree that these tests import."""
    tree = str(Path(pointsman.__file__).parents[1])
    return {"PATH": os.environ["PATH"], "PYTHONPATH": tree, "HOME": str(home), "LANG": "C.UTF-8", "NO_COLOR": "1"}
