"""Where an answer has something from: Gemini's metadata of grounding and citation, both ways.

Source: ai.google.dev/api/generate-content#GroundingMetadata, #CitationMetadata. Its places are bytes of UTF-8 within a
part, ours are characters.
"""

from __future__ import annotations

import attrs

from pointsman.core.chat.part import Citation, Part, Text
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, count_or_none, text_or_none

_SOURCES = ("web", "maps", "image", "retrievedContext")


def with_citations(parts: tuple[Part, ...], candidate: JsonObject) -> tuple[Part, ...]:
    """`parts` of an answer with the sources that its candidate names."""
    grounding, cited = as_object(candidate.get("groundingMetadata")), as_object(candidate.get("citationMetadata"))
    places = [at for at, part in enumerate(parts) if isinstance(part, Text)]
    if not places or not (grounding or cited):
        return parts
    citations: dict[int, list[Citation]] = {}
    for place, citation in (*_read_grounding(grounding, parts, places), *_read_cited(cited, parts, places)):
        citations.setdefault(place, []).append(citation)
    return tuple(
        attrs.evolve(part, citations=(*part.citations, *citations[at]))
        if at in citations and isinstance(part, Text)
        else part
        for at, part in enumerate(parts)
    )


def _read_grounding(grounding: JsonObject, parts: tuple[Part, ...], places: list[int]) -> list[tuple[int, Citation]]:
    """One citation for each text that rests on a source; a source without one is of the last text as a whole."""
    chunks = [_read_chunk(as_object(item)) for item in as_list(grounding.get("groundingChunks"))]
    used: set[int] = set()
    read: list[tuple[int, Citation]] = []
    for item in as_list(grounding.get("groundingSupports")):
        support = as_object(item)
        segment = as_object(support.get("segment"))
        place = count_or_none(segment.get("partIndex"))
        at = place if place in places else places[0]
        for index in as_list(support.get("groundingChunkIndices")):
            number = count_or_none(index)
            if number is not None and number < len(chunks):
                used.add(number)
                read.append((at, _place_citation(chunks[number], segment, parts[at])))
    return read + [(places[-1], chunk) for number, chunk in enumerate(chunks) if number not in used]


def _read_chunk(chunk: JsonObject) -> Citation:
    source = next((as_object(chunk.get(name)) for name in _SOURCES if name in chunk), {})
    url = text_or_none(source.get("uri")) or text_or_none(source.get("sourceUri"))
    return Citation(url, text_or_none(source.get("title")), text_or_none(source.get("text")))


def _read_cited(cited: JsonObject, parts: tuple[Part, ...], places: list[int]) -> list[tuple[int, Citation]]:
    items = as_list(cited.get("citationSources")) or as_list(cited.get("citations"))
    sources = [as_object(item) for item in items]
    return [
        (
            places[0],
            _place_citation(
                Citation(text_or_none(source.get("uri")), text_or_none(source.get("title"))), source, parts[places[0]]
            ),
        )
        for source in sources
    ]


def _place_citation(citation: Citation, segment: JsonObject, part: Part) -> Citation:
    end = count_or_none(segment.get("endIndex"))
    if end is None or not isinstance(part, Text):
        return citation
    data = part.text.encode("utf-8", "replace")
    start = count_or_none(segment.get("startIndex")) or 0  # protobuf leaves a zero out
    return attrs.evolve(citation, start=_characters(data, start), end=_characters(data, end))


def _characters(data: bytes, at: int) -> int:
    return len(data[:at].decode("utf-8", "ignore"))


def write_grounding(parts: tuple[Part, ...]) -> JsonObject | None:
    """The metadata for the citations in `parts`; None where there are none."""
    chunks: list[Json] = []
    supports: list[Json] = []
    for at, part in enumerate(parts):
        for citation in part.citations if isinstance(part, Text) else ():
            if isinstance(part, Text) and citation.start is not None and citation.end is not None:
                segment = _segment(part.text, citation.start, citation.end, at)
                supports.append({"segment": segment, "groundingChunkIndices": [len(chunks)]})
            chunks.append(_write_chunk(citation))
    return compact({"groundingChunks": chunks, "groundingSupports": supports or None}) if chunks else None


def _write_chunk(citation: Citation) -> JsonObject:
    source = compact({"uri": citation.url, "title": citation.title})
    if citation.quote is None:
        return {"web": source}
    return {"retrievedContext": {**source, "text": citation.quote}}


def _segment(text: str, start: int, end: int, at: int) -> JsonObject:
    before = len(text[:start].encode("utf-8", "replace"))
    said = text[start:end]
    after = before + len(said.encode("utf-8", "replace"))
    return {"partIndex": at, "startIndex": before, "endIndex": after, "text": as_text(said)}
