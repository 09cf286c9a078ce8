"""One model file: its head read, its bytes hashed. It reads files and writes none; what blocks runs in a thread."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.models.gguf import read_head
from pointsman.core.models.local_model import Holder, LocalModel, model_of

_BLOCK = 2**20


def look_at(
    path: Path, name: str, holder: Holder, *, with_tensors: bool = True, size: int | None = None
) -> Result[LocalModel, str]:
    """The model in the file; or a clause that says what is wrong with it.

    Without `with_tensors` only the beginning is read. `size` is what the file must have, where others say so.
    """
    try:
        about = path.stat()
        if size is not None and about.st_size != size:
            return Failure(f"it has {about.st_size} bytes, and should have {size}")
        with path.open("rb") as file:
            head = read_head(file, about.st_size, with_tensors=with_tensors)
    except OSError as problem:
        return Failure(f"it cannot be read ({(problem.strerror or str(problem)).lower()})")
    return head.map(
        lambda read: attrs.evolve(
            model_of(read, name=name, path=str(path), size_bytes=about.st_size, holder=holder), made_at=about.st_mtime
        )
    )


def sha256_of(path: Path, tell: Callable[[int], None] = lambda count: None) -> Result[str, str]:
    """The hash of the whole file; `tell` hears how many bytes of it have been read."""
    hashed, count = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                hashed.update(block)
                count += len(block)
                tell(count)
    except OSError as problem:
        return Failure(f"it cannot be read ({(problem.strerror or str(problem)).lower()})")
    return Success(hashed.hexdigest())
