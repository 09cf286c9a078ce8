"""The laws of `Extractor`. An opening is an extractor with a document that it reads, and bytes of that kind that it
cannot read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TypeAlias

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.documents.document import Document, RawDocument
from pointsman.services.ports.extractor import Extraction, ExtractionError, Extractor


@attrs.frozen(kw_only=True)
class ExtractorTrial:
    """An extractor and what to give it; `words` stand in the document `good`."""

    extractor: Extractor
    good: RawDocument
    media_type: str
    words: str
    broken: tuple[RawDocument, ...] = ()


Opening: TypeAlias = ExtractorTrial
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
_LONGEST_SENTENCE = 400


async def _extract(opening: Opening, raw: RawDocument) -> Result[Document, ExtractionError]:
    return await opening.extractor.extract(Extraction(raw=raw, media_type=opening.media_type))


async def what_it_reads_is_among_its_types(opening: Opening) -> None:
    """And it has some."""
    assert opening.media_type in opening.extractor.media_types


async def a_good_document_is_read_with_its_name_its_type_and_its_words(opening: Opening) -> None:
    """In passages, of which none is empty."""
    read = await _extract(opening, opening.good)
    assert isinstance(read, Success), read
    document = read.unwrap()
    assert (document.name, document.media_type) == (opening.good.name, opening.media_type)
    assert opening.words in document.text
    assert all(passage.text or passage.picture is not None for passage in document.passages)


async def the_same_bytes_are_the_same_document(opening: Opening) -> None:
    """Also when both are read at once."""
    read: list[Result[Document, ExtractionError]] = []

    async def extract() -> None:
        read.append(await _extract(opening, opening.good))

    async with anyio.create_task_group() as group:
        group.start_soon(extract)
        group.start_soon(extract)
    assert read[0] == read[1]


async def what_is_broken_is_told_in_one_sentence_with_its_name(opening: Opening) -> None:
    """And nothing is raised, of whatever is cut out of a good one either."""
    for raw in (*opening.broken, *_cut(opening.good)):
        read = await _extract(opening, raw)
        if isinstance(read, Failure):
            said = str(read.failure())
            assert raw.name in said
            assert "\n" not in said
            assert len(said) < _LONGEST_SENTENCE
        else:
            assert raw not in opening.broken, raw.name


def _cut(raw: RawDocument) -> Iterator[RawDocument]:
    """The beginning, the end, and all but the middle of a document."""
    half, third = len(raw.data) // 2, len(raw.data) // 3
    for data in (raw.data[:half], raw.data[half:], raw.data[:third] + raw.data[-third:]):
        yield RawDocument(raw.name, data)


LAWS: tuple[Law, ...] = (
    what_it_reads_is_among_its_types,
    a_good_document_is_read_with_its_name_its_type_and_its_words,
    the_same_bytes_are_the_same_document,
    what_is_broken_is_told_in_one_sentence_with_its_name,
)
