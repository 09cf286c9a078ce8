"""The files of a chat, read here as documents. What hears recordings is paid by the caller."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from functools import partial

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.allowed_models import find_allowed_models
from pointsman.adapters.web.api_endpoint import AnyCall, invalid
from pointsman.adapters.web.caller import options_of
from pointsman.core.documents.document import Document, RawDocument
from pointsman.core.documents.document_error import DocumentFault
from pointsman.core.documents.media_kind import SOUNDS, tell_media_kind
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.services.documents.document_reader import ReadingOptions
from pointsman.services.tasks.off_loop import LARGE_BODY, run_off_loop

_MOST_FILES = 20
_MOST_NAME = 200


@attrs.frozen(kw_only=True)
class FileInput:
    """A document as base64, and its file's name: PDF, Office, EPUB, HTML, text, a table, picture or sound."""

    name: str
    data: str


async def read_files(
    call: AnyCall, files: Sequence[FileInput], transcriber: str = ""
) -> Result[tuple[Document, ...], LLMError]:
    """What `files` hold, in their order, or the first thing wrong with one, as an `InvalidRequest` that names it."""
    if len(files) > _MOST_FILES:
        return Failure(invalid(f"files: there are {len(files)}, and {_MOST_FILES} are read at most"))
    documents: tuple[Document, ...] = ()
    for number, file in enumerate(files):
        data = await run_off_loop(partial(_decode, file.data), large=len(file.data) > LARGE_BODY)
        if data is None:
            return Failure(invalid(f"files[{number}].data: it is not base64"))
        name = file.name.replace("\\", "/").rpartition("/")[2][:_MOST_NAME] or "file"
        read = await _read(call, RawDocument(name, data), number, transcriber)
        if isinstance(read, Failure):
            return Failure(read.failure())
        documents = (*documents, read.unwrap())
    return Success(documents)


def _decode(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


async def _read(call: AnyCall, raw: RawDocument, number: int, transcriber: str) -> Result[Document, LLMError]:
    with call.site.running.lease() as app:
        told = await run_off_loop(lambda: tell_media_kind(raw), large=len(raw.data) > LARGE_BODY)
        options = options_of(call.caller)
        if isinstance(told, Success) and told.unwrap().media_type in SOUNDS:
            allowed = await find_allowed_models(app, call.caller.key, transcriber)
            if isinstance(allowed, Failure):
                return Failure(allowed.failure())
            options = attrs.evolve(options, allowed_models=allowed.unwrap())
        wanted = ReadingOptions(transcriber=transcriber, options=options)
        read = await settle(app.documents.read_for_model(raw, wanted))
    if isinstance(read, Failure):
        error = read.failure()
        return Failure(invalid(f"files[{number}]: {error}") if isinstance(error, DocumentFault) else error)
    return Success(read.unwrap())
