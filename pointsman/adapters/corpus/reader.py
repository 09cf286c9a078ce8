"""Reads programs with their tests, and the records of their faults, from folders. `README.md` says what is in one.

Knows files; it runs nothing and imports none of the programs.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from returns.result import Failure, Result, Success

from pointsman.adapters.corpus.record_format import RecordFile, read_expected, read_record
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.evaluation.fault import Outcome, Program
from pointsman.core.faults.record import FaultRecord

PROGRAMS = Path(__file__).parent / "_programs"


def program_folders(root: Path = PROGRAMS) -> tuple[Path, ...]:
    """The folders of the programs below `root`, by name."""
    return tuple(sorted(folder for folder in root.iterdir() if (folder / f"{folder.name}.py").is_file()))


def read_program(folder: Path) -> Result[Program, ConfigurationError]:
    """The program in `folder`. Without `expected.json`, nothing is expected of its checks yet."""
    name = folder.name
    try:
        texts = {file.name: file.read_text("utf-8") for file in sorted(folder.glob("*.py"))}
        expected = _read_expected(folder / "expected.json")
    except (OSError, UnicodeDecodeError) as problem:
        return Failure(ConfigurationError(detail=f"{folder} cannot be read: {problem}"))
    missing = {f"{name}.py", f"test_{name}.py", f"check_{name}.py"} - texts.keys()
    if missing:
        return Failure(ConfigurationError(detail=f"{folder} has no {', '.join(sorted(missing))}"))
    visible, hidden = texts.pop(f"test_{name}.py"), texts.pop(f"check_{name}.py")
    try:
        topics = _topics(ast.get_docstring(ast.parse(texts[f"{name}.py"])) or "")
    except SyntaxError as problem:
        return Failure(ConfigurationError(detail=f"{name}.py in {folder} is no program: {problem.msg}"))
    return Success(Program(name=name, files=texts, visible=visible, hidden=hidden, expected=expected, topics=topics))


def _topics(docstring: str) -> tuple[str, ...]:
    last = docstring.strip().rpartition("\n")[2]
    words = last.removeprefix("Topics:").split(",") if last.startswith("Topics:") else []
    return tuple(word.strip() for word in words)


def _read_expected(file: Path) -> Mapping[str, Outcome]:
    return read_expected(file.read_bytes()) if file.is_file() else {}


def read_fault_record(folder: Path) -> Result[FaultRecord, ConfigurationError]:
    """The program in `folder` with its recorded faults."""
    return read_program(folder).bind(lambda program: _with_record(folder, program))


def _with_record(folder: Path, program: Program) -> Result[FaultRecord, ConfigurationError]:
    try:
        read = read_record((folder / "faults.json").read_bytes())
    except OSError as problem:
        return Failure(ConfigurationError(detail=f"the faults of {program.name} are not recorded: {problem.strerror}"))
    return read.alt(
        lambda problem: ConfigurationError(detail=f"faults.json of {program.name} cannot be read: {problem}")
    ).bind(lambda file: _join(program, file))


def _join(program: Program, file: RecordFile) -> Result[FaultRecord, ConfigurationError]:
    if file.digest != digest(program):
        detail = f"the faults of {program.name} were recorded of another text: run `python tools/record_corpus.py`"
        return Failure(ConfigurationError(detail=detail))
    return Success(
        FaultRecord(
            program=program,
            faults=file.faults,
            survived=file.survived,
            flaky=file.flaky,
            cpu_seconds=file.cpu_seconds,
        )
    )


def digest(program: Program) -> str:
    """A hash of all texts of a program and of what is expected of it: a record holds for these alone."""
    outcomes = [f"{name}={outcome.value}!{outcome.error}" for name, outcome in sorted(program.expected.items())]
    files = [f"{name}\n{text}" for name, text in sorted(program.files.items())]
    whole = "\0".join((*files, program.visible, program.hidden, *outcomes))
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:16]


def read_corpus(folders: Iterable[Path]) -> Result[tuple[FaultRecord, ...], ConfigurationError]:
    """All records of `folders`; one error that lists every problem where there is any."""
    read = [read_fault_record(folder) for folder in folders]
    problems = tuple(one.failure().summary for one in read if isinstance(one, Failure))
    if problems:
        return Failure(configuration_error(*problems))
    return Success(tuple(one.unwrap() for one in read))


@cache
def own_corpus() -> Result[tuple[FaultRecord, ...], ConfigurationError]:
    """The programs that come with pointsman."""
    return read_corpus(program_folders())
