"""Collections of texts that are found by what they mean: embedded once, kept, and compared with a question."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.options import CallOptions
from pointsman.core.collection import Collection, CollectionEntry, SimilarText, best
from pointsman.core.effect import effect, settle
from pointsman.core.error import InvalidRequest, LLMError, StorageError, invalid_request
from pointsman.core.memory import unit
from pointsman.services.ports.client import Client
from pointsman.services.ports.collection_store import CollectionStore

_BATCH = 100
"""Texts that are embedded by one request: every provider takes so many."""
_PAGE = 1000
"""Entries that are compared at once, so that no collection has to fit into memory."""


@attrs.frozen(kw_only=True)
class Growth:
    """What `Collections.add` did: how many texts were embedded, and how many were there already, word for word."""

    collection: Collection
    embedded: int
    unchanged: int


@attrs.frozen
class Collections:
    """Collections in `store`, whose texts and questions are embedded through `client`."""

    store: CollectionStore
    client: Client

    @effect
    async def add(self, name: str, texts: Mapping[str, str], model: str = "") -> Result[Growth, LLMError]:
        """Keep `texts`, by their ids, in the collection `name`; one that is there with the same text costs nothing.

        `model` (`provider/model`) makes the vectors of a new collection; empty is the default. What was embedded before
        a failure is kept. Fails with `InvalidRequest` where the collection was made with another model.
        """
        found = await self._find(name)
        if isinstance(found, Failure):
            return found
        there = found.unwrap()
        if there is not None and model not in ("", there.model, there.model.partition("/")[2]):
            return _wrong(f"the collection {name!r} was made with {there.model}: name no other model to add to it")
        collection = there or Collection(name, model)
        changed = await self._find_changes(name, texts)
        if isinstance(changed, Failure):
            return Failure(changed.failure())
        wanted = list(changed.unwrap().items())
        for start in range(0, len(wanted), _BATCH):
            kept = await self._keep(collection, wanted[start : start + _BATCH])
            if isinstance(kept, Failure):
                return Failure(kept.failure())
            collection = kept.unwrap()
        return Success(Growth(collection=collection, embedded=len(wanted), unchanged=len(texts) - len(wanted)))

    @effect
    async def search(self, name: str, text: str, k: int = 5) -> Result[tuple[SimilarText, ...], LLMError]:
        """The `k` texts of the collection `name` that mean most nearly what `text` means, the best first.

        Fails with `InvalidRequest` where there is no such collection.
        """
        found = await self._find(name)
        if isinstance(found, Failure):
            return found
        collection = found.unwrap()
        if collection is None:
            return _wrong(f"there is no collection {name!r}: add texts to it first")
        asked = await self._embed(collection.model, (text,))
        if isinstance(asked, Failure):
            return Failure(asked.failure())
        vector, matches, after = asked.unwrap().vectors[0], list[SimilarText](), ""
        while True:
            page = await settle(self.store.page(name, after, _PAGE))
            if isinstance(page, Failure):
                return Failure(page.failure())
            entries = page.unwrap()
            matches = best(matches, entries, vector, k)
            if len(entries) < _PAGE:
                return Success(tuple(matches))
            after = entries[-1].id

    async def _find(self, name: str) -> Result[Collection | None, StorageError]:
        every = await settle(self.store.all())
        return every.map(lambda found: next((one for one in found if one.name == name), None))

    async def _find_changes(self, name: str, texts: Mapping[str, str]) -> Result[dict[str, str], StorageError]:
        """Those of `texts` that are not in the collection as they are."""
        changed, after = dict(texts), ""
        while True:
            page = await settle(self.store.page(name, after, _PAGE))
            if isinstance(page, Failure):
                return Failure(page.failure())
            entries = page.unwrap()
            for one in entries:
                if changed.get(one.id) == one.text:
                    del changed[one.id]
            if len(entries) < _PAGE:
                return Success(changed)
            after = entries[-1].id

    async def _keep(self, collection: Collection, texts: list[tuple[str, str]]) -> Result[Collection, LLMError]:
        made = await self._embed(collection.model, tuple(text for _, text in texts))
        if isinstance(made, Failure):
            return Failure(made.failure())
        vectors = made.unwrap()
        entries = [CollectionEntry(id, text, one) for (id, text), one in zip(texts, vectors.vectors, strict=True)]
        return await settle(self.store.put(collection.name, vectors.model, entries))

    async def _embed(self, model: str, texts: tuple[str, ...]) -> Result[_Vectors, LLMError]:
        order = (model,) if model else ()  # vectors of another model could not be compared with those that are there
        answer = await settle(
            self.client.embed(EmbeddingRequest(model, texts, options=CallOptions(order=order, tags=("collection",))))
        )
        if isinstance(answer, Failure):
            return Failure(answer.failure())
        found = answer.unwrap()
        if len(found.embeddings) != len(texts):
            return _wrong(f"{found.provider} gave {len(found.embeddings)} vectors for {len(texts)} texts")
        named = model if "/" in model else f"{found.provider}/{model or found.model}"
        return Success(_Vectors(named, tuple(unit(one.vector) for one in found.embeddings)))


@attrs.frozen
class _Vectors:
    model: str
    vectors: tuple[tuple[float, ...], ...] = attrs.field(repr=False)


def _wrong(problem: str) -> Failure[InvalidRequest]:
    return Failure(invalid_request(problem))
