"""An error's name tells the kind of fault, else its words do, in every language; what tells nothing stays unknown."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.healing.error_kind import kind_in_text, kind_of_error
from pointsman.core.healing.error_trace import ErrorTrace

PYTHON = 'Traceback (most recent call last):\n  File "app.py", line 1, in <module>\n    f()\n{}\n'
NODE = "/app/a.js:1\n\n{}\n    at main (/app/a.js:1:5)\n"
JAVA = 'Exception in thread "main" {}\n\tat app.Main.main(Main.java:3)\n'
GO = "panic: {}\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:3 +0x18\n"
RUST = "thread 'main' panicked at src/main.rs:4:5:\n{}\nnote: run with `RUST_BACKTRACE=1`\n"
PYTEST = (
    "    def test_f():\n>       f()\n\ntest_app.py:3: \n_ _ _\napp.py:9: in f\n    return x\nE   {}\n\napp.py:9: {}\n"
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (PYTHON.format("NameError: name 'x' is not defined"), "name"),
        (PYTHON.format("json.decoder.JSONDecodeError: Expecting value"), None),
        (PYTHON.format("TypeError: 'coroutine' object is not iterable"), "async-await"),
        (PYTHON.format("TypeError: 'NoneType' object is not iterable"), "missing-return"),
        (PYTHON.format("TypeError: f() missing 1 required positional argument: 'x'"), "api-misuse"),
        (PYTHON.format("TypeError: unsupported operand type(s) for +: 'int' and 'str'"), "type"),
        (PYTHON.format("NameError: name 'Callable' is not defined"), "import"),
        (PYTHON.format("RuntimeError: dictionary changed size during iteration"), "concurrency"),
        (PYTHON.format("OSError: [Errno 24] Too many open files: 'a'"), "resource-leak"),
        (PYTHON.format("AssertionError: assert 1 == 2"), None),
        (PYTEST.format("KeyError: 'a'", "KeyError"), "index-key"),
        ("E       fixture 'client' not found\n", "name"),
        ("FAILED test_app.py::test_f - ModuleNotFoundError: No module named 'x'\n", "import"),
        (NODE.format("ReferenceError: x is not defined"), "name"),
        (NODE.format("TypeError: Cannot read properties of undefined (reading 'a')"), "attribute"),
        (NODE.format("Error: Cannot find module 'x'"), "import"),
        (JAVA.format('java.lang.NullPointerException: Cannot invoke "String.length()"'), "attribute"),
        (JAVA.format("java.util.ConcurrentModificationException"), "concurrency"),
        (JAVA.format("java.lang.StackOverflowError"), None),
        (PYTHON.format("ZeroDivisionError: division by zero"), None),
        (GO.format("runtime error: index out of range [5] with length 3"), "index-key"),
        (GO.format("runtime error: invalid memory address or nil pointer dereference"), "attribute"),
        ("fatal error: all goroutines are asleep - deadlock!\n", "concurrency"),
        ("WARNING: DATA RACE\nWrite at 0x00c000 by goroutine 7:\n", "concurrency"),
        ("./main.go:3:2: undefined: total\n", "name"),
        (RUST.format("called `Option::unwrap()` on a `None` value"), "attribute"),
        (RUST.format("attempt to subtract with overflow"), "boundary"),
        ("error[E0308]: mismatched types\n --> src/main.rs:2:5\n", "type"),
        ("Main.java:3: error: cannot find symbol\n", "name"),
        ("it does not work", None),
        ("", None),
    ],
)
def test_the_kind_of_an_error(text: str, kind: str | None) -> None:
    assert kind_in_text(text) == (None if kind is None else FaultKind(kind))


def test_of_the_errors_of_the_corpus_three_of_four_that_get_a_kind_get_the_right_one() -> None:
    right = named = unknown = 0
    for program in (files("pointsman.adapters.corpus") / "_programs").iterdir():
        recorded = program / "faults.json"
        for fault in json.loads(recorded.read_text())["faults"] if recorded.is_file() else ():
            for error in fault.get("errors", ())[-1:]:
                trace = ErrorTrace(language="python", type=error["exception"], message=error.get("message", ""))
                kind = kind_of_error(trace)
                is_right = kind in {edit.partition("|")[0] for edit in fault["edits"]}
                right, named, unknown = right + is_right, named + (kind is not None), unknown + (kind is None)
    assert right > 0.75 * named
    assert unknown < 0.45 * (named + unknown)


def test_the_last_error_counts() -> None:
    text = PYTHON.format("KeyError: 1") + PYTHON.format("NameError: name 'x' is not defined")
    assert kind_in_text(text) is FaultKind.NAME


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert kind_in_text(text) is None or isinstance(kind_in_text(text), FaultKind)
