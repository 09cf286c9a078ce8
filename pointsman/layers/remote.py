"""Whether Apps that are opened in this process may ask other machines. Tests say no; see `pointsman.testing`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_refusals: list[str] = []
"""Why not: the sentences of all who say no, in which `{host}` is whom a call would have asked. The last one is told."""


@contextmanager
def refuse_remote(why: str) -> Iterator[None]:
    """An App that is opened inside asks this machine and no other, also after it: `why` is what its calls fail with."""
    _refusals.append(why)
    try:
        yield
    finally:
        _refusals.remove(why)


def remote_refusal() -> str | None:
    """Why an App that is opened now may not ask other machines; None where it may."""
    return _refusals[-1] if _refusals else None
