"""`docs/pipelines.md` is true: its blocks run, two checkers read them, and its table is what they make of it."""

from __future__ import annotations

import ast
import re
import textwrap
from inspect import iscoroutine
from pathlib import Path
from typing import get_args

import pytest

from pointsman import ChatError, ModelUnavailable, fake, open_app
from pointsman.testing import VirtualClock
from tests.test_types import errors

PAGE = (Path(__file__).parent.parent / "docs" / "pipelines.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ROWS = re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", PAGE.partition("| expression |")[2].partition("\n\n")[0], re.M)
HEAD = """
from pointsman.adapters.memory.cache_store import MemoryCache
from pointsman.services.ports.cache_store import CacheStore
"""
READ = f"""
from typing import Any, assert_type
from returns.pipeline import flow
from returns.pointfree import bind
from pointsman.core import error
from pointsman.core.error import Fault
from pointsman.testing import VirtualClock
Rest: TypeAlias = {" | ".join(f"error.{one.__name__}" for one in get_args(ChatError) if one is not ModelUnavailable)}
Q = ask("?")
def see(value: object) -> None: ...
"""


async def test_its_blocks_run_one_after_the_other() -> None:
    clock = VirtualClock()
    async with open_app(fake(clock=clock)) as opened:
        names: dict[str, object] = {"app": opened.unwrap(), "clock": clock}
        exec(HEAD, names)
        for block in BLOCKS:
            code = compile(block, "docs/pipelines.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            pending = eval(code, names)
            if iscoroutine(pending):
                await pending


def test_every_combinator_is_shown() -> None:
    from pointsman import pipelines

    names = (name for name in vars(pipelines) if name.isidentifier())  # pytest adds its own to the modules of a plug-in
    public = {name for name in names if not name.startswith("_") and name not in ("annotations", "pipelines")}
    shown = "\n".join([*BLOCKS, *re.findall(r"`([^`\n]+)`", PAGE)])
    assert {name for name in public if not re.search(rf"\b{name}\b", shown)} <= {
        "AsyncStep",
        "Env",
        "Schedule",
        "Timed",
        "Traceable",
        "Try",
        "needing",
        "tap_stream",
    }


def program_of_the_page(*more: str) -> str:
    """The blocks as one function, after their imports and aliases; `more` lines stand at its end."""
    first, *rest = BLOCKS
    text = "\n".join([*rest, *more])
    aliases = "\n".join(re.findall(r"^\w+: TypeAlias = .*$", text, re.MULTILINE))
    body = textwrap.indent(re.sub(r"^\w+: TypeAlias = .*$", "", text, flags=re.MULTILINE), "    ")
    start = "async def page(app: App, clock: VirtualClock) -> None:"
    return f"from __future__ import annotations\n{HEAD}{first}{READ}{aliases}\n{start}\n{body}"


@pytest.mark.long
@pytest.mark.parametrize(("checker", "column"), [("mypy", 1), ("pyright", 2)])
def test_two_checkers_make_of_it_what_the_table_says(checker: str, column: int, tmp_path: Path) -> None:
    lines = []
    for row in ROWS:
        code, said = row[0].replace("\\|", "|"), row[column].strip("`").replace("\\|", "|")
        match said:
            case "refused":
                lines.append(f"see({code})")
            case "Unknown":  # it fits whatever is expected
                lines.append(f"taken{len(lines)}: bytes = {code}")
            case _:
                lines.append(f"see(assert_type({code}, {said}))")
    program = program_of_the_page(*lines)
    numbered = program.splitlines()
    found = re.findall(r"program\.py:(\d+)(?::\d+)?(?:: | - )error", errors(checker, program, tmp_path))
    refused = {f"see({row[0]})" for row in ROWS if row[column] == "refused"}
    assert len(ROWS) > 15
    assert {numbered[int(number) - 1].strip() for number in found} == refused
