"""What a model would change: read out of its answer, and shown as a difference. Pure."""

from __future__ import annotations

import difflib
import re

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.evaluation.answer_formats import read_answer
from pointsman.core.evaluation.fault import Files
from pointsman.core.evaluation.prompts import BLOCKS_MARK

_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
"""As editors and programs count them: other ends of lines stand within one."""
_BLOCK = re.compile(r"^<{5,9} ?SEARCH\b.*?(?:^>{5,9} ?REPLACE\b.*?$|\Z)", re.DOTALL | re.MULTILINE)


@attrs.frozen
class Patch:
    """Texts of files `before` and `after`, by their relative paths; only files that differ."""

    before: Files
    after: Files

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that it changes."""
        return tuple(sorted(self.after))

    @property
    def diff(self) -> str:
        """As a unified difference."""
        return "".join(_difference(path, self.before[path], self.after[path]) for path in self.paths)

    def new_lines(self, path: str) -> frozenset[int]:
        """The numbers, from 1, of the lines that it writes into the file at `path`."""
        old, new = self.before.get(path, "").split("\n"), self.after.get(path, "").split("\n")
        codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        return frozenset(at + 1 for tag, _, _, start, end in codes if tag != "equal" for at in range(start, end))


def read_patch(answer: str, files: Files) -> Result[Patch, str]:
    """The change that `answer` makes to `files`, whichever of the two forms it has; or why there is none."""
    form = "blocks" if BLOCKS_MARK in answer or _BLOCK.search(answer) else "file"
    read = read_answer(answer, "blocks" if form == "blocks" else "file", files)
    if isinstance(read, Failure):
        return Failure(read.failure())
    texts = read.unwrap()
    changed = [path for path, text in files.items() if texts[path].rstrip("\n") != text.rstrip("\n")]
    if not changed:
        return Failure("it changes nothing")
    return Success(Patch({path: files[path] for path in changed}, {path: texts[path] for path in changed}))


def explanation(answer: str, files: Files) -> str:
    """What the answer says beside the change itself, and the names of the files above it."""
    words = _FENCED.sub("", _BLOCK.sub("", answer)).splitlines()
    kept = [line for line in words if line.strip().strip("#*:`\"' ") not in files]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _difference(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(_LINE.findall(before), _LINE.findall(after), f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
