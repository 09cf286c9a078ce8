"""Print the two commands of README's section `Start`, a line each, as they stand there: what CI runs cannot drift."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def readme_commands(text: str) -> list[str]:
    """The lines of the first two `sh` blocks below `## Start`: the demo, and the tests."""
    start = text.partition("\n## Start\n")[2].partition("\n## ")[0]
    blocks: list[str] = re.findall(r"```sh\n(.*?)\n```", start, re.DOTALL)
    if len(blocks) < 2 or any("\n" in block for block in blocks[:2]):
        raise SystemExit("README.md: below `## Start` the first two `sh` blocks are to be one command each.")
    return blocks[:2]


if __name__ == "__main__":
    print("\n".join(readme_commands((ROOT / "README.md").read_text("utf-8"))))
