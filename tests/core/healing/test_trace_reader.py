"""Errors are found in streams of lines, whatever language printed them and whatever stands around them."""

from __future__ import annotations

import pytest

from pointsman.core.healing.error_trace import ErrorGroup, ErrorTrace, StackFrame
from pointsman.core.healing.trace_reader import TraceReader, read_traces

PYTHON = """\
starting
Traceback (most recent call last):
  File "/app/main.py", line 9, in <module>
    run()
  File "/app/work.py", line 3, in run
    return 1 / 0
           ~~^~~
  File "/usr/lib/python3.11/json/decoder.py", line 2, in decode
    raise
ZeroDivisionError: division by zero
going on
"""
CHAINED = """\
Traceback (most recent call last):
  File "/app/a.py", line 1, in a
    x["k"]
KeyError: 'k'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/b.py", line 2, in b
    raise ValueError("no")
ValueError: no
"""
LOGGED = """\
2026-11-28 10:00:00 ERROR Traceback (most recent call last):
2026-11-28 10:00:00 ERROR   File "/app/a.py", line 1, in a
2026-11-28 10:00:00 ERROR     x
2026-11-28 10:00:00 ERROR NameError: name 'x' is not defined
2026-11-28 10:00:01 INFO fine
"""
SYNTAX = """\
  File "calc.py", line 3
    def f(
         ^
SyntaxError: '(' was never closed
"""
NODE = """\
/app/index.js:3
    return user.name;
                ^

TypeError: Cannot read properties of undefined (reading 'name')
    at greet (/app/lib/greet.js:3:17)
    at Object.<anonymous> (/app/index.js:9:1)
    at Module._compile (node:internal/modules/cjs/loader:1554:14)

Node.js v22.0.0
"""
JAVA = """\
Exception in thread "main" java.lang.IllegalStateException: broken
\tat org.example.Main.main(Main.java:8)
Caused by: java.lang.NullPointerException: no name
\tat org.example.shop.Cart.total(Cart.java:21)
\tat java.base/java.util.ArrayList.forEach(ArrayList.java:1596)
\t... 1 more
done
"""
GO = """\
panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.pick(...)
\t/src/shop/pick.go:12
main.main()
\t/src/shop/main.go:7 +0x1d
exit status 2
"""
RUST = """\
thread 'main' panicked at src/cart.rs:14:9:
index out of bounds: the len is 3 but the index is 5
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
next
"""
PYTEST = """\
__________________________________ test_mean ___________________________________

    def test_mean():
>       assert mean([]) == 2

test_calc.py:5:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

numbers = []

    def mean(numbers):
>       return sum(numbers) / len(numbers)
E       ZeroDivisionError: division by zero

calc.py:2: ZeroDivisionError
=========================== short test summary info ============================
"""


@pytest.mark.parametrize(
    ("text", "language", "type", "message", "place"),
    [
        (PYTHON, "python", "ZeroDivisionError", "division by zero", StackFrame("/app/work.py", 3, "run")),
        (CHAINED, "python", "ValueError", "no", StackFrame("/app/b.py", 2, "b")),
        (LOGGED, "python", "NameError", "name 'x' is not defined", StackFrame("/app/a.py", 1, "a")),
        (SYNTAX, "python", "SyntaxError", "'(' was never closed", StackFrame("calc.py", 3)),
        (
            NODE,
            "node",
            "TypeError",
            "Cannot read properties of undefined (reading 'name')",
            StackFrame("/app/lib/greet.js", 3, "greet"),
        ),
        (
            JAVA,
            "java",
            "java.lang.NullPointerException",
            "no name",
            StackFrame("org/example/shop/Cart.java", 21, "Cart"),
        ),
        (
            GO,
            "go",
            "panic",
            "runtime error: index out of range [5] with length 3",
            StackFrame("/src/shop/pick.go", 12, "main.pick"),
        ),
        (RUST, "rust", "panic", "index out of bounds: the len is 3 but the index is 5", StackFrame("src/cart.rs", 14)),
        (PYTEST, "python", "ZeroDivisionError", "division by zero", StackFrame("calc.py", 2)),
    ],
    ids=["python", "chained", "logged", "syntax", "node", "java", "go", "rust", "pytest"],
)
def test_an_error_of_each_kind_is_read(text: str, language: str, type: str, message: str, place: StackFrame) -> None:
    found = read_traces(text.splitlines())
    assert [(one.language, one.type, one.message, one.place) for one in found] == [(language, type, message, place)]


def test_equal_errors_from_one_place_are_one_group_and_others_are_not() -> None:
    other = PYTHON.replace("line 3", "line 4")
    groups = [trace.group for trace in read_traces(f"{PYTHON}{PYTHON}{other}".splitlines())]
    assert groups == [
        ErrorGroup("ZeroDivisionError", "/app/work.py", 3),
        ErrorGroup("ZeroDivisionError", "/app/work.py", 3),
        ErrorGroup("ZeroDivisionError", "/app/work.py", 4),
    ]


def test_an_error_is_given_when_a_line_ends_it_and_the_last_at_the_end() -> None:
    reader = TraceReader()
    lines = PYTHON.splitlines()
    assert [list(reader.feed(line)) for line in lines[:-1]] == [[]] * (len(lines) - 1)
    assert len(list(reader.feed(lines[-1]))) == 1
    for line in SYNTAX.splitlines():
        assert list(reader.feed(line)) == []
    assert [trace.type for trace in reader.finish()] == ["SyntaxError"]
    assert list(reader.finish()) == []


@pytest.mark.parametrize(
    "text",
    [
        "Traceback (most recent call last):\nnothing of the kind",
        "    at noon (we leave)",
        "panic attack",
        "E   something",
        "ERROR: no such file",
        "Traceback (most recent call last):",
    ],
)
def test_what_only_looks_like_an_error_is_none(text: str) -> None:
    assert read_traces(text.splitlines()) == []


def test_colours_are_not_seen_and_endless_errors_are_bounded() -> None:
    coloured = PYTHON.replace("ZeroDivisionError", "\x1b[1;31mZeroDivisionError\x1b[0m")
    assert [trace.type for trace in read_traces(coloured.splitlines())] == ["ZeroDivisionError"]
    frames = [f'  File "/app/deep.py", line {number}, in f' for number in range(100_000)]
    (deep,) = read_traces(["Traceback (most recent call last):", *frames, "RecursionError: " + "x" * 100_000])
    assert deep.place == StackFrame("/app/deep.py", 99_999, "f")
    assert len(deep.text) < 20_000
    assert len(deep.frames) <= 100
    assert len(deep.message) == 500


def test_the_place_is_the_last_own_frame_else_the_last_of_all() -> None:
    library = StackFrame("/venv/lib/python3.11/site-packages/x.py", 1)
    assert ErrorTrace(language="python", type="E", frames=(StackFrame("a.py", 1), library)).place == StackFrame(
        "a.py", 1
    )
    assert ErrorTrace(language="python", type="E", frames=(library,)).place == library
    assert ErrorTrace(language="python", type="E").group == ErrorGroup("E", "", 0)
