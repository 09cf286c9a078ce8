"""What an open folder holds, as text: names and sizes, a bounded number of them."""

from __future__ import annotations

import os
from itertools import islice

from returns.result import Result, Success

_MOST_SEEN = 20_000
_MOST_LISTED = 500


def listing(held: int, path: str, max_bytes: int) -> Result[str, str]:
    """The names in the folder `held`, in order, and the sizes of its files. Links are not followed. Raises OSError."""
    with os.scandir(held) as entries:
        seen = sorted(islice(entries, _MOST_SEEN), key=lambda entry: entry.name)
        more = next(entries, None) is not None
        shown, room = list[str](), max_bytes
        for entry in seen[:_MOST_LISTED]:
            line = _line(entry)
            room -= len(line.encode()) + 1
            if room < 0:
                break
            shown.append(line)
    number = f"more than {len(seen)}" if more else str(len(seen))
    cut = f", cut after {len(shown)}" if more or len(shown) < len(seen) else ""
    return Success("\n".join((f"Folder {path!r}, entries: {number}{cut}", "", *shown)))


def _line(entry: os.DirEntry[str]) -> str:
    name = entry.name if entry.name.isprintable() else ascii(entry.name)
    try:
        if entry.is_symlink():
            return f"{name} (a link)"
        if entry.is_dir(follow_symlinks=False):
            return f"{name}/"
        if entry.is_file(follow_symlinks=False):
            return f"{name} ({entry.stat(follow_symlinks=False).st_size} bytes)"
    except OSError:
        return f"{name} (gone)"
    return f"{name} (neither a file nor a folder)"
