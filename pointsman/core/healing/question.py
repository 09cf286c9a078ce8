"""What a model is asked when a command has failed, and what it is told of changes that did not help. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from pointsman.core.chat.message import Message, system, user
from pointsman.core.evaluation.answer_formats import write_fence
from pointsman.core.evaluation.fault import Files
from pointsman.core.evaluation.prompts import HOW_TO_ANSWER

_INSTRUCTIONS = (
    "You repair programs: you find the cause of an error, say it in one or two sentences, and make the smallest change "
    "that cures it. You change only the files that you are shown, and never a test to make it pass. Marks such as "
    "***masked-1*** stand for secrets: leave them as they are."
)
_LANGUAGES = {"py": "python", "pyi": "python", "js": "javascript", "ts": "typescript", "rs": "rust", "rb": "ruby"}


@attrs.frozen(kw_only=True)
class Attempted:
    """A change that was tried and taken back, and what the command printed with it."""

    diff: str
    error: str


@attrs.frozen(kw_only=True)
class HealingRequest:
    """What is known of a failure: the error, the files that it names, the command if there is one, what was tried.

    All texts are as they may be sent: without secrets.
    """

    error: str
    files: Files
    command: str = ""
    attempted: tuple[Attempted, ...] = ()


def write_question(asked: HealingRequest) -> tuple[Message, ...]:
    """The messages that ask for a repair in search/replace blocks; whole files are understood, too."""
    opening = f"The command `{asked.command}` fails." if asked.command else "A program reports this error."
    printed = f"It printed:\n\n{write_fence(asked.error, '')}"
    files = [f"{path}\n{write_fence(text, _language(path))}" for path, text in asked.files.items()]
    parts = (opening, printed, "These are the files:", *files, *_tell_of(asked.attempted), HOW_TO_ANSWER["blocks"])
    return (system(_INSTRUCTIONS), user("\n\n".join(parts)))


def _tell_of(attempted: Sequence[Attempted]) -> list[str]:
    if not attempted:
        return []
    told = [f"{write_fence(one.diff, 'diff')}\n\n{write_fence(one.error, '')}" for one in attempted]
    return ["These changes were tried, did not help, and were taken back. After each, the command printed:", *told]


def _language(path: str) -> str:
    ending = path.rpartition(".")[2] if "." in path else ""
    return _LANGUAGES.get(ending, ending)
