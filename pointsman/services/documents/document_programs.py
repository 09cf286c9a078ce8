"""Documents as programs: `extract`, `split`, `summarize`, `ask_document`. They compose as all programs do."""

from __future__ import annotations

from decimal import Decimal
from typing import Never

from returns.result import Failure, Result, Success

from pointsman.core.chat.request import ChatRequest
from pointsman.core.documents.chunk import Chunk, split_document
from pointsman.core.documents.document import Document, RawDocument
from pointsman.core.documents.reading_prompts import SUMMARY
from pointsman.core.effect import settle
from pointsman.services.app import App
from pointsman.services.documents.document_reader import PLAIN_READING, ReadingOptions
from pointsman.services.documents.long_reading import (
    DocumentAnswer,
    ReadingError,
    Tell,
    plan_reading,
    read_by_plan,
)
from pointsman.services.ports.executor import ClientExecutor
from pointsman.services.ports.extractor import ExtractionError
from pointsman.services.programs.program import program


@program
async def extract(
    app: App, source: str | RawDocument, reading: ReadingOptions = PLAIN_READING
) -> Result[Document, ExtractionError]:
    """The document at a path, or in bytes."""
    return await settle(app.documents.read(source, reading))


@program
async def split(app: App, document: Document, most_tokens: int) -> Result[tuple[Chunk, ...], Never]:
    """Its text in chunks of at most `most_tokens`, cut between paragraphs where that is possible."""
    return Success(split_document(document, most_tokens))


@program
async def ask_document(
    app: App,
    document: Document,
    question: str,
    *,
    model: str = "",
    window: int | None = None,
    parallel: int = 4,
    budget: Decimal | None = None,
    tell: Tell = lambda progress: None,
    readers: ClientExecutor | None = None,
) -> Result[DocumentAnswer, ReadingError]:
    """The answer to `question` by the document, with the places it cites; by parts where it is too long for `window`.

    Where it is not too long its pictures are shown, too, but to a model that is known to see none; else a warning says
    that they were not.
    `window` is in tokens, question and answer included; without one it is the model's, 32,000 at most. At most
    `parallel` requests are under way, and all together cost at most `budget` dollars. With `readers` the parts are read
    on other machines, see `pointsman.open_readers`: then `parallel` is best 64 or more.
    """
    planned = await plan_reading(app.manager, document, question, ChatRequest(model, ()), window, with_pictures=True)
    if isinstance(planned, Failure):
        return Failure(planned.failure())
    return await read_by_plan(
        app.manager, planned.unwrap(), parallel=parallel, budget=budget, tell=tell, readers=readers
    )


@program
async def summarize(
    app: App,
    document: Document,
    *,
    model: str = "",
    window: int | None = None,
    parallel: int = 4,
    budget: Decimal | None = None,
    tell: Tell = lambda progress: None,
    readers: ClientExecutor | None = None,
) -> Result[DocumentAnswer, ReadingError]:
    """What the document says, in short; otherwise as `ask_document`: `window` in tokens, `budget` in dollars."""
    planned = await plan_reading(app.manager, document, SUMMARY, ChatRequest(model, ()), window, with_pictures=True)
    if isinstance(planned, Failure):
        return Failure(planned.failure())
    return await read_by_plan(
        app.manager, planned.unwrap(), parallel=parallel, budget=budget, tell=tell, readers=readers
    )
