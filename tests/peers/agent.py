"""A coding agent at work in a repository of its own: a file with a mistake, and what the model says to mend it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import attrs

from pointsman.core.json import JsonObject
from tests.patience import GUARD

TASK = "Mend the spelling in poem.txt."
WRONG, RIGHT = "violets are bleu", "violets are blue"
PATCH = f"*** Begin Patch\n*** Update File: poem.txt\n@@\n-{WRONG}\n+{RIGHT}\n*** End Patch\n"
FAREWELL = "The spelling of blue is right now."
ASKED_OF_A_MODEL: JsonObject = {"model": "?*"}
"""A gateway also asks which models there are; that is no turn."""


@attrs.frozen
class Workplace:
    """An empty HOME, and a repository with the file."""

    home: Path
    repository: Path

    @property
    def poem(self) -> Path:
        """The file with the mistake."""
        return self.repository / "poem.txt"

    def run(self, command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run the agent there with nothing of our own environment but the path of programs."""
        base = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8", "NO_COLOR": "1"}
        return subprocess.run(
            command,
            cwd=self.repository,
            env={**base, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GUARD,
            check=False,
        )


def workplace(folder: Path) -> Workplace:
    """A new workplace in `folder`."""
    place = Workplace(folder / "agent-home", folder / "repository")
    place.home.mkdir(parents=True)
    place.repository.mkdir()
    subprocess.run(
        ["git", "init", "--quiet", str(place.repository)],
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(place.home)},
    )
    place.poem.write_text(f"roses are red\n{WRONG}\n")
    return place


def call(name: str, **arguments: str) -> JsonObject:
    """A rule of a scenario: the simulated model's next turn calls a tool."""
    answer: JsonObject = {"tool_calls": [{"name": name, "arguments": dict(arguments)}]}
    return {"match": ASKED_OF_A_MODEL, "times": 1, "answer": answer}


def say(text: str) -> JsonObject:
    """A rule of a scenario: all turns of the simulated model are `text` now."""
    return {"match": ASKED_OF_A_MODEL, "answer": {"text": text}}
