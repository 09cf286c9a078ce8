"""`pointsman transcribe`: the words in a recording."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.context import AppContext, asking_command
from pointsman.adapters.cli.exit_codes import OK, report_failure
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.show import usage_text
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.part import Audio
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.documents.document import clock_text
from pointsman.core.effect import settle
from pointsman.core.json import dumps_text
from pointsman.services.app import App


@asking_command
async def transcribe(context: AppContext) -> int:
    """Print the text; with `--segments` a line each, with its times; with `--json` all that was told."""
    app, options, terminal = context.app, context.options, context.terminal
    audio = unwrap_or_failure(await context.read_audio(options.file))
    if not isinstance(audio, Audio):
        return report_failure(audio, terminal)
    request = TranscriptionRequest(
        _model(app, options.model),
        audio,
        language=options.language,
        prompt=options.hint,
        segments=options.segments,
        timeout=options.timeout,
    )
    answer = unwrap_or_failure(await settle(app.client.transcribe(request)))
    if not isinstance(answer, Transcription):
        return report_failure(answer, terminal)
    _show(answer, options, terminal)
    return OK


def _model(app: App, named: str | None) -> str:
    """The model that was named, of the provider that was; else none, so that the provider's usual one is taken."""
    provider = app.settings.default_provider or ""
    chosen = app.settings.providers.get(provider) if named else None
    return f"{provider}/{chosen.model}" if chosen is not None and chosen.model else ""


def _show(answer: Transcription, options: Options, terminal: Terminal) -> None:
    if options.json:
        terminal.say(transcription_json(answer))
        return
    for segment in answer.segments:
        terminal.say(f"[{clock_text(segment.start)} – {clock_text(segment.end)}] {segment.text.strip()}")
    if not answer.segments:
        terminal.say(answer.text.strip())
    for warning in answer.warnings:
        terminal.note(f"Note: {warning.text}")
    if options.verbose:
        took = "unknown time" if answer.latency_ms is None else f"{answer.latency_ms:.0f} ms"
        length = "" if answer.duration is None else f" · {answer.duration:.1f} s of sound"
        told = f"{answer.provider}/{answer.model} · {took}{length} · {usage_text(answer.usage)} · cost {answer.cost}"
        terminal.note(told)


def transcription_json(answer: Transcription) -> str:
    """A transcription as one line of JSON; what is unknown is null."""
    return dumps_text(
        {
            "text": answer.text,
            "segments": [attrs.asdict(segment) for segment in answer.segments],
            "language": answer.language,
            "duration": answer.duration,
            "usage": {"input": answer.usage.input, "output": answer.usage.output},
            "provider": answer.provider,
            "model": answer.model,
            "latency_ms": answer.latency_ms,
            "cost_usd": None if answer.cost.usd is None else str(answer.cost.usd.normalize() + 0),
            "warnings": [warning.text for warning in answer.warnings],
        }
    )
