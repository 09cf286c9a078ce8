"""What every client must be able to do through the gateway, whoever is behind it, and what must arrive there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from tests.patience import GUARD
from tests.peers.chain import Chain
from tests.peers.comparison import differences, wrong_places

_EMBEDDERS = ("openai", "openai-responses", "gemini", "ollama")
_NOT_FOUND = ("404", "not found", "notfound", "does not exist", "not_found")


@attrs.frozen
class Peer:
    """A script of `clients/`, run for the dialect of `vendor`; `other` is another vendor to put behind it."""

    script: str
    vendor: str
    other: str

    def __str__(self) -> str:
        return f"{self.script}-{self.vendor}"


def assert_outcome(links: Chain, peer: Peer, behind: str, command: list[str], modes: Sequence[str] = ()) -> None:
    """Run the client with `behind` behind the gateway; all that is wrong with it is said at once."""
    results = _run(links, peer, behind, command, modes)
    problems = [*_of_results(results), *_of_upstream(links, behind, results)]
    if behind == peer.vendor:
        problems += differences(links)
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def _run(links: Chain, peer: Peer, behind: str, command: list[str], modes: Sequence[str]) -> dict[str, Any]:
    links.clear()
    arguments = {
        "address": links.address,
        "model": f"{behind}/sim",
        "embeddingModel": f"{behind if behind in _EMBEDDERS else 'openai'}/sim-embed",
        "missingModel": f"{behind}/sim-not-found",
        "kind": peer.vendor,
        "modes": modes,
    }
    done = subprocess.run(
        [*command, json.dumps(arguments)],
        capture_output=True,
        text=True,
        timeout=GUARD,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    results: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return results


def _of_results(results: dict[str, Any]) -> list[str]:
    failures = [f"{name}: {value['failure']}" for name, value in results.items() if _failed(value)]
    values = {name: value for name, value in results.items() if not _failed(value)}
    wrong = [name for name, value in values.items() if not _CHECKS[name.split()[0]](value)]
    return [*failures, *(f"{name}: {values[name]!r}"[:600] for name in wrong)]


def _failed(value: object) -> bool:
    return isinstance(value, dict) and "failure" in value


_CHECKS: dict[str, Any] = {
    "chat": lambda it: "Which way?" in str(it["text"]) and it["input"] > 0 and it["output"] > 0,
    "stream": lambda it: len(it) > 1 and "Which way?" in "".join(it),
    "tool": lambda it: it["name"] == "get_weather" and "city" in it["arguments"] and "12 degrees" in str(it["answer"]),
    "structured": lambda it: sorted(it) == ["city", "degrees"] and isinstance(it["degrees"], int),
    "embedding": lambda it: len(it) == 2 and it[0] != it[1] and len(it[0]) > 2,
    "error": lambda it: any(each in json.dumps(it).lower() for each in _NOT_FOUND),
}


def _of_upstream(links: Chain, behind: str, results: dict[str, Any]) -> list[str]:
    """What the vendor must have seen: its own paths, and every word that the client was given to say."""
    seen = "\n".join(exchange.body.decode() for exchange in links.upstream.posts())
    words = ["You are a signalman.", "Which way?", *(["get_weather", "12 degrees"] if "tool" in results else [])]
    missing = [f"{word!r} did not reach the vendor" for word in words if word not in seen]
    embeds = behind if behind in _EMBEDDERS else None
    places = [path for path in wrong_places(links, behind) if embeds or "/embeddings" not in path]
    return [*missing, *(f"{path} was asked of {behind}" for path in places)]
