"""What pictures a provider takes: their formats and sizes. Pure data."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class ImageLimits:
    """What a provider takes. None: no limit is known."""

    edge: int | None = None
    """Pixels: a picture with a longer edge is refused by the provider."""
    best_edge: int | None = None
    """Pixels: a picture with a longer edge is made smaller by the provider, which costs time and gains nothing."""
    size: int | None = None
    """Bytes before base64: a larger one is refused by the provider."""
    formats: frozenset[str] | None = None
    """MIME types: another is refused by the provider."""
    animated: bool = True
    """Whether a picture may move."""
    source: str = ""
    """The page that says so."""


UNKNOWN_LIMITS = ImageLimits()
