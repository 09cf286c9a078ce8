from pathlib import Path

import pytest

from examples.healing import heal
from pointsman import App
from pointsman.testing import ScriptedClient

ANSWER = """The condition is the wrong way round.

{}
<<<<<<< SEARCH
exit 1
=======
exit 0
>>>>>>> REPLACE
"""


@pytest.mark.parametrize(("name", "fate", "code"), [("src/run.sh", "healed", 0), ("run.sh", "declined", 1)])
async def test_only_what_may_be_changed_is(
    llm_app: App, llm_script: ScriptedClient, tmp_path: Path, name: str, fate: str, code: int
) -> None:
    script = tmp_path / name
    script.parent.mkdir(exist_ok=True)
    script.write_text("exit 1\n")
    llm_script.respond(ANSWER.format(name))
    report = (await heal(llm_app, str(tmp_path), ["sh", name])).unwrap()
    assert ([one.fate for one in report.rounds], report.code) == ([fate], code)
    assert script.read_text() == f"exit {code}\n"
