"""Small files that are models as far as their heads say so."""

from __future__ import annotations

from pathlib import Path

from tests.core.test_gguf import PAIRS, TENSORS, made, pair, text


def model_bytes(name: str = "Tiny", *, data: int = 552) -> bytes:
    """A whole file; `data` are its weights, which mean nothing."""
    return made((PAIRS[0], pair("general.name", 8, text(name)), *PAIRS[2:]), TENSORS, data=data)


def write(path: Path, content: bytes | None = None) -> Path:
    """The file, with the folders that lead to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model_bytes() if content is None else content)
    return path
