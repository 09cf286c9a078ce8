"""The tutorial is followed to the letter: its files, commands and programs, in their order, in an empty HOME."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from tests.reader import Reader, reading

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
BLOCK = re.compile(r"(?:<!-- (\w+)(?:: (\S+))? -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
PORTS = ("8399", "8787")


@attrs.frozen
class Block:
    """A block of code; `what` is to be done with it (`run`, `file`, `add`, `background`), or nothing."""

    what: str
    word: str
    language: str
    text: str


BLOCKS = [Block(*found) for found in BLOCK.findall(PAGE)]


def is_shown(expected: str, output: str) -> bool:
    """Whether a line of `output` is `expected`, in which an ellipsis stands for anything."""
    pattern = ".*".join(re.escape(part.strip()) for part in expected.split("…"))
    return re.search(rf"^\s*{pattern}\s*$", output, re.MULTILINE) is not None


def follow(reader: Reader, block: Block) -> str:
    """What a block prints, where it is run."""
    text = reader.place(block.text)
    match block.what:
        case "file":
            (reader.folder / block.word).write_text(text, "utf-8")
        case "add":
            with (reader.folder / block.word).open("a", encoding="utf-8") as file:
                file.write("\n" + text)
        case "background":
            reader.start(text.rstrip().removesuffix("&"))
        case "run":
            return reader.run(text, int(block.word or 0))
        case _:
            raise AssertionError(f"nobody knows how to {block.what}")
    return ""


@pytest.mark.long
def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    printed = ""
    with reading(tmp_path, PORTS) as reader:
        for block in BLOCKS:
            if block.language == "text":
                missing = [line for line in block.text.splitlines() if not is_shown(reader.place(line), printed)]
                assert missing == [], printed
            elif block.what:
                printed = follow(reader, block)


def test_every_block_of_the_tutorial_is_followed_but_the_first() -> None:
    skipped = [block.text for block in BLOCKS if not block.what and block.language != "text"]
    assert len(skipped) == 1
    assert skipped[0].startswith("python3 -m venv .venv")
    assert sum(block.what == "run" for block in BLOCKS) >= 10


@pytest.mark.parametrize(
    ("expected", "output", "shown"),
    [("a … c", "x\na b c\n", True), ("a … c", "a b d", False), ("2 passed…", "2 passed in 1 s", True)],
)
def test_a_line_is_looked_for_as_it_stands(expected: str, output: str, shown: bool) -> None:
    assert is_shown(expected, output) is shown
