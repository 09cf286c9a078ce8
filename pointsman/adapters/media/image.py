"""A picture, checked by its content and made to fit. Pillow is asked only where a picture must be changed."""

from __future__ import annotations

from collections.abc import Iterator

import anyio.to_thread
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.media.former_coroutine import former_coroutine
from pointsman.adapters.media.resize import MOST_PIXELS, NoPillow, ResizedImage, fit
from pointsman.adapters.media.source import Source, invalid_source, name_of, read_source
from pointsman.core.chat.part import Bytes, Image, Url
from pointsman.core.error import InvalidRequest
from pointsman.core.images.image_facts import UPRIGHT, ImageFacts, image_facts
from pointsman.core.images.image_limits import UNKNOWN_LIMITS, ImageLimits
from pointsman.services.tasks.off_loop import LARGE_BODY, run_off_loop


@former_coroutine
async def image_from(source: Source, *, limits: ImageLimits = UNKNOWN_LIMITS) -> Result[Image, InvalidRequest]:
    """The picture in a file, in bytes or in a `data:` URL; one on the web stays an address and is not fetched.

    Its type is told by its content. One that `limits` do not allow, or that lies on its side, is made to fit by
    Pillow (`pip install 'pointsman[images]'`): it becomes a JPEG, or a PNG where it has transparent parts or a
    palette; of an animation the first picture stays. Without Pillow what the provider would refuse is an
    `InvalidRequest`, and what it would only make smaller is sent as it is.
    """
    read = await read_source(source, "image")
    if isinstance(read, Failure):
        return Failure(read.failure())
    data = read.unwrap()
    if isinstance(data, Url):
        return Success(Image(data))
    name = name_of(source, "image")
    found = image_facts(data)
    if isinstance(found, Failure):
        return invalid_source(f"{name} {found.failure()}")
    facts = found.unwrap()
    if facts.pixels > MOST_PIXELS:
        return invalid_source(
            f"{name} has {facts.width}×{facts.height} pixels, which is more than is decoded; make it smaller"
        )
    return (await _fitting(data, facts, limits)).map(Image).lash(lambda why: invalid_source(f"{name} {why}"))


async def fit_image(image: Image, limits: ImageLimits) -> Result[Image, str]:
    """`image` itself where the provider would take it, else one that it takes; a failure is a clause that says why not.

    One that the provider would only make smaller stays as it is, and so does what is no picture that we know.
    """
    if not isinstance(image.source, Bytes):
        return Success(image)
    data = image.source.data
    facts = unwrap_or_failure(await run_off_loop(lambda: image_facts(data), large=len(data) > LARGE_BODY))
    if not isinstance(facts, ImageFacts):
        return Success(image)
    fitted = await _fitting(data, facts, attrs.evolve(limits, best_edge=None))
    return fitted.map(lambda source: image if source.data is data else attrs.evolve(image, source=source))


async def _fitting(data: bytes, facts: ImageFacts, limits: ImageLimits) -> Result[Bytes, str]:
    """The picture as it is, if nothing speaks against it, else changed."""
    as_it_is = Bytes(data, facts.media_type)
    excess = "; ".join(_excess(data, facts, limits))
    if not excess and _good(facts, limits):
        return Success(as_it_is)
    fitted = await anyio.to_thread.run_sync(fit, data, limits)
    match fitted:
        case ResizedImage(changed, media_type):
            return Success(Bytes(changed, media_type))
        case NoPillow() if not excess:
            return Success(as_it_is)
        case NoPillow():
            return Failure(f"{excess}; install pointsman[images] to have it changed, or change it yourself")
        case problem:
            return Failure(problem)


def _excess(data: bytes, facts: ImageFacts, limits: ImageLimits) -> Iterator[str]:
    """For what the provider would refuse it."""
    if limits.edge is not None and facts.longest_edge > limits.edge:
        yield f"has an edge of {facts.longest_edge} pixels, and {limits.edge} are allowed"
    if limits.size is not None and len(data) > limits.size:
        yield f"has {len(data) / 1e6:.1f} MB, and {limits.size / 1e6:.1f} MB are allowed"
    if limits.formats is not None and facts.media_type not in limits.formats:
        yield f"is {facts.media_type}, and {' and '.join(sorted(limits.formats))} are taken"
    if facts.moves and not limits.animated:
        yield "is an animation, and only still pictures are taken"


def _good(facts: ImageFacts, limits: ImageLimits) -> bool:
    """Whether the provider would see it as it is."""
    small = limits.best_edge is None or facts.longest_edge <= limits.best_edge
    return small and facts.orientation == UPRIGHT
