"""Embeddings without a model: texts that share words are near each other. Pure and the same every time."""

from __future__ import annotations

import hashlib
import math
import re

from pointsman.adapters.simulator.tokens import tokens_of
from pointsman.core.chat.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.usage import Usage

DIMENSIONS = 16
MOST_DIMENSIONS = 8192
_WORD = re.compile(r"\w+")


def embed(request: EmbeddingRequest) -> EmbeddingResponse:
    """A vector of length 1 for each text, of 16 dimensions or as many as `request.dimensions` says."""
    size = min(max(request.dimensions or DIMENSIONS, 1), MOST_DIMENSIONS)
    made = tuple(Embedding(vector(text, size), index) for index, text in enumerate(request.texts))
    usage = Usage(input=sum(tokens_of(text) for text in request.texts), output=0)
    return EmbeddingResponse(embeddings=made, model=request.model, usage=usage)


def vector(text: str, size: int = DIMENSIONS) -> tuple[float, ...]:
    """The words of `text`, each hashed to four of `size` dimensions with a sign, summed and brought to length 1."""
    sums = [0.0] * size
    for word in _WORD.findall(text.lower()) or [text]:
        digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=20).digest()
        for at in range(0, 20, 5):
            place = int.from_bytes(digest[at : at + 4], "big") % size
            sums[place] += 1.0 if digest[at + 4] & 1 else -1.0
    return _unit(sums)


def _unit(values: list[float]) -> tuple[float, ...]:
    length = math.sqrt(sum(value * value for value in values))
    if length == 0:
        return (1.0, *(0.0 for _ in values[1:]))
    return tuple(value / length for value in values)
