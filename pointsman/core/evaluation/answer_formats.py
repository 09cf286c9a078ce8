"""Reads the files out of a model's answer, in one of two forms, and writes such answers. Pure, and it never raises.

What cannot be read says why.

`file`: whole files in fenced code blocks, the name on the line above, in the fence's first line or in a comment on the
first line of code. `blocks`: search/replace blocks. Both are forgiving where it is clear what is meant (line ends, a
name left out where there is one file, all lines indented alike) and refuse what has to be guessed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.evaluation.fault import Files
from pointsman.core.evaluation.healing import AnswerFormat

_MOST_CHARACTERS = 2_000_000
_MOST_BLOCKS = 1000
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$")
_SEARCH, _MIDDLE, _REPLACE = (
    re.compile(r"^<{5,9} ?SEARCH\b"),
    re.compile(r"^={5,9}$"),
    re.compile(r"^>{5,9} ?REPLACE\b"),
)


def read_answer(text: str, format: AnswerFormat, files: Files) -> Result[Files, str]:
    """All files as the answer `text` would have them; or one sentence that says why it cannot be read."""
    if len(text) > _MOST_CHARACTERS:
        return Failure(f"the answer is longer than {_MOST_CHARACTERS:,} characters")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _read_blocks(lines, files) if format == "blocks" else _read_files(lines, files)


@attrs.frozen
class _CodeBlock:
    """A fenced block: what its first line says, what the line above it says, its text, and whether it ends."""

    info: str
    above: str
    text: str
    is_closed: bool


def _read_files(lines: Sequence[str], files: Files) -> Result[Files, str]:
    blocks = list(_fenced_blocks(lines))
    if not blocks:
        return Failure("there is no fenced code block")
    if not blocks[-1].is_closed:
        return Failure("the last code block does not end")
    named: dict[str, list[_CodeBlock]] = {}
    for block in blocks:
        name = _name_of(block, files)
        if name is not None:
            named.setdefault(name, []).append(block)
    if not named and len(files) == 1:
        named = {next(iter(files)): blocks}
    if named:
        return Success({**files, **{name: _likest(some, files[name]) for name, some in named.items()}})
    return Failure(f"no code block is named after a file; there are {', '.join(sorted(files))}")


def _likest(blocks: Sequence[_CodeBlock], text: str) -> str:
    """Of several blocks, the one that has most lines in common with the file; of equal ones the last."""
    known = {line.strip() for line in text.split("\n") if line.strip()}

    def common(block: _CodeBlock) -> int:
        return len(known & {line.strip() for line in block.text.split("\n")})

    return max(reversed(blocks), key=common).text


def _fenced_blocks(lines: Sequence[str]) -> Iterator[_CodeBlock]:
    opened: tuple[str, str, str, int] | None = None
    held: list[str] = []
    above = ""
    for line in lines:
        fence = _FENCE.match(line)
        if opened is None:
            if fence:
                opened, held = (fence[1], fence[2].strip(), above, len(line) - len(line.lstrip(" "))), []
            elif line.strip():
                above = line.strip()
        elif fence and fence[1].startswith(opened[0]) and not fence[2].strip():
            yield _CodeBlock(opened[1], opened[2], _join_lines(held, opened[3]), is_closed=True)
            opened, above = None, ""
        else:
            held.append(line)
    if opened is not None:
        yield _CodeBlock(opened[1], opened[2], _join_lines(held, opened[3]), is_closed=False)


def shown_blocks(text: str) -> tuple[str, ...]:
    """The texts of all code blocks in `text`."""
    return tuple(block.text for block in _fenced_blocks(text.split("\n")))


def _join_lines(lines: Sequence[str], indent: int) -> str:
    """The lines as text, without the spaces by which the fence itself is indented."""
    cut = [line[indent:] if line[:indent].strip() == "" else line for line in lines] if indent else lines
    return "".join(f"{line}\n" for line in cut)


def _name_of(block: _CodeBlock, files: Files) -> str | None:
    """The file that a block is named after: in the fence, on the line above, or in its first comment."""
    first = block.text.partition("\n")[0].strip()
    hints = (*block.info.replace("=", " ").replace(":", " ").split(), block.above)
    for hint in (*hints, first if first.startswith("#") else ""):
        name = _file_named(hint, files)
        if name is not None:
            return name
    return None


def _file_named(hint: str, files: Files) -> str | None:
    """The file that `hint` names; by its last part where only one has it, for models put folders before names."""
    words = hint.strip().strip("#*:`\"' \t").split()
    for word in (words[-1], words[0]) if words else ():
        path = word.strip("`*\"':(),").replace("\\", "/").removeprefix("./").lstrip("/")
        if path in files:
            return path
        same = [name for name in files if name.rpartition("/")[2] == path.rpartition("/")[2]]
        if path and len(same) == 1:
            return same[0]
    return None


@attrs.frozen
class _Edit:
    above: str
    search: tuple[str, ...]
    replace: tuple[str, ...]


def _read_blocks(lines: Sequence[str], files: Files) -> Result[Files, str]:
    read = _edits(lines)
    if isinstance(read, str):
        return Failure(read)
    changed: dict[str, str] = dict(files)
    name: str | None = next(iter(files)) if len(files) == 1 else None
    for number, edit in enumerate(read, 1):
        named = _file_named(edit.above, files) if edit.above else None
        if named is None and len(files) > 1 and (edit.above or name is None):
            return Failure(f"block {number} is not named after a file; there are {', '.join(sorted(files))}")
        name = named or name or ""
        text = _apply_edit(changed[name], edit)
        if not isinstance(text, _Replaced):
            return Failure(f"block {number}: {text}")
        changed[name] = text.text
    return Success(changed)


def _edits(lines: Sequence[str]) -> list[_Edit] | str:
    edits: list[_Edit] = []
    above, search, replace, state = "", list[str](), list[str](), "outside"
    for line in lines:
        mark = line.strip()
        if state == "outside":
            if _SEARCH.match(mark):
                state, search, replace = "search", [], []
            elif mark and not _FENCE.match(line):
                above = mark
            elif _FENCE.match(line) and len(mark.strip("`~").split()) > 1:
                above = mark.strip("`~")
        elif state == "search":
            if _MIDDLE.match(mark):
                state = "replace"
            else:
                search.append(line)
        elif _REPLACE.match(mark):
            edits.append(_Edit(_looks_like_name(above), tuple(search), tuple(replace)))
            state, above = "outside", ""
        else:
            replace.append(line)
    if state != "outside":
        return "the last search/replace block does not end"
    if not edits:
        return "there is no search/replace block"
    return edits if len(edits) <= _MOST_BLOCKS else f"there are more than {_MOST_BLOCKS} blocks"


def _looks_like_name(line: str) -> str:
    """`line` where it may be a file's name: with prose above the block, there is none."""
    words = line.split()
    return line if len(words) <= 3 and any("." in word.strip(".:") for word in words) else ""


