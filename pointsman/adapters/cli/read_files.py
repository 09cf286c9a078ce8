"""`pointsman read`: what is in documents, printed. A model is asked to hear recordings and to describe pictures."""

from __future__ import annotations

from contextlib import AsyncExitStack

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result

from pointsman.adapters.cli.attachments import reading_options, tell_warnings
from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK, USAGE, report_failure
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.token_estimate import estimate_text
from pointsman.core.documents.document import Document, Passage, RawDocument
from pointsman.core.documents.media_kind import SOUNDS, MediaKind, tell_media_kind
from pointsman.core.documents.quote import mark_passage
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError
from pointsman.core.json import Json, JsonObject, compact, dumps_text
from pointsman.core.settings import Settings
from pointsman.services.app import App
from pointsman.services.documents.picture_reading import describe_pictures
from pointsman.services.ports.extractor import ExtractionError


@Command
async def read(context: CliContext) -> int:
    """Print each file; one that cannot be read is told, the others follow, and the exit code is the first failure's."""
    options, terminal = context.options, context.terminal
    if not options.files:
        terminal.complain("there is no file to read; name one, or `-` for standard input.")
        return USAGE
    code = OK
    async with AsyncExitStack() as stack:
        reader = _FileReader(context, stack)
        for name in options.files:
            document = await reader.read(name)
            if isinstance(document, Failure):
                failed = report_failure(document.failure(), terminal)
                code = code or failed
                continue
            _show(document.unwrap(), context, several=len(options.files) > 1)
    return code


@attrs.define
class _FileReader:
    """Reads one file after the other; an App is opened when the first needs a model."""

    context: CliContext
    stack: AsyncExitStack
    app: App | None = None

    async def read(self, name: str) -> Result[Document, ExtractionError]:
        """The document called `name`."""
        plain = self.context.wiring.document_reader(self.context.options.config)
        opened = await plain.open_source(name)
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        raw = opened.unwrap()
        wanted = reading_options(self.context.options)
        if not self._needs_model(raw):
            return await settle(plain.read(raw, wanted))
        app = await self._open_app()
        if isinstance(app, ConfigurationError):
            return Failure(app)
        document = await settle(app.documents.read(raw, wanted))
        if isinstance(document, Failure) or not document.unwrap().pictures:
            return document
        described = await describe_pictures(app.client, document.unwrap(), self._model(app))
        return described.map(lambda written: written)

    def _needs_model(self, raw: RawDocument) -> bool:
        kind = tell_media_kind(raw).value_or(MediaKind(""))
        return self.context.options.describe or kind.media_type in SOUNDS

    async def _open_app(self) -> App | ConfigurationError:
        if self.app is not None:
            return self.app
        wiring = self.context.wiring
        settings = unwrap_or_failure(await wiring.load_settings(self.context.options))
        if not isinstance(settings, Settings):
            return settings
        scope = wiring.open_app(self.context.with_database(settings))
        app = unwrap_or_failure(await self.stack.enter_async_context(scope))
        if isinstance(app, App):
            self.app = app
        return app

    def _model(self, app: App) -> str:
        options = self.context.options
        named = options.provider or options.model or options.base_url
        return f"{app.settings.default_provider}/" if named else ""


def _show(document: Document, context: CliContext, *, several: bool) -> None:
    terminal = context.terminal
    tell_warnings(document, terminal)
    if context.options.json:
        terminal.say_json(document_json(document))
        return
    if several:
        terminal.say(f"==> {document.name} <==")
    for number, passage in enumerate(document.passages):
        _show_passage(passage, terminal, first=number == 0)
    if context.options.verbose:
        tokens = estimate_text(document.text)
        terminal.note(f"{document.name}: {document.media_type}, about {tokens:,} tokens")


def _show_passage(passage: Passage, terminal: Terminal, *, first: bool) -> None:
    """As a model is shown it; what was said stands in a line with its times."""
    if passage.kind == "segment":
        terminal.say(f"[{passage.place}] {passage.text}" if passage.place else passage.text)
        return
    if not first:
        terminal.say()
    terminal.say(mark_passage(passage).rstrip("\n") if passage.text else f"[{passage.place}] (a picture)")


def document_json(document: Document) -> str:
    """A document as one line of JSON. Of pictures their type and size; what is unknown is null."""
    passages: list[Json] = [_passage_json(passage) for passage in document.passages]
    return dumps_text(
        {
            "name": document.name,
            "media_type": document.media_type,
            "title": document.title,
            "page_count": document.page_count,
            "duration": document.duration,
            "tokens": estimate_text(document.text),
            "warnings": list(document.warnings),
            "passages": passages,
        }
    )


def _passage_json(passage: Passage) -> JsonObject:
    picture: Json = None
    if passage.picture is not None:
        picture = {"media_type": passage.picture.media_type, "bytes": len(passage.picture.data)}
    more = {"page": passage.page, "start": passage.start, "end": passage.end}
    return {
        "kind": passage.kind,
        "text": passage.text,
        **compact({**more, "heading": passage.heading or None, "picture": picture}),
    }
