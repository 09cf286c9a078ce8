"""Changes pictures within bounds by Pillow, loaded only here. Plain functions that block: run them in a thread."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, TypeAlias

import attrs

from pointsman.core.images.image_limits import ImageLimits

if TYPE_CHECKING:
    from PIL import Image


MOST_PIXELS = 80_000_000
"""Pixels that are decoded: 240 MB in memory. Beyond it a small file may be a bomb."""
MOST_READ = 100 * 2**20
"""Bytes that are read of a file."""


QUALITY = 85
_STEP = 0.75
_LEAST_EDGE = 64
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, OverflowError, IndexError, struct.error)
"""What Pillow's decoders raise on data that are not as their format has them."""


@attrs.frozen
class ResizedImage:
    """A picture that was changed, and its new MIME type."""

    data: bytes
    media_type: str


@attrs.frozen
class NoPillow:
    """Pillow is not installed."""


FitResult: TypeAlias = ResizedImage | NoPillow | str
"""A string is a clause that says why the picture cannot be used."""


def fit(data: bytes, limits: ImageLimits) -> FitResult:
    """The picture upright and within `limits`: a PNG where it has transparent parts or a palette, else a JPEG."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        return NoPillow()
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return "has more pixels than are decoded; make it smaller"
            edge = min((limits.best_edge or MOST_PIXELS), (limits.edge or MOST_PIXELS))
            opened.draft("RGB", (edge, edge))
            upright = ImageOps.exif_transpose(opened)
            return _within(_plain(upright), edge, limits.size, has_palette=opened.mode == "P")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return "has more pixels than are decoded; make it smaller"
    except _DAMAGED:
        return "is damaged: it cannot be decoded"


def _plain(image: Image.Image) -> Image.Image:
    """The picture in a mode that is written as it is: RGBA where anything may be transparent, else RGB."""
    transparent = image.has_transparency_data
    if image.mode.startswith("I;16"):  # a plain conversion would cut each value off at 255
        image = image.point(lambda value: value / 256).convert("L")
    return image.convert("RGBA" if transparent else "RGB")


def _within(image: Image.Image, edge: int, size: int | None, *, has_palette: bool) -> FitResult:
    """The picture with no edge longer than `edge`, smaller still until it has at most `size` bytes.

    One with a palette is most often drawn, and keeps its sharp lines as long as it keeps its size.
    """
    while True:
        made = _scale(image, edge)
        written = _encode(made, is_drawn=has_palette and made is image)
        if size is None or len(written.data) <= size:
            return written
        edge = int(max(made.size) * _STEP)
        if edge < _LEAST_EDGE:
            return f"cannot be made smaller than {size} bytes; choose another"


def _scale(image: Image.Image, edge: int) -> Image.Image:
    longest = max(image.size)
    if longest <= edge:
        return image
    width, height = (max(1, round(side * edge / longest)) for side in image.size)
    return image.resize((width, height))


def _encode(image: Image.Image, *, is_drawn: bool) -> ResizedImage:
    stream = io.BytesIO()
    if image.mode == "RGBA" or is_drawn:
        image.save(stream, "PNG", optimize=True)
        return ResizedImage(stream.getvalue(), "image/png")
    image.save(stream, "JPEG", quality=QUALITY)
    return ResizedImage(stream.getvalue(), "image/jpeg")
