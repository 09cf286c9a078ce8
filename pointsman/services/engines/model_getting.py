"""Models got in the background, as somebody has asked for it; who asks hears how far each is. On ports alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
from anyio.abc import TaskGroup
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.error import ChatError, invalid_request
from pointsman.core.models.local_model import LocalModel
from pointsman.core.notice import ModelLoadState, ModelStateChange
from pointsman.services.ports.model_library import ModelOffer, ModelShelf
from pointsman.services.tasks.background import run_guarded

_PROVIDER = "local"
_MOST_AT_ONCE = 4
_HELD = 20
"""The most that are remembered of what has come or failed."""


@attrs.define(eq=False)
class ModelDownload:
    """One model that is being got, has come, or has failed; `done` bytes are here by now."""

    offer: ModelOffer
    done: int = 0
    is_over: bool = False
    error: ChatError | None = None


@attrs.define(eq=False)
class ModelGetting:
    """Gets models onto `shelf` in tasks of `group`: what is under way when that ends is gone on with the next time.

    `tell` hears of each that has come.
    """

    shelf: ModelShelf
    group: TaskGroup
    publish: Callable[[ModelStateChange], None]
    tell: Callable[[], Awaitable[object]]
    _downloads: dict[str, ModelDownload] = attrs.field(factory=dict)

    def downloads(self) -> tuple[ModelDownload, ...]:
        """All, the latest last."""
        return tuple(self._downloads.values())

    async def begin(self, source: str, name: str = "") -> Result[ModelDownload, ChatError]:
        """Begin to get what `source` would bring; one that is under way goes on. What is here already is no fault."""
        offer = unwrap_or_failure(await self.shelf.offer(source, name))
        if not isinstance(offer, ModelOffer):
            return Failure(offer)
        known = self._downloads.get(offer.name)
        if known is not None and not known.is_over:
            return Success(known)
        if offer.is_here:
            return Success(ModelDownload(offer, offer.size_bytes or 0, is_over=True))
        if sum(not one.is_over for one in self._downloads.values()) >= _MOST_AT_ONCE:
            problem = f"{_MOST_AT_ONCE} models are being got already; wait until one of them is here"
            return Failure(invalid_request(problem))
        download = ModelDownload(offer)
        self._remember(download)
        self.group.start_soon(run_guarded, f"the download of {offer.name}", lambda: self._run(download))
        return Success(download)

    def _remember(self, download: ModelDownload) -> None:
        self._downloads.pop(download.offer.name, None)
        self._downloads[download.offer.name] = download
        over = [name for name, one in self._downloads.items() if one.is_over]
        for name in over[: max(0, len(self._downloads) - _HELD)]:
            del self._downloads[name]

    async def _run(self, download: ModelDownload) -> None:
        def count(done: int) -> None:
            download.done = done

        self._publish(download, "downloading")
        try:
            got = unwrap_or_failure(await self.shelf.get(download.offer, count))
            if isinstance(got, LocalModel):
                download.done = got.size_bytes
                await self.tell()
            else:
                download.error = got
        finally:
            download.is_over = True
        self._publish(download, "downloaded" if download.error is None else "failed")

    def _publish(self, download: ModelDownload, state: ModelLoadState) -> None:
        model = f"{_PROVIDER}/{download.offer.name}"
        self.publish(ModelStateChange(model=model, state=state, error=download.error))
