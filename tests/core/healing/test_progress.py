"""Whether a change has helped is told by counted tests, else by what error is left."""

from __future__ import annotations

import pytest

from pointsman.core.healing.patch import Patch, explanation, read_patch
from pointsman.core.healing.progress import FailedRun, SuiteTally, count_tests, failed_run, has_helped
from pointsman.core.healing.trace_reader import read_traces

BEFORE = "def f(x):\n    return y\n\n\ndef g(x):\n    return 1 / x\n"
AFTER = BEFORE.replace("return y", "return x")
PATCH = Patch({"a.py": BEFORE}, {"a.py": AFTER})


def failed(output: str) -> FailedRun:
    return failed_run(output, read_traces(output.splitlines()))


def raised(line: int, error: str, function: str = "f", path: str = "/p/a.py") -> FailedRun:
    return failed(f'Traceback (most recent call last):\n  File "{path}", line {line}, in {function}\n    x\n{error}\n')


@pytest.mark.parametrize(
    ("output", "tally"),
    [
        ("===== 2 failed, 3 passed in 0.12s =====", SuiteTally(3, 2)),
        ("1 failed, 1 passed, 2 warnings in 0.13s", SuiteTally(1, 1)),
        ("1 error in 0.10s", SuiteTally(0, 1, 1)),
        ("Ran 5 tests in 0.001s\n\nFAILED (failures=1, errors=1)", SuiteTally(3, 2)),
        ("Ran 5 tests in 0.001s\n\nOK", SuiteTally(5, 0)),
        ("Tests:       1 failed, 4 passed, 5 total", SuiteTally(4, 1)),
        ("  4 passing (10ms)\n  1 failing", SuiteTally(4, 1)),
        ("test result: FAILED. 3 passed; 1 failed; 0 ignored", SuiteTally(3, 1)),
        ("test result: ok. 4 passed; 0 failed\n\ntest result: ok. 0 passed; 0 failed", SuiteTally(4, 0)),
        ("--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)", SuiteTally(1, 1)),
        ("it failed 3 times", None),
    ],
)
def test_tests_are_counted_as_their_runners_count_them(output: str, tally: SuiteTally | None) -> None:
    assert count_tests(output) == tally


def test_counting_takes_linear_time_and_no_number_is_too_long() -> None:
    for piece in ("1", "1 passed ", "= 1", "\n", " in 1", " ", "=", "1 passed in 1", "\t1", "Ran 1"):
        count_tests(piece * 100_000)
        count_tests(f"== {piece * 50_000}")
    assert count_tests(f"{'1' * 9_000} passed in 1s") is None


@pytest.mark.parametrize(
    ("before", "after", "helped"),
    [
        ("2 failed, 1 passed in 1s", "1 failed, 2 passed in 1s", True),
        ("2 failed, 1 passed in 1s", "2 failed, 1 passed in 1s", False),
        ("1 failed, 2 passed in 1s", "2 failed, 1 passed in 1s", False),
        ("1 error in 1s", "1 failed, 2 passed in 1s", True),
        ("1 failed, 2 passed in 1s", "1 error in 1s", False),
        ("2 failed in 1s", "1 failed in 1s", True),
    ],
)
def test_more_tests_must_pass_or_fewer_fail(before: str, after: str, helped: bool) -> None:
    assert has_helped(failed(before), failed(after), PATCH) is helped


@pytest.mark.parametrize(
    ("after", "helped"),
    [
        (raised(2, "NameError: name 'y' is not defined"), False),
        (raised(3, "NameError: name 'y' is not defined"), False),
        (raised(2, "TypeError: no"), False),
        (raised(6, "ZeroDivisionError: division by zero", "g"), True),
        (raised(6, "SyntaxError: invalid syntax", "g"), False),
        (raised(1, "KeyError: 1", "h", "/p/b.py"), True),
        (failed("boom"), False),
    ],
    ids=["the same", "the same moved", "in what was written", "the next", "a broken file", "elsewhere", "unknown"],
)
def test_without_counts_the_error_must_be_another_one_that_the_change_has_not_made(
    after: FailedRun, helped: bool
) -> None:
    assert has_helped(raised(2, "NameError: name 'y' is not defined"), after, PATCH) is helped


def test_a_later_syntax_error_of_the_same_file_is_progress() -> None:
    before, later = (failed(f'  File "a.py", line {line}\n    x\nSyntaxError: {line}\n') for line in (2, 6))
    assert has_helped(before, later, PATCH)
    assert not has_helped(later, before, PATCH)


BLOCKS = "It is x.\n\na.py\n<<<<<<< SEARCH\n    return y\n=======\n    return x\n>>>>>>> REPLACE\n"
WHOLE = f"It is x.\n\n**a.py**\n```python\n{AFTER}```\nDone."


@pytest.mark.parametrize(("answer", "said"), [(BLOCKS, "It is x."), (WHOLE, "It is x.\n\nDone.")])
def test_a_change_is_read_in_either_form_and_the_words_beside_it_are_kept(answer: str, said: str) -> None:
    files = {"a.py": BEFORE, "b.py": "b = 1\n"}
    patch = read_patch(answer, files).unwrap()
    assert (patch.paths, patch.after) == (("a.py",), {"a.py": AFTER})
    assert explanation(answer, files) == said
    assert patch.diff == (
        "--- a/a.py\n+++ b/a.py\n@@ -1,5 +1,5 @@\n def f(x):\n-    return y\n+    return x\n \n \n def g(x):\n"
    )
    assert patch.new_lines("a.py") == {2}


def test_a_line_of_a_difference_ends_where_a_line_of_the_program_does() -> None:
    assert Patch({"a": "x\n"}, {"a": "x # \u2028y\x0cz\n"}).diff.endswith("@@\n-x\n+x # \u2028y\x0cz\n")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("I do not know.", "no fenced code block"),
        (f"a.py\n```python\n{BEFORE}```", "changes nothing"),
        (BLOCKS.replace("return y", "return z"), "do not occur"),
        ("```python\nwhile True: pass\n```", "no code block is named"),
    ],
)
def test_an_answer_that_cannot_be_used_says_why(answer: str, why: str) -> None:
    assert why in read_patch(answer, {"a.py": BEFORE, "b.py": ""}).failure()
