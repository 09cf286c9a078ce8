"""Tasks of one's own: read whole or refused with every problem, and checked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure

from pointsman.core.evaluation.task import TaskCheck, code_of, passes, read_task_items, read_tasks

TOML = """
[[tasks]]
id = "capital"
prompt = "What is the capital of France?"
kind = "geography"
answer = "Paris"
check = { contains = "paris" }

[[tasks]]
prompt = "Give a city as JSON."
system = "Answer with JSON."
check = { schema = { type = "object", required = ["name"] } }
"""
LINES = """{"prompt": "Say yes.", "check": {"equals": "yes"}}

{"prompt": "Write code.", "check": {"command": ["python", "answer.py"], "files": {"a.txt": "x"}, "seconds": 2.5}}
"""


@pytest.mark.parametrize(("name", "text"), [("t.toml", TOML), ("t.jsonl", LINES)])
def test_tasks_are_read_and_read_back_from_the_run(name: str, text: str) -> None:
    items = read_tasks(name, text).unwrap()
    assert len(items) == len({item.id for item in items}) == 2
    tasks = read_task_items(items).unwrap()
    assert [task.id for task in tasks] == [item.id for item in items]
    assert read_tasks(name, text).unwrap() == items


def test_a_task_says_what_it_is_of() -> None:
    first, second = read_tasks("t.toml", TOML).unwrap()
    assert (first.id, first.kind, first.program) == ("capital", "geography", "capital")
    assert second.kind == "task"
    task = read_task_items([second]).unwrap()[0]
    assert task.system == "Answer with JSON."
    assert task.check.schema == {"type": "object", "required": ["name"]}


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("t.toml", "= x", "t.toml: not TOML"),
        ("t.toml", "", "there are no tasks in it"),
        ("t.toml", "[[tasks]]\nprompt = 1\ncheck = {}", "t.toml: tasks[1].prompt"),
        ("t.toml", '[[tasks]]\nprompt = "x"', "t.toml: tasks[1].check: it is missing"),
        ("t.toml", '[[tasks]]\nprompt = "x"\ncheck = {}', "one of equals, contains,"),
        ("t.toml", '[[tasks]]\nprompt = "x"\ncheck = { equals = "a", pattern = "b" }', "it has equals, pattern"),
        ("t.toml", '[[tasks]]\nprompt = "x"\ncheck = { equls = "a" }', "did you mean equals?"),
        ("t.jsonl", "{", "t.jsonl, line 1: not JSON"),
        ("t.jsonl", f"{LINES.splitlines()[0]}\n{LINES.splitlines()[0]}", "or are the same"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(name: str, text: str, why: str) -> None:
    assert why in str(read_tasks(name, text).failure())


@given(st.text(max_size=200), st.sampled_from(["t.toml", "t.jsonl"]))
def test_no_file_raises(text: str, name: str) -> None:
    read = read_tasks(name, text)
    assert isinstance(read, Failure) or read.unwrap()


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (TaskCheck(equals="Paris"), " paris\n", "Paris."),
        (TaskCheck(equals="Paris", exact=True), "Paris", "paris"),
        (TaskCheck(contains="is 4"), "2+2 IS 4.", "it is four"),
        (TaskCheck(contains_all=("a", "b")), "b and a", "only a"),
        (TaskCheck(schema={"type": "object", "required": ["x"]}), '```json\n{"x": 1}\n```', '{"y": 1}'),
        (TaskCheck(schema={"type": "integer"}), "7", "seven"),
    ],
)
def test_checks_that_run_nothing(check: TaskCheck, good: str, bad: str) -> None:
    assert not check.needs_sandbox
    assert passes(check, good)
    assert not passes(check, bad)


@given(st.text(max_size=100))
def test_no_answer_raises(answer: str) -> None:
    for check in (TaskCheck(equals="x"), TaskCheck(schema={"type": "object"}), TaskCheck(contains_all=("a",))):
        assert passes(check, answer) in (True, False)


def test_the_code_is_that_of_the_last_block() -> None:
    assert code_of("so:\n```python\nx = 1\n```\nor\n```\ny = 2\n```\n") == "y = 2\n"
    assert code_of("x = 1") == "x = 1"
    assert code_of("```python\nx = 1") == "```python\nx = 1"
