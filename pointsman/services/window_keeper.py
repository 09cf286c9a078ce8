"""How much of a conversation a request takes along: what fits the model's window, and a summary of what does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeAlias

import anyio
import attrs
from returns.future import FutureResult
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.conversation import Conversation, Entry, Summary, messages_of
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.message import Message, system, user
from pointsman.core.model import ModelRef
from pointsman.core.options import CallOptions
from pointsman.core.request import ChatRequest
from pointsman.core.response import ChatResponse
from pointsman.core.settings import WindowSettings
from pointsman.core.token_estimate import estimate_message, estimate_request
from pointsman.core.window import CHOOSERS, Chooser, fit, turns_of
from pointsman.services.client import ChatClient, TokenCount
from pointsman.services.planner import Planner

_LEARNING = 0.3
"""How much a newly reported count changes what was learned before."""
_BOUNDS = (0.5, 3.0)
_NEAR, _FAR = 0.7, 4.0
"""Between how much of the window a request must be, by the estimate, to be counted by the provider."""
_COUNT_SECONDS = 5.0
_ROUNDING = 8
Count: TypeAlias = Callable[[ChatRequest], FutureResult[TokenCount, LLMError]]

INSTRUCTIONS = (
    "You keep the minutes of a conversation. Write a short summary of it that a reader can go on from: what was asked, "
    "what was answered and decided, names, numbers and open questions. Write nothing else."
)


@attrs.define
class WindowKeeper:
    """Fits conversations into windows, by `settings`.

    Tokens are estimated, with a margin, and the estimate learns from the usage that providers report. Where it comes
    near the window, `count` is asked, by which some providers count for themselves. What `choose` leaves out is only
    left out of the request: the entries stay where they are kept. `beside` tokens are held free for what is added to a
    request after this.
    """

    client: ChatClient
    planner: Planner
    settings: WindowSettings = attrs.field(factory=WindowSettings)
    choose: Chooser | None = None
    beside: int = 0
    count: Count | None = attrs.field(default=None, repr=False)
    _learned: dict[str, float] = attrs.field(factory=dict, repr=False)

    async def fitted(
        self, conversation: Conversation, entries: Sequence[Entry], request: ChatRequest
    ) -> Result[tuple[ChatRequest, Summary | None], LLMError]:
        """`request`, whose messages are new, with as much of `entries` before them as fits; and the summary."""
        model, window = await self._window(request)
        summary = conversation.summary
        if window is None:
            return Success((self._put(conversation, summary, entries, request), summary))
        room = window - self._reserved(request, window) - min(self.beside, window // 4)
        if self.settings.strategy == "summarize":
            summary = await self._summarised(conversation, entries, request, room, model)
        whole = self._put(conversation, summary, entries, request)
        ratio = await self._counted(model, whole, room)
        chosen = fit(
            whole.messages,
            room - self._beside(request, ratio),
            lambda message: int(estimate_message(message) * ratio) + 1,
            self.choose or CHOOSERS[self.settings.strategy],
        )
        if isinstance(chosen, Failure):
            return Failure(attrs.evolve(chosen.failure(), model=model or None))
        return Success((attrs.evolve(whole, messages=chosen.unwrap().messages), summary))

    def learn(self, request: ChatRequest, response: ChatResponse) -> None:
        """What the provider counted for `request` says how good the estimate is for its model."""
        counted, guessed = response.usage.input, estimate_request(request)
        if counted and not response.usage.estimated and guessed and not response.cached and response.attempts:
            last = response.attempts[-1]
            model = f"{last.provider}/{last.model}"
            before = self._learned.get(model, 1.0)
            seen = min(_BOUNDS[1], max(_BOUNDS[0], counted / guessed))
            self._learned[model] = before + _LEARNING * (seen - before)

    async def _window(self, request: ChatRequest) -> tuple[str, int | None]:
        """The model that would be asked first, and how many tokens it takes, as far as that is known."""
        planned = await settle(self.planner.plan(request, advance=False))
        if isinstance(planned, Failure):
            return "", self.settings.max_tokens
        model = planned.unwrap().models[0]
        ref = self.planner.resolve(model)
        known = None
        if isinstance(ref, ModelRef):
            known = self.planner.book.facts(ref.provider or "", ref.model).context_length
        limits = [limit for limit in (known, self.settings.max_tokens) if limit is not None]
        return model, min(limits, default=None)

    async def _counted(self, model: str, whole: ChatRequest, room: int) -> float:
        """By what estimates are to be raised: where it matters, by what the provider counts."""
        guessed, ratio = estimate_request(whole), self._ratio(model)
        if self.count is None or not model or not _NEAR * room < guessed * ratio < _FAR * room:
            return ratio
        with anyio.move_on_after(_COUNT_SECONDS):
            counted = unwrap_or_failure(await settle(self.count(attrs.evolve(whole, model=model))))
            if isinstance(counted, TokenCount) and not counted.estimated:
                exact = counted.tokens + _ROUNDING
                seen = min(_BOUNDS[1], max(_BOUNDS[0], exact / guessed))
                return seen if exact <= room else seen * self.settings.margin
        return ratio

    def _ratio(self, model: str) -> float:
        return self.settings.margin * max(1.0, self._learned.get(model, 1.0))

    def _reserved(self, request: ChatRequest, window: int) -> int:
        return request.max_tokens or min(self.settings.reserve, window // 4)

    def _beside(self, request: ChatRequest, ratio: float) -> int:
        """What tools, schema and frame take."""
        return int(estimate_request(attrs.evolve(request, messages=())) * ratio)

    def _put(
        self, conversation: Conversation, summary: Summary | None, entries: Sequence[Entry], request: ChatRequest
    ) -> ChatRequest:
        standing: list[Message] = [system(conversation.system)] if conversation.system else []
        if summary is not None and self.settings.strategy == "summarize":
            standing.append(system(f"Summary of the conversation so far:\n{summary.text}"))
            entries = _after(entries, summary)
        given = [message for message in request.messages if message.role == "system"]
        rest = [message for message in request.messages if message.role != "system"]
        kept = self._latest(messages_of(entries))
        return attrs.evolve(request, messages=(*(given or standing[:1]), *standing[1:], *kept, *rest))

    def _latest(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        most = self.settings.max_messages
        if most is None or len(messages) <= most:
            return messages
        _, turns = turns_of(messages)
        kept: list[Message] = []
        for turn in reversed(turns):
            if len(kept) + len(turn) > most:
                break
            kept = [*turn, *kept]
        return tuple(kept)

    async def _summarised(
        self, conversation: Conversation, entries: Sequence[Entry], request: ChatRequest, room: int, model: str
    ) -> Summary | None:
        """The summary, gone on with when what is not in it has grown over the threshold; as it was if that fails."""
        summary = conversation.summary
        ratio = self._ratio(model)
        for _ in range(_MOST_ROUNDS):
            open_entries = _after(entries, summary)
            size = sum(int(estimate_message(entry.message) * ratio) for entry in open_entries)
            if size <= room * self.settings.summarize_threshold:
                return summary
            older = _older_half(open_entries, int(room * self.settings.summarize_threshold / 2), ratio)
            if not older:
                return summary
            written = await self._write(summary, older, request, room)
            if written is None:
                return summary
            summary = Summary(text=written, upto=older[-1].id)
        return summary

    async def _write(
        self, summary: Summary | None, entries: Sequence[Entry], request: ChatRequest, room: int
    ) -> str | None:
        lines = [f"{entry.message.role}: {entry.message.text}" for entry in entries if entry.message.text]
        before = f"Summary so far:\n{summary.text}\n\n" if summary else ""
        text = before + "Conversation:\n" + "\n".join(lines)
        asked = ChatRequest(
            self.settings.summary_model or request.model,
            (system(INSTRUCTIONS), user(text[: room * 3])),
            max_tokens=min(512, max(64, room // 8)),
            options=CallOptions(tenant=request.options.tenant, tags=(*request.options.tags, "summary")),
        )
        answer = await settle(self.client.chat(asked))
        return answer.map(lambda response: response.text.strip() or None).value_or(None)


_MOST_ROUNDS = 50


def _after(entries: Sequence[Entry], summary: Summary | None) -> Sequence[Entry]:
    """The entries that are not in the summary."""
    if summary is None:
        return entries
    places = [number for number, entry in enumerate(entries) if entry.id == summary.upto]
    return entries[places[-1] + 1 :] if places else entries


def _older_half(entries: Sequence[Entry], tokens: int, ratio: float) -> list[Entry]:
    """The oldest entries, to be summarised together: whole turns, about so many tokens, never the latest turn."""
    starts = [number for number, entry in enumerate(entries) if entry.message.role == "user"]
    taken, size = 0, 0
    for start, end in pairwise(starts):
        size += sum(int(estimate_message(entry.message) * ratio) for entry in entries[start:end])
        if taken and size > tokens:
            break
        taken = end
    return list(entries[:taken])
