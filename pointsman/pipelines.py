"""Composing pipelines: combinators over steps (functions that give an effect) and programs (which need an `App`).

The public door of `pointsman.services.programs`; `docs/pipelines.md` shows each of them beside its name in Effect.
"""

from __future__ import annotations

import typing as _typing
import warnings as _warnings

from pointsman.core.effect import effect as effect
from pointsman.core.effect import fail as fail
from pointsman.core.effect import settle as settle
from pointsman.core.effect import succeed as succeed
from pointsman.core.routing.schedule import POLITE as POLITE
from pointsman.core.routing.schedule import Schedule as Schedule
from pointsman.core.routing.schedule import Try as Try
from pointsman.core.routing.schedule import exponential as exponential
from pointsman.core.routing.schedule import recurs as recurs
from pointsman.core.routing.schedule import spaced as spaced
from pointsman.core.routing.schedule import up_to as up_to
from pointsman.core.routing.schedule import while_retryable as while_retryable
from pointsman.services.app import Program as Program
from pointsman.services.documents.document_programs import ask_document as ask_document
from pointsman.services.documents.document_programs import extract as extract
from pointsman.services.documents.document_programs import split as split
from pointsman.services.documents.document_programs import summarize as summarize
from pointsman.services.programs.many import all_of as all_of
from pointsman.services.programs.many import each as each
from pointsman.services.programs.many import race as race
from pointsman.services.programs.many import traverse as traverse
from pointsman.services.programs.memo import cached as cached
from pointsman.services.programs.program import needing as needing
from pointsman.services.programs.program import program as program
from pointsman.services.programs.recovery import catch as catch
from pointsman.services.programs.recovery import recover as recover
from pointsman.services.programs.recovery import widen as widen
from pointsman.services.programs.resource import bracket as bracket
from pointsman.services.programs.resource import with_scope as with_scope
from pointsman.services.programs.sequence import fallback as fallback
from pointsman.services.programs.sequence import tap as tap
from pointsman.services.programs.sequence import then as then
from pointsman.services.programs.spans import Traceable as Traceable
from pointsman.services.programs.spans import with_span as with_span
from pointsman.services.programs.spans import with_span_stream as with_span_stream
from pointsman.services.programs.step import AsyncStep as AsyncStep
from pointsman.services.programs.step import Env as Env
from pointsman.services.programs.step import Timed as Timed
from pointsman.services.programs.step import pipe as pipe
from pointsman.services.programs.stream_steps import fallback_stream as fallback_stream
from pointsman.services.programs.stream_steps import race_stream as race_stream
from pointsman.services.programs.stream_steps import retry_stream as retry_stream
from pointsman.services.programs.stream_steps import tap_stream as tap_stream
from pointsman.services.programs.stream_steps import within_stream as within_stream
from pointsman.services.programs.timing import Overdue as Overdue
from pointsman.services.programs.timing import repeat as repeat
from pointsman.services.programs.timing import retry as retry
from pointsman.services.programs.timing import throttle as throttle
from pointsman.services.programs.timing import within as within

if not _typing.TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """The former names, until the next version."""
        if name == "summarise":
            _warnings.warn("it is called summarize", DeprecationWarning, stacklevel=2)
            return summarize
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
