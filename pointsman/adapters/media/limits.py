"""How large a picture each provider takes. Data only; the source of each fact stands in its row."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

MOST_PIXELS = 80_000_000
"""Pixels that are decoded at most, whoever is asked: 240 MB in memory. Beyond it a small file may be a bomb."""
MOST_READ = 100 * 2**20
"""Bytes that are read of a file at most."""


@attrs.frozen(kw_only=True)
class ImageLimits:
    """What a provider takes. None: no limit is known.

    A picture with an edge of more than `edge` pixels, or of more than `size` bytes before base64, is refused by the
    provider. One whose edge is longer than `best_edge` is made smaller there, which costs time and gains nothing.
    `source` is the page that says so.
    """

    edge: int | None = None
    best_edge: int | None = None
    size: int | None = None
    source: str = ""


UNKNOWN_LIMITS = ImageLimits()
_OPENAI = ImageLimits(
    best_edge=2048,
    size=20 * 10**6,
    source="https://platform.openai.com/docs/guides/images-vision: 20 MB an image, 50 MB a request; with high detail "
    "it is first fitted into 2048 x 2048 pixels",
)
LIMITS: Mapping[str, ImageLimits] = MappingProxyType(
    {
        "openai": _OPENAI,
        "openai-responses": _OPENAI,
        "azure": _OPENAI,
        "azure-entra": _OPENAI,
        "anthropic": ImageLimits(
            edge=8000,
            best_edge=1568,
            size=5 * 2**20 * 3 // 4,
            source="https://docs.claude.com/en/docs/vision: 8000 x 8000 pixels at most, scaled down "
            "from an edge of 1568; 5 MB an image, counted in base64",
        ),
        "gemini": ImageLimits(
            best_edge=3072,
            size=14 * 10**6,
            source="https://firebase.google.com/docs/vertex-ai/input-file-requirements: scaled down to 3072 x 3072 "
            "pixels; 20 MB for a whole request, which is 15 MB before base64, and room is left for the words",
        ),
    }
)
"""By the name of the provider's row. Ollama, LM Studio, llama.cpp and the others document none."""


def limits_of(kind: str) -> ImageLimits:
    """The limits of the provider row `kind`; no limits where none are known."""
    return LIMITS.get(kind, UNKNOWN_LIMITS)
