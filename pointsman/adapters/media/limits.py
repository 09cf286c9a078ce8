"""What pictures and what sound each provider takes. Data only; the source of each fact stands in its row."""

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
    `formats` are the MIME types that it takes; with `animated` False it takes no picture that moves. `source` is the
    page that says so.
    """

    edge: int | None = None
    best_edge: int | None = None
    size: int | None = None
    formats: frozenset[str] | None = None
    animated: bool = True
    source: str = ""


UNKNOWN_LIMITS = ImageLimits()
_USUAL = frozenset(("image/png", "image/jpeg", "image/webp", "image/gif"))
_OPENAI = ImageLimits(
    best_edge=2048,
    size=20 * 10**6,
    formats=_USUAL,
    animated=False,
    source="https://platform.openai.com/docs/guides/images-vision: PNG, JPEG, WEBP, non-animated GIF; 20 MB an image, "
    "50 MB a request; with high detail it is first fitted into 2048 x 2048 pixels",
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
            formats=_USUAL,
            source="https://docs.claude.com/en/docs/vision: JPEG, PNG, GIF, WebP; 8000 x 8000 pixels at most, scaled "
            "down from an edge of 1568; 5 MB an image, counted in base64",
        ),
        "gemini": ImageLimits(
            best_edge=3072,
            size=14 * 10**6,
            formats=frozenset(("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif")),
            source="https://ai.google.dev/gemini-api/docs/image-understanding: PNG, JPEG, WEBP, HEIC, HEIF; "
            "https://firebase.google.com/docs/vertex-ai/input-file-requirements: scaled down to 3072 x 3072 "
            "pixels; 20 MB for a whole request, which is 15 MB before base64, and room is left for the words",
        ),
    }
)
"""By the name of the provider's row. Ollama, LM Studio, llama.cpp and the others document none."""


def limits_of(kind: str) -> ImageLimits:
    """The limits of the provider row `kind`; no limits where none are known."""
    return LIMITS.get(kind, UNKNOWN_LIMITS)


_CHAT_SOUNDS = frozenset(("audio/wav", "audio/mpeg"))
SOUND_FORMATS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(("openai", "azure", "azure-entra"), _CHAT_SOUNDS),
        "gemini": frozenset(("audio/wav", "audio/mpeg", "audio/aiff", "audio/aac", "audio/ogg", "audio/flac")),
    }
)
"""What sound a message may hold, by MIME type. Sources: platform.openai.com/docs/guides/audio (WAV and MP3),
ai.google.dev/gemini-api/docs/audio (WAV, MP3, AIFF, AAC, OGG, FLAC). The others document none."""


def sound_formats_of(kind: str) -> frozenset[str] | None:
    """The sound that the provider row `kind` takes; None where that is not known."""
    return SOUND_FORMATS.get(kind)
