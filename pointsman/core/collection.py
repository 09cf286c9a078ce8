"""Collections of texts with their vectors, and which of them mean the most what a question means. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

import attrs

from pointsman.core.memory import cosine


@attrs.frozen
class CollectionEntry:
    """A text of a collection; `id` is its name there. `vector` has length 1."""

    id: str
    text: str
    vector: tuple[float, ...] = attrs.field(repr=lambda vector: f"<{len(vector)} dimensions>")


@attrs.frozen
class Collection:
    """A named collection: the model that made all its vectors (`provider/model`), and how many texts it holds."""

    name: str
    model: str
    size: int = 0


@attrs.frozen
class SimilarText:
    """A text that was found, and the cosine of its vector with the question's, -1 to 1."""

    id: str
    text: str
    score: float


def best(
    known: Iterable[SimilarText], entries: Iterable[CollectionEntry], vector: Sequence[float], k: int
) -> list[SimilarText]:
    """The `k` of `known` and `entries` that are the most alike to `vector`, the best first; ties go by the id."""
    scored = (SimilarText(one.id, one.text, cosine(vector, one.vector)) for one in entries)
    return heapq.nsmallest(k, (*known, *scored), key=lambda match: (-match.score, match.id))
