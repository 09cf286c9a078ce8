"""Answers as models write them: read where it is clear what is meant, refused with a reason where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Failure, Success

from pointsman.core.evaluation.answer_formats import read_answer, write_answer
from pointsman.core.evaluation.healing import AnswerFormat

ONE = {"main.py": "def f(x):\n    if x:\n        return y\n    return 0\n"}
TWO = {"app/main.py": "import lib\n\nprint(lib.one())\n", "app/lib.py": "def one():\n    return 2\n"}
GOOD = "def f(x):\n    return x\n"
FORMATS: tuple[AnswerFormat, ...] = ("file", "blocks")

_lines = st.lists(
    st.sampled_from(["", "a = 1", "    b", "    b", "def f():", "        return 1", "```", "x\\y"]), max_size=8
)
_texts = _lines.map(lambda lines: "\n".join(lines))


@given(st.text(max_size=300), st.sampled_from(FORMATS), st.sampled_from([ONE, TWO, {}]))
def test_nothing_that_is_answered_raises(text: str, format: AnswerFormat, files: dict[str, str]) -> None:
    read = read_answer(text, format, files)
    if isinstance(read, Failure):
        assert read.failure()
    else:
        assert read.unwrap().keys() == files.keys()


@given(
    st.lists(
        st.sampled_from(
            [
                "```",
                "```python",
                "main.py",
                "<<<<<<< SEARCH",
                "=======",
                ">>>>>>> REPLACE",
                "def f(x):",
                "    if x:",
                "",
            ]
        ),
        max_size=20,
    ),
    st.sampled_from(FORMATS),
    st.sampled_from([ONE, TWO]),
)
def test_no_row_of_marks_raises(lines: list[str], format: AnswerFormat, files: dict[str, str]) -> None:
    read = read_answer("\n".join(lines), format, files)
    assert isinstance(read, Failure) or read.unwrap().keys() == files.keys()


@settings(max_examples=200)
@given(_texts, _texts, st.sampled_from(FORMATS))
def test_what_is_written_is_read_back(before: str, after: str, format: AnswerFormat) -> None:
    """But for the line end at the end of a file, which a fence adds, and for a file of nothing but white space."""
    if format == "blocks" and (not before.strip() or before == after):
        return
    files, wanted = {"main.py": before}, {"main.py": after}
    read = read_answer(write_answer(files, wanted, format), format, files)
    assert read.unwrap()["main.py"].rstrip("\n") == after.rstrip("\n")


def test_two_files_are_written_and_read_back() -> None:
    after = {"app/main.py": TWO["app/main.py"], "app/lib.py": "def one():\n    return 1\n"}
    for format in FORMATS:
        written = write_answer(TWO, after, format)
        assert "main.py" not in written
        assert read_answer(written, format, TWO) == Success(after)


FILES = {
    "one fence": "Here it is.\n\n```python\n{}```\nThat is all.",
    "name above": "main.py\n```python\n{}```",
    "name above, decorated": "### `main.py`:\n\n```py\n{}```",
    "name in the fence": "```python main.py\n{}```",
    "title in the fence": '```python title="main.py"\n{}```',
    "another folder": "src/deep/main.py\n```python\n{}```",
    "tildes": "~~~python\n{}~~~",
    "snippet first": "This line is wrong:\n```python\n        return y\n```\nCorrected:\n```python\n{}```",
    "usage after": "```python\n{}```\nUse it so:\n```python\nprint(f(1))\n```",
    "shell first": "```sh\npython main.py\n```\n\nmain.py\n```python\n{}```",
    "indented fence": "1. Like this:\n   ```python\n   {}   ```",
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", FILES)
def test_a_whole_file_is_read(name: str, line_end: str) -> None:
    good = "def f(x):\n    if x:\n        return x\n    return 0\n"
    body = good.replace("\n", "\n   ").rstrip(" ") if name == "indented fence" else good
    text = FILES[name].format(body).replace("\n", line_end)
    assert read_answer(text, "file", ONE) == Success({"main.py": good})


@pytest.mark.parametrize(
    ("text", "files", "why"),
    [
        ("The name y is wrong.", ONE, "there is no fenced code block"),
        ("", ONE, "there is no fenced code block"),
        ("```python\ndef f(x):\n    ret", ONE, "the last code block does not end"),
        ("```python\nx\n```", TWO, "no code block is named after a file; there are app/lib.py, app/main.py"),
        ("other.py\n```python\nx\n```", TWO, "no code block is named after a file"),
    ],
)
def test_what_is_no_whole_file_says_why(text: str, files: dict[str, str], why: str) -> None:
    assert why in read_answer(text, "file", files).failure()


def _block(search: str, replace: str = "x", name: str = "") -> str:
    return f"{name}\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


_EDIT = _block("        return y", "        return x")
_FIRST, _SECOND = (
    _block("        return y", "        return z", "main.py"),
    _block("        return z", "        return x"),
)
BLOCKS = {
    "plain": f"main.py{_EDIT}",
    "no name": _EDIT,
    "in a fence": f"main.py\n```python{_EDIT}```",
    "name in the fence": f"```python main.py{_EDIT}```",
    "prose above": f"The name is wrong, so:{_EDIT}",
    "other indentation": _block("    return y", "    return x", "main.py"),
    "too much of it": _block("            return y", "            return x"),
    "blanks at the end": _block("        return y  ", "        return x"),
    "two blocks": _block("        return y", "        return z", "main.py")
    + _block("        return z", "        return x"),
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_are_applied(name: str, line_end: str) -> None:
    wanted = ONE["main.py"].replace("return y", "return x")
    assert read_answer(BLOCKS[name].replace("\n", line_end), "blocks", ONE) == Success({"main.py": wanted})


@pytest.mark.parametrize(
    ("text", "files", "why"),
    [
        ("nothing", ONE, "there is no search/replace block"),
        (_block("return q"), ONE, "block 1: its lines do not occur in the file"),
        (_block("        return y") + _block("    nowhere"), ONE, "block 2: its lines do not occur"),
        (_block("b"), {"m.py": "b\nb\n"}, "block 1: its lines occur 2 times in the file"),
        (_block(""), ONE, "block 1: there is nothing to search for"),
        ("<<<<<<< SEARCH\nx\n=======\ny", ONE, "the last search/replace block does not end"),
        (_block("import lib"), TWO, "block 1 is not named after a file"),
        (_block("import lib", name="other.py"), TWO, "block 1 is not named after a file; there are app/lib.py"),
    ],
)
def test_blocks_that_do_not_fit_say_why(text: str, files: dict[str, str], why: str) -> None:
    assert why in read_answer(text, "blocks", files).failure()


def test_the_second_block_of_a_file_need_not_name_it_again() -> None:
    text = _block("import lib", "import lib as l", "app/main.py") + _block("print(lib.one())", "print(l.one())")
    assert read_answer(text, "blocks", TWO).unwrap()["app/main.py"] == "import lib as l\n\nprint(l.one())\n"


def test_an_answer_that_is_far_too_long_is_refused() -> None:
    assert "longer than" in read_answer("x" * 2_000_001, "file", ONE).failure()
