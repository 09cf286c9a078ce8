"""What a model is told of a case: templates by name and version, and the two forms in which it may answer. Pure.

It sees the files, the visible tests and what a run of them printed: an `Exhibit`, which has no place for hidden checks.
A template is never changed, it gets a new version, so that a run always says what it asked.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message, system, user
from pointsman.core.error import InvalidRequest, invalid_request
from pointsman.core.evaluation.answer_formats import write_fence
from pointsman.core.evaluation.fault import Case, Files
from pointsman.core.evaluation.healing import AnswerFormat


@attrs.frozen(kw_only=True)
class Exhibit:
    """What may be shown of a case. `error` is empty where the visible tests notice nothing."""

    files: Files
    tests: str
    error: str
    tests_name: str = "test_visible.py"


def tests_name(program: str) -> str:
    """The name of the visible tests of `program`, by which its error stream calls them, too."""
    return f"test_{program}.py"


def exhibit(case: Case) -> Exhibit:
    """What a model is shown of the faulty program."""
    return Exhibit(files=case.files, tests=case.visible, error=case.error, tests_name=tests_name(case.program))


def good_exhibit(case: Case) -> Exhibit:
    """What a model is shown of the correct program, as if something were wrong with it."""
    return Exhibit(files=case.original, tests=case.visible, error="", tests_name=tests_name(case.program))


@attrs.frozen(kw_only=True)
class HealingPrompt:
    """A template. `opening` stands above the files, `closing` below; `instructions` are the system message."""

    name: str
    version: int
    opening: str
    closing: str = ""
    instructions: str = ""
    shows_tests: bool = True

    @property
    def reference(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"


_PROMPTS = (
    HealingPrompt(
        name="plain",
        version=1,
        opening="This Python program does not work as it should. Find what is wrong and correct it.",
        closing="Change as little as possible, and leave the tests as they are.",
    ),
    HealingPrompt(
        name="steps",
        version=1,
        instructions="You repair Python programs: you find the cause, then make the smallest change that cures it.",
        opening="This Python program does not work as it should.",
        closing="Say in a few sentences what the cause is. Then correct it, changing as little as possible.",
    ),
    HealingPrompt(
        name="error",
        version=1,
        opening="This Python program does not work as it should. Correct it.",
        closing="Change as little as possible.",
        shows_tests=False,
    ),
)
PROMPTS: Mapping[str, HealingPrompt] = {prompt.reference: prompt for prompt in _PROMPTS}
"""All versions of all templates, by `name@version`."""


def find_prompt(name: str) -> Result[HealingPrompt, InvalidRequest]:
    """The template called `name` or `name@version`; without a version the newest."""
    found = [prompt for prompt in _PROMPTS if name in (prompt.name, prompt.reference)]
    if found:
        return Success(max(found, key=lambda prompt: prompt.version))
    problem = f"there is no healing prompt {name!r}; there are {', '.join(PROMPTS)}"
    return Failure(invalid_request(problem))


BLOCKS_MARK = "<<<<<<< SEARCH"
"""Stands in prompts that ask for search/replace blocks, and in no others of ours."""
_SILENT = "The visible tests pass. Still it gives a wrong result for some inputs."
HOW_TO_ANSWER: Mapping[AnswerFormat, str] = {
    "file": "Answer with each file that you changed, whole, in a fenced code block, with its name alone on the line "
    "above the block:\n\nname.py\n```python\n…the whole file…\n```",
    "blocks": "Answer with search/replace blocks, each with the file's name alone on the line above it. The lines to "
    "be replaced must be copied exactly, and enough of them that they occur once in the file:\n\nname.py\n"
    f"{BLOCKS_MARK}\n…lines as they are…\n=======\n…lines as they shall be…\n>>>>>>> REPLACE",
    "text": "",
}


def write_messages(prompt: HealingPrompt, shown: Exhibit, format: AnswerFormat) -> tuple[Message, ...]:
    """What the model is asked."""
    tests = [f"{shown.tests_name}\n{write_fence(shown.tests)}"] if prompt.shows_tests and shown.tests else []
    error = f"This is what a run printed:\n\n{write_fence(shown.error, '')}" if shown.error else _SILENT
    files = [f"{name}\n{write_fence(shown.files[name])}" for name in sorted(shown.files)]
    parts = (prompt.opening, *files, *tests, error, prompt.closing, HOW_TO_ANSWER[format])
    text = "\n\n".join(part for part in parts if part)
    return (*((system(prompt.instructions),) if prompt.instructions else ()), user(text))