@attrs.frozen
class _Replaced:
    text: str


def _apply_edit(text: str, edit: _Edit) -> _Replaced | str:
    if not any(line.strip() for line in edit.search):
        return "there is nothing to search for"
    lines = text.split("\n")
    for find in (_exactly, _without_trailing, _indented_alike):
        places = find(lines, edit.search)
        if len(places) > 1:
            return f"its lines occur {len(places)} times in the file"
        if places:
            start, indent = places[0]
            shifted = [_shift(line, indent) for line in edit.replace]
            return _Replaced("\n".join((*lines[:start], *shifted, *lines[start + len(edit.search) :])))
    return "its lines do not occur in the file"


_Indent = tuple[str, str]
"""What a line of the block begins with, and what it is to begin with instead."""
_Places = list[tuple[int, _Indent]]


def _exactly(lines: Sequence[str], search: Sequence[str]) -> _Places:
    return [(at, ("", "")) for at in _occurrences(lines, search)]


def _without_trailing(lines: Sequence[str], search: Sequence[str]) -> _Places:
    return [(at, ("", "")) for at in _occurrences([one.rstrip() for one in lines], [one.rstrip() for one in search])]


def _indented_alike(lines: Sequence[str], search: Sequence[str]) -> _Places:
    """Where the lines occur but for an indentation that all of them have too little or too much of."""
    stripped = _occurrences([line.strip() for line in lines], [line.strip() for line in search])
    found = []
    for at in stripped:
        pairs = [(ours, theirs) for ours, theirs in zip(search, lines[at:], strict=False) if ours.strip()]
        shifts = {_shift_between(ours, theirs) for ours, theirs in pairs}
        if len(shifts) == 1 and (shift := shifts.pop()) is not None:
            found.append((at, shift))
    return found


def _shift_between(ours: str, theirs: str) -> _Indent | None:
    here, there = ours[: len(ours) - len(ours.lstrip())], theirs[: len(theirs) - len(theirs.lstrip())]
    if there.endswith(here):
        return ("", there[: len(there) - len(here)])
    return (here[: len(here) - len(there)], "") if here.endswith(there) else None


def _shift(line: str, indent: _Indent) -> str:
    return indent[1] + line.removeprefix(indent[0]) if line.strip() else line


def _occurrences(lines: Sequence[str], search: Sequence[str]) -> list[int]:
    """Where `search` stands in `lines`, as whole lines. Looks for its rarest beginning only: close to linear."""
    first, size = search[0], len(search)
    wanted = list(search)
    return [
        at
        for at in range(len(lines) - size + 1)
        if lines[at] == first and lines[at + size - 1] == wanted[-1] and list(lines[at : at + size]) == wanted
    ]


def write_answer(before: Files, after: Files, format: AnswerFormat) -> str:
    """An answer that turns `before` into `after`, which has the same names: what `read_answer` reads back."""
    changed = [name for name in sorted(after) if before.get(name) != after[name]]
    if format == "blocks":
        return "\n\n".join(f"{name}\n{_blocks_between(before[name], after[name])}" for name in changed)
    return "\n\n".join(f"{name}\n{write_fence(after[name])}" for name in changed or sorted(after))


def write_fence(text: str, language: str = "python") -> str:
    """`text` in a code block, whose fence is longer than any row of backticks in it."""
    marks = "```"
    while marks in text:
        marks += "`"
    return f"{marks}{language}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{marks}"


def _blocks_between(before: str, after: str) -> str:
    """One block over all that differs, with as many lines around as make it occur once."""
    old, new = before.split("\n"), after.split("\n")
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    start, end = codes[0][1], codes[-1][2]
    tail_new = len(new) - codes[-1][4]
    head_new = codes[0][3]
    around = 0
    while True:
        low, high = max(0, start - around), min(len(old), end + around)
        search = old[low:high]
        unique = any(line.strip() for line in search) and len(_occurrences(old, search)) == 1
        if unique or (low == 0 and high == len(old)):
            replace = new[head_new - (start - low) : len(new) - tail_new + (high - end)]
            return "\n".join(("<<<<<<< SEARCH", *search, "=======", *replace, ">>>>>>> REPLACE"))
        around += 1
