"""Fingerprints of the files in a folder, and what changed between two looks.

Topics: files, hashes
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path


def fingerprint(path: Path, block: int = 4096) -> str:
    """The first 16 digits of the SHA-256 of the file, read in blocks."""
    state = sha256()
    with open(path, "rb") as file:
        while chunk := file.read(block):
            state.update(chunk)
    return state.hexdigest()[:16]


def look(folder: Path, suffixes: tuple[str, ...] = ()) -> dict[str, str]:
    """Relative path with `/` → fingerprint, sorted; hidden files and folders are left out."""
    if not folder.is_dir():
        raise NotADirectoryError(folder)
    found = {}
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if any(part.startswith(".") for part in inner.parts) or not path.is_file():
            continue
        if not suffixes or path.suffix.lower() in suffixes:
            found[inner.as_posix()] = fingerprint(path)
    return found


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, list[str]]:
    """What was added, removed, changed."""
    return {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "changed": sorted(name for name in old.keys() & new.keys() if old[name] != new[name]),
    }


def save(found: Mapping[str, str], path: Path) -> None:
    """Write the fingerprints as JSON that people can read."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(found, file, ensure_ascii=False, indent=1)


def load(path: Path) -> dict[str, str]:
    """The fingerprints of a file; none if it is not there, ValueError if it is something else."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        return {}
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds no fingerprints")
    return found
