"""Aliases: what a name stands for, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.models.aliases import Aliases

ALIASES = Aliases(
    {
        "fast": "small",
        "small": "ollama/qwen3",
        "claude-*": "anthropic/claude-*",
        "claude-haiku-*": "ollama/qwen3",
        "claude-haiku-4-5": "claude-haiku-4-5",
        "*-preview": "openai/*",
        "gpt-*-mini": "fast",
    }
)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("fast", "ollama/qwen3"),
        ("claude-haiku-3-5", "ollama/qwen3"),
        ("claude-haiku-", "ollama/qwen3"),
        ("claude-haiku-4-5", "claude-haiku-4-5"),
        ("claude-opus-4", "anthropic/claude-opus-4"),
        ("o9-preview", "openai/o9"),
        ("gpt-5-mini", "ollama/qwen3"),
        ("gpt--mini", "ollama/qwen3"),
        ("gpt-mini", "gpt-mini"),
        ("anthropic/claude-opus-4", "anthropic/claude-opus-4"),
        ("Fast", "Fast"),
        ("auto", "auto"),
        ("", ""),
    ],
)
def test_what_a_name_stands_for(name: str, target: str) -> None:
    assert ALIASES.resolve(name) == target
    assert list(ALIASES.problems()) == []


def test_a_pattern_of_everything_takes_all_but_the_router() -> None:
    aliases = Aliases({"*": "ollama/*"})
    assert list(aliases.problems()) == []
    assert [aliases.resolve(name) for name in ("qwen3", "openai/o9", "auto", "")] == [
        "ollama/qwen3",
        "ollama/openai/o9",
        "auto",
        "",
    ]


@pytest.mark.parametrize(
    ("targets", "wrong", "words"),
    [
        ({"a": "b", "b": "a"}, {"a", "b"}, "a → b → a"),
        ({"a": "b", "b": "c", "c": "b"}, {"a", "b", "c"}, "b → c → b"),
        ({"a-*": "b-*", "b-*": "a-*"}, {"a-*", "b-*"}, "a-* → b-* → a-*"),
        ({"a*b*": "m"}, {"a*b*"}, "more than one *"),
        ({"a": "b-*"}, {"a"}, "its target has a *"),
        ({"a": ""}, {"a"}, "no model"),
        ({"auto": "m"}, {"auto"}, "the router"),
    ],
)
def test_what_is_wrong_is_told_of_each_alias(targets: dict[str, str], wrong: set[str], words: str) -> None:
    problems = dict(Aliases(targets).problems())
    assert problems.keys() == wrong
    assert words in " | ".join(problems.values())


words = st.text("ab-/", max_size=4)
names = words | st.builds("{}*{}".format, words, words)


@given(st.dictionaries(names, names, max_size=6), words)
def test_every_name_comes_to_an_end_and_stays_there_if_nothing_is_wrong(targets: dict[str, str], name: str) -> None:
    aliases = Aliases(targets)
    assert isinstance(aliases.resolve(name), str)
    assert {alias for alias, _ in aliases.problems()} <= targets.keys()
