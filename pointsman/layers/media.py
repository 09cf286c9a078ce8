"""Pictures and sound for the command line; limits on pictures depend on the provider."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from returns.result import Result

from pointsman.core.chat.part import Audio, Image
from pointsman.core.error import InvalidRequest
from pointsman.core.images.image_limits import UNKNOWN_LIMITS, ImageLimits
from pointsman.core.settings import Settings


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


def image_reader(settings: Settings) -> Callable[[str], Awaitable[Result[Image, InvalidRequest]]]:
    """Reads pictures so that the default provider takes them; what does it is loaded when the first is named."""
    provider = settings.providers.get(settings.default_provider or "")

    async def read(name: str) -> Result[Image, InvalidRequest]:
        from pointsman.adapters.media.image import image_from

        return await image_from(name, limits=limits_of(provider.kind if provider else ""))

    return read


def image_fitter(limits: ImageLimits) -> Callable[[Image], Awaitable[Result[Image, str]]]:
    """Makes of a picture one that `limits` allow; what does it is loaded when there is a picture."""

    async def fit(image: Image) -> Result[Image, str]:
        from pointsman.adapters.media.image import fit_image

        return await fit_image(image, limits)

    return fit


async def audio_reader(name: str) -> Result[Audio, InvalidRequest]:
    """Reads sound; what does it is loaded when the first is named."""
    from pointsman.adapters.media.sound import audio_from

    return await audio_from(name)
