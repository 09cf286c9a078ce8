"""`docs/returns.md` is true: its blocks run one after the other."""

from __future__ import annotations

import ast
import re
from inspect import iscoroutine
from pathlib import Path

from pointsman import App
from pointsman.testing import ScriptedClient

PAGE = (Path(__file__).parent.parent / "docs" / "returns.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


async def test_its_blocks_run_one_after_the_other(llm_app: App, llm_script: ScriptedClient) -> None:
    names: dict[str, object] = {"app": llm_app, "script": llm_script}
    for block in BLOCKS:
        code = compile(block, "docs/returns.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        pending = eval(code, names)
        if iscoroutine(pending):
            await pending
    assert sum(block.count("assert ") for block in BLOCKS) >= 12
