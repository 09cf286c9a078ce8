"""Prompt templates from a folder, and what is wrong with the files in it."""

from __future__ import annotations

from pathlib import Path

import attrs
from returns.result import Failure

from pointsman import fake_settings
from pointsman.layers.prompts import prompt_book

GOOD = """
description = "Says hello."
text = "Greet {{name}}."
system = "Be warm."

[variables.name]
default = "everybody"

[[examples]]
user = "Greet Ann."
assistant = "Hello Ann!"
"""


def test_files_are_templates_by_name_and_version(tmp_path: Path) -> None:
    (tmp_path / "greet.toml").write_text(GOOD)
    (tmp_path / "greet@2.toml").write_text('text = "Hello {{name}}."')
    (tmp_path / "summarize.toml").write_text('text = "Short: {{text}}"')
    (tmp_path / "notes.txt").write_text("not a template")
    book = prompt_book(attrs.evolve(fake_settings(), prompts=str(tmp_path))).unwrap()
    assert book.find("greet").unwrap().ref == "greet@2"
    first = book.find("greet@1").unwrap()
    assert (first.system, first.examples[0].assistant, first.list_variables[0].default) == (
        "Be warm.",
        "Hello Ann!",
        "everybody",
    )
    assert book.find("summarize").unwrap().text == "Short: {{text}}"
    assert book.find("translate").unwrap().version == 1


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("text = ")
    (tmp_path / "b.toml").write_text('txt = "x"')
    (tmp_path / "c@x.toml").write_text('text = "x"')
    (tmp_path / "d.toml").write_text('text = "{{ }}"')
    (tmp_path / "e.toml").write_bytes(b"\xff")
    found = prompt_book(attrs.evolve(fake_settings(), prompts=str(tmp_path)))
    assert isinstance(found, Failure)
    told = found.failure().problems
    assert [problem.partition(":")[0] for problem in told] == [
        "a.toml",
        "b.toml.txt",
        "b.toml.text",
        "c@x.toml",
        "d.toml",
        "e.toml",
    ]
    missing = prompt_book(attrs.evolve(fake_settings(), prompts=str(tmp_path / "none"))).failure()
    assert "there is no folder" in missing.detail
