"""The files of one model: their heads read, their bytes hashed. It reads files and writes none; what blocks runs in a
thread.

A model is one GGUF file, several that are its parts (`…-00001-of-00003.gguf`, named by the first), or a folder with
`config.json` and safetensors; an adapter is a GGUF file, or a folder with `adapter_config.json`.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.json import JsonObject, as_object, loads
from pointsman.core.models.gguf import read_head
from pointsman.core.models.local_model import Holder, LocalModel, model_of
from pointsman.core.models.model_folder import LONGEST_HEAD, SafetensorsHead, model_of_folder, read_safetensors_head

_BLOCK = 2**20
_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
_MOST_PARTS = 1000
_CONFIG = "config.json"
_ADAPTER_CONFIG = "adapter_config.json"
_LARGEST_CONFIG = 2**24


def part_of(name: str) -> tuple[int, int] | None:
    """Which of how many parts a file with that name is; None where it is a whole."""
    found = _PART.search(name)
    return None if found is None else (int(found[1]), int(found[2]))


def files_of(path: Path) -> tuple[Path, ...]:
    """The files that the model at `path` is made of, whether they are there or not; in a folder those that are."""
    if path.is_dir():
        return tuple(sorted(path.glob("*.safetensors")))
    part = part_of(path.name)
    if part is None or part[0] != 1:
        return (path,)
    stem = path.name[: -len("00001-of-00001.gguf")]
    count = min(part[1], _MOST_PARTS)
    return tuple(path.with_name(f"{stem}{number:05d}-of-{part[1]:05d}.gguf") for number in range(1, count + 1))


def measure(path: Path) -> tuple[int, float]:
    """How many bytes the model has in all its files, and when one was last changed. Raises OSError."""
    abouts = [file.stat() for file in files_of(path)]
    return sum(about.st_size for about in abouts), max((about.st_mtime for about in abouts), default=0.0)


def look_at(
    path: Path, name: str, holder: Holder, *, with_tensors: bool = True, size: int | None = None
) -> Result[LocalModel, str]:
    """The model in the file or folder; or a clause that says what is wrong with it.

    Without `with_tensors` only the beginning is read. `size` is what the file must have, where others say so.
    """
    try:
        if path.is_dir():
            return _look_at_folder(path, name, holder)
        return _look_at_files(path, name, holder, with_tensors, size)
    except OSError as problem:
        return Failure(f"it cannot be read ({(problem.strerror or str(problem)).lower()})")


def _look_at_files(
    path: Path, name: str, holder: Holder, with_tensors: bool, size: int | None
) -> Result[LocalModel, str]:
    part = part_of(path.name)
    if part is not None and part[0] != 1:
        return Failure(f"it is part {part[0]} of {part[1]}; name the first, -00001-of-{part[1]:05d}.gguf")
    files = files_of(path)
    missing = [file.name for file in files if not file.exists()]
    if missing and len(files) > 1:
        return Failure(f"{len(missing)} of its {len(files)} parts are missing, such as {missing[0]}")
    total, changed = measure(path)
    if size is not None and total != size:
        return Failure(f"it has {total} bytes, and should have {size}")
    heads = []
    for file in files:
        with file.open("rb") as opened:
            head = read_head(opened, file.stat().st_size, with_tensors=with_tensors)
        if isinstance(head, Failure):
            return Failure(head.failure() if len(files) == 1 else f"{file.name}: {head.failure()}")
        heads.append(head.unwrap())
    counts = [head.parameters for head in heads]
    parameters = None if None in counts else sum(count or 0 for count in counts)
    model = model_of(heads[0], name=name, path=str(path), size_bytes=total, holder=holder)
    return Success(attrs.evolve(model, made_at=changed, parameters=parameters))


def _look_at_folder(path: Path, name: str, holder: Holder) -> Result[LocalModel, str]:
    adapts = not (path / _CONFIG).is_file() and (path / _ADAPTER_CONFIG).is_file()
    config = unwrap_or_failure(_document(path / (_ADAPTER_CONFIG if adapts else _CONFIG)))
    if isinstance(config, str):
        return Failure(config)
    files = files_of(path)
    if not files:
        return Failure("it holds no weights in safetensors")
    heads: dict[str, SafetensorsHead] = {}
    for file in files:
        head = unwrap_or_failure(_head_of(file))
        if isinstance(head, str):
            return Failure(f"{file.name}: {head}")
        heads[file.name] = head
    lack = "" if adapts else _lack_of_files(path, {file.name for file in files})
    if lack:
        return Failure(lack)
    size, changed = measure(path)
    model = model_of_folder(config, heads, name=name, path=str(path), size_bytes=size, holder=holder)
    return Success(attrs.evolve(model, made_at=changed, is_adapter=adapts))


def _lack_of_files(path: Path, names: set[str]) -> str:
    """What is missing in the folder, as a clause; empty: nothing."""
    index = as_object(_document(path / "model.safetensors.index.json").value_or({}))
    wanted = {str(name) for name in as_object(index.get("weight_map")).values()}
    gone = sorted(wanted - names)
    if gone:
        return f"{len(gone)} of its files of weights are missing, such as {gone[0]}"
    has_words = any((path / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "tokenizer_config.json"))
    return "" if has_words else "it holds no tokenizer (tokenizer.json)"


def _document(path: Path) -> Result[JsonObject, str]:
    if not path.is_file():
        return Failure(f"it is a folder without {path.name}, so it is no model")
    if path.stat().st_size > _LARGEST_CONFIG:
        return Failure(f"its {path.name} is too large to be one")
    document = loads(path.read_bytes()).value_or(None)
    return Success(document) if isinstance(document, dict) else Failure(f"its {path.name} is no JSON object")


def _head_of(file: Path) -> Result[SafetensorsHead, str]:
    """What the file of weights says of itself, held against its size."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        said = opened.read(8)
        length = struct.unpack("<Q", said)[0] if len(said) == 8 else 0
        if not 2 <= length <= min(LONGEST_HEAD, max(0, size - 8)):
            return Failure("it is cut, or no safetensors file; get it again")
        head = read_safetensors_head(opened.read(length))
    return head.bind(
        lambda read: (
            Success(read)
            if read.size <= size
            else Failure(f"it is cut: its tensors end at byte {read.size}, and the file has {size}; get it again")
        )
    )


def sha256_of(path: Path, tell: Callable[[int], None] = lambda count: None) -> Result[str, str]:
    """The hash of the whole model; `tell` hears how many bytes of it have been read. See `joint_hash`."""
    hashes, count = [], 0
    try:
        for file in files_of(path):
            hashed = hashlib.sha256()
            for block in _blocks(file):
                hashed.update(block)
                count += len(block)
                tell(count)
            hashes.append(hashed.hexdigest())
    except OSError as problem:
        return Failure(f"it cannot be read ({(problem.strerror or str(problem)).lower()})")
    return Success(joint_hash(hashes))


def joint_hash(hashes: list[str]) -> str:
    """The hash of a model in several files: that of theirs, a line each; of one file its own."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            yield block
