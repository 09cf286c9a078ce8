"""Faults as data: programs of a corpus, the kinds of fault, and a case that a model is to heal. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, TypeAlias

import attrs


class FaultKind(StrEnum):
    """What is wrong in a faulty program, by its cause. The value is the word on the command line and in reports."""

    SYNTAX = "syntax"
    NAME = "name"
    TYPE = "type"
    ATTRIBUTE = "attribute"
    INDEX_KEY = "index-key"
    OFF_BY_ONE = "off-by-one"
    WRONG_OPERATOR = "wrong-operator"
    BOUNDARY = "boundary"
    MISSING_RETURN = "missing-return"
    MUTABLE_DEFAULT = "mutable-default"
    ENCODING = "encoding"
    ASYNC_AWAIT = "async-await"
    RESOURCE_LEAK = "resource-leak"
    CONCURRENCY = "concurrency"
    EXCEPTION = "exception"
    IMPORT = "import"
    API_MISUSE = "api-misuse"
    PERFORMANCE = "performance"


Level: TypeAlias = Literal[1, 2, 3]
"""Difficulty: 1 is one edit, 2 is two edits in one file, 3 is two edits in two files."""

Files: TypeAlias = Mapping[str, str]
"""Relative path with `/` → text."""


@attrs.frozen
class Outcome:
    """What one hidden check came to: `value` is the `repr` of what it gave, in a form equal on every Python.

    `error` is the name of the exception instead (`""` when there was none), `"timeout"` when it did not end within
    its limits, and `"missing"` when the program ended before it was run. Compared outside of the judged process.
    """

    value: str = ""
    error: str = ""


@attrs.frozen(kw_only=True)
class Program:
    """A small correct program with two kinds of tests.

    `visible` is a module of `test_*` functions with assertions: its run makes the error stream, and a model may see
    it. `hidden` is a module of `check_*` functions that *return* plain data; `expected` holds what each must come
    to. The expected values never enter the process that runs the program, so no answer can fake a verdict.
    """

    name: str
    files: Files
    visible: str
    hidden: str
    expected: Mapping[str, Outcome]
    topics: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Case:
    """A faulty program that the hidden checks notice, three times of three.

    `id` is a hash of program, kinds and places of the edits, the same on every Python for the same seed; `kind` is
    that of the first edit; `files` are the faulty program, `original` the correct one, both printed from the syntax
    tree, so that only the fault tells them apart. `error` is what a run of the visible tests printed, with neutral
    paths, and `exception` the name of what it raised; both are empty when only hidden checks notice (`silent`).
    `cpu_seconds` bounds one run of all checks. `edits` say what was done to the correct program, for reports: no model
    may see them.
    """

    id: str
    program: str
    kind: FaultKind
    kinds: tuple[FaultKind, ...]
    level: Level
    files: Files
    original: Files
    visible: str
    hidden: str
    expected: Mapping[str, Outcome]
    error: str = ""
    exception: str = ""
    silent: bool = False
    cpu_seconds: float = 2.0
    edits: tuple[str, ...] = ()
