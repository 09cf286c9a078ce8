"""What pictures and sound the vendors take; the rows of the providers name these. Data only, each with its source."""

from __future__ import annotations

from pointsman.core.images.image_limits import ImageLimits

OPENAI_IMAGES = ImageLimits(
    best_edge=2048,
    size=20 * 10**6,
    formats=frozenset(("image/png", "image/jpeg", "image/webp", "image/gif")),
    animated=False,
    source="https://platform.openai.com/docs/guides/images-vision: PNG, JPEG, WebP and GIFs that do not move; 20 MB an "
    "image, 50 MB a request; with high detail it is first fitted into 2048 x 2048 pixels",
)
ANTHROPIC_IMAGES = ImageLimits(
    edge=8000,
    best_edge=1568,
    size=5 * 2**20 * 3 // 4,
    formats=frozenset(("image/png", "image/jpeg", "image/webp", "image/gif")),
    source="https://docs.claude.com/en/docs/vision: JPEG, PNG, GIF and WebP; 8000 x 8000 pixels at most, scaled down "
    "from an edge of 1568; 5 MB an image, counted in base64",
)
GEMINI_IMAGES = ImageLimits(
    best_edge=3072,
    size=14 * 10**6,
    formats=frozenset(("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif")),
    source="https://ai.google.dev/gemini-api/docs/image-understanding: PNG, JPEG, WebP, HEIC and HEIF; "
    "https://firebase.google.com/docs/vertex-ai/input-file-requirements: scaled down to 3072 x 3072 "
    "pixels; 20 MB for a whole request, which is 15 MB before base64, and room is left for the words",
)
XAI_IMAGES = ImageLimits(
    size=20 * 2**20,
    formats=frozenset(("image/png", "image/jpeg")),
    animated=False,
    source="https://docs.x.ai/developers/model-capabilities/images/understanding: JPEG or PNG, 20 MiB at most",
)

CHAT_SOUNDS = frozenset(("audio/wav", "audio/mpeg"))
"""Source: platform.openai.com/docs/guides/audio: WAV and MP3."""
GEMINI_SOUNDS = frozenset(("audio/wav", "audio/mpeg", "audio/aiff", "audio/aac", "audio/ogg", "audio/flac"))
"""Source: ai.google.dev/gemini-api/docs/audio: WAV, MP3, AIFF, AAC, OGG and FLAC."""
