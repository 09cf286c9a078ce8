"""The sections of `docs/coming-from.md`, each with its program in both forms."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "coming-from.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
THERE = re.compile(r"<!-- there -->\n```(\w+)\n(.*?)```", re.DOTALL)
HERE = re.compile(r"<!-- here -->\n```python\n(.*?)```", re.DOTALL)


def program_there(section: str) -> str:
    """How it is written for the other package."""
    ((_, program),) = THERE.findall(SECTIONS[section])
    return str(program)


def program_here(section: str) -> str:
    """How it is written for pointsman."""
    (program,) = HERE.findall(SECTIONS[section])
    return str(program)
