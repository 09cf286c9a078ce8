"""One question to several models at once: what each says, as it comes, and what it took, however it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from pointsman.core.chat.event import Done, Failed, TextDelta
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock
from pointsman.services.tasks.together import tasks_together


@attrs.define
class ComparedAnswer:
    """What one model says. `first_ms` is how long it was silent, in milliseconds."""

    model: str
    text: str = ""
    first_ms: float | None = None
    end: Done | Failed | None = None

    @property
    def response(self) -> ChatResponse:
        """What came of it, whole or not."""
        if isinstance(self.end, Done):
            return self.end.response
        return self.end.partial if isinstance(self.end, Failed) else ChatResponse()


def show_nothing(answer: ComparedAnswer) -> None:
    """For who waits for the ends."""


async def compare_models(
    client: Client,
    clock: Clock,
    answers: Sequence[ComparedAnswer],
    request: ChatRequest,
    show: Callable[[ComparedAnswer], None] = show_nothing,
) -> None:
    """Put `request` to the model of each of `answers`, all at the same time; `show` is told whenever one has grown."""

    async def ask_one(answer: ComparedAnswer) -> None:
        asked = attrs.evolve(request, model=answer.model)
        began = clock.monotonic()
        async with client.stream(asked) as events:
            async for event in events:
                if answer.first_ms is None:
                    answer.first_ms = (clock.monotonic() - began) * 1000
                if isinstance(event, TextDelta):
                    answer.text += event.text
                elif isinstance(event, (Done, Failed)):
                    answer.end = event
                show(answer)

    async with tasks_together() as group:
        for answer in answers:
            group.start_soon(ask_one, answer)
