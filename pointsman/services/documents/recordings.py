"""Recordings as documents: a model hears them, and each thing that was said is a passage with its times."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result

from pointsman.core.chat.media_type import sound_type
from pointsman.core.chat.part import Audio, Bytes
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.documents.document import Document, Passage
from pointsman.core.documents.media_kind import SOUNDS
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, InvalidRequest, UnsupportedFeature
from pointsman.services.ports.client import Client
from pointsman.services.ports.extractor import Extraction, ExtractionError


@attrs.frozen
class RecordingExtractor:
    """Has `client` transcribe: any provider that can, by the model that is asked for, else by its usual one."""

    client: Client
    media_types: frozenset[str] = SOUNDS

    async def extract(self, asked: Extraction) -> Result[Document, ExtractionError]:
        """As `Extractor.extract`. A model that cannot tell times gives one passage."""
        media_type = sound_type(asked.raw.data) or asked.media_type
        audio = Audio(Bytes(asked.raw.data, media_type))
        request = TranscriptionRequest(
            asked.transcriber, audio, language=asked.language, segments=True, options=asked.options
        )
        heard = await settle(self.client.transcribe(request))
        if isinstance(heard, Failure) and _is_about_times(heard.failure()):
            heard = await settle(self.client.transcribe(attrs.evolve(request, segments=False)))
        return heard.map(lambda said: _document(asked.raw.name, media_type, said))


def _is_about_times(error: ChatError) -> bool:
    """Whether the model may do without times what it refuses to do with them."""
    if isinstance(error, UnsupportedFeature):
        return "segment" in error.feature or "timestamp" in error.feature
    words = error.detail.lower()
    return isinstance(error, InvalidRequest) and any(word in words for word in ("segment", "timestamp", "verbose_json"))


def _document(name: str, media_type: str, said: Transcription) -> Document:
    passages = tuple(
        Passage(kind="segment", text=one.text.strip(), start=one.start, end=one.end) for one in said.segments
    )
    timeless = () if passages else ("the model does not tell when what was said",)
    return Document(
        name=name,
        media_type=media_type,
        passages=passages or (Passage(kind="segment", text=said.text.strip()),),
        duration=said.duration,
        warnings=(*(warning.text for warning in said.warnings), *timeless),
    )
