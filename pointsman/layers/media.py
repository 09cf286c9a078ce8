"""Pictures and sound: which of them a provider takes, and what makes a picture one that it takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from returns.result import Result

from pointsman.core.chat.part import Image
from pointsman.core.images.image_limits import UNKNOWN_LIMITS, ImageLimits


def limits_of(kind: str) -> ImageLimits:
    """What pictures the provider row `kind` takes; no limits where none are known."""
    from pointsman.adapters.providers.table import PROVIDERS

    row = PROVIDERS.get(kind)
    return UNKNOWN_LIMITS if row is None else row.images


def sound_formats_of(kind: str) -> frozenset[str] | None:
    """The sound that the provider row `kind` takes, as MIME types; None where that is not known."""
    from pointsman.adapters.providers.table import PROVIDERS

    row = PROVIDERS.get(kind)
    return None if row is None else row.sounds


def image_fitter(limits: ImageLimits) -> Callable[[Image], Awaitable[Result[Image, str]]]:
    """Makes of a picture one that `limits` allow; what does it is loaded when there is a picture."""

    async def fit(image: Image) -> Result[Image, str]:
        from pointsman.adapters.media.image import fit_image

        return await fit_image(image, limits)

    return fit
