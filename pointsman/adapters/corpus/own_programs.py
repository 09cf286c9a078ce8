"""Reads a folder of a user's programs: what each file of tests imports from it, and tracebacks that lie beside them.

Knows files; it runs nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import ConfigurationError
from pointsman.core.evaluation.fault import Program

_PASSED_OVER = frozenset({"__pycache__", "node_modules", "venv", "site-packages", "build", "dist"})
_MOST_FILES = 2000
_MOST_BYTES = 200_000


@attrs.frozen(kw_only=True)
class OwnFolder:
    """The user's programs, one a file of tests, whose tests are both visible and hidden; and tracebacks by file."""

    programs: tuple[Program, ...]
    tracebacks: tuple[tuple[str, str], ...]


def read_own_folder(root: Path) -> Result[OwnFolder, ConfigurationError]:
    """The programs below `root` and the tracebacks (`.txt`, `.log`); an error where there is no test, or no folder."""
    try:
        texts = {str(file.relative_to(root).as_posix()): file.read_text("utf-8") for file in _files(root)}
    except (OSError, UnicodeDecodeError) as problem:
        return Failure(ConfigurationError(detail=f"{root} cannot be read: {problem}"))
    sources = {name: text for name, text in texts.items() if name.endswith(".py") and _is_program(text)}
    tests = [name for name in sources if Path(name).name.startswith("test_")]
    programs = tuple(_program(name, sources) for name in sorted(tests))
    if not any(program.files for program in programs):
        detail = f"{root} has no file test_*.py that imports a program of the folder"
        return Failure(ConfigurationError(detail=detail))
    tracebacks = tuple((name, text) for name, text in sorted(texts.items()) if name.endswith((".txt", ".log")))
    traced = tuple((name, text) for name, text in tracebacks if "Traceback (most recent call last)" in text)
    return Success(OwnFolder(programs=tuple(one for one in programs if one.files), tracebacks=traced))


def _files(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is no folder")
    count = 0
    for file in sorted(root.rglob("*")):
        inside = file.relative_to(root).parts
        if file.suffix not in {".py", ".txt", ".log"} or any(
            part in _PASSED_OVER or part.startswith(".") for part in inside
        ):
            continue
        count += 1
        if count > _MOST_FILES:
            raise OSError(f"there are more than {_MOST_FILES} files")
        if file.is_file() and file.stat().st_size <= _MOST_BYTES:
            yield file


def _is_program(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _program(tests: str, sources: dict[str, str]) -> Program:
    name = Path(tests).stem.removeprefix("test_")
    needed: dict[str, str] = {}
    waiting = [tests]
    while waiting:
        for module in _module_names(sources[waiting.pop()]):
            for file in _places(module):
                if file in sources and file not in needed and not Path(file).name.startswith("test_"):
                    needed[file] = sources[file]
                    waiting.append(file)
    return Program(name=name, files=needed, visible=sources[tests], hidden=sources[tests], expected={})


def _module_names(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case _:
                pass


def _places(module: str) -> Iterator[str]:
    """The files that importing `module` may read: it, and every package around it."""
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        path = "/".join(parts[:length])
        yield f"{path}.py"
        yield f"{path}/__init__.py"
