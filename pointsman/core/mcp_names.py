"""What a model calls the tools of a server: names that every provider takes, each only once, and always the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

_LONGEST = 64
_MARKED = re.compile(r".*_[0-9a-f]{8}")


def mcp_names(server: str, tools: Sequence[str]) -> tuple[str, ...]:
    """`<server>_<tool>` for each of `tools`, made of letters, digits, `_` and `-`, at most 64 of them.

    A name that is too long, or that two tools would share, gets a part of its SHA-256 at its end (and so does one that
    looks as if it had one): it does not depend on the order of the tools. As a server's name has no `_` in it, tools of
    two servers never share a name.
    """
    plain = [re.sub(r"[^A-Za-z0-9_-]", "_", f"{server}_{tool}") for tool in tools]
    times = Counter(plain)
    return tuple(
        _mark_name(name, tool) if times[name] > 1 or len(name) > _LONGEST or _MARKED.fullmatch(name) else name
        for name, tool in zip(plain, tools, strict=True)
    )


def _mark_name(name: str, tool: str) -> str:
    mark = sha256(tool.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[: _LONGEST - 9]}_{mark}"
