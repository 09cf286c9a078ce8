"""How much of a conversation a request takes along: what fits the model's window, and a summary of what does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from typing import TypeAlias

import attrs
from returns.future import FutureResult
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message, system, user
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request import ChatRequest, output_limit
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.token_estimate import estimate_message, estimate_request, estimate_text
from pointsman.core.chat.verdict import Verdict, judge
from pointsman.core.conversations.conversation import Conversation, Entry, Summary, messages_of, without_refused
from pointsman.core.conversations.conversation_text import lines_of
from pointsman.core.conversations.window import CHOOSERS, Chooser, fit, rounds_of, turns_of
from pointsman.core.conversations.window import Count as Tokens
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, ContextTooLarge, InvalidResponse, LLMError
from pointsman.core.models.model import ModelRef
from pointsman.core.settings import WindowSettings
from pointsman.services.event_bus import Publish, give_up, publish_nowhere
from pointsman.services.ports.client import ChatClient, TokenCount
from pointsman.services.routing.planner import Planner

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
    resolve: Callable[[str], Awaitable[str]] | None = attrs.field(default=None, repr=False)
    """What a model's name stands for; without it names are references."""
    publish: Publish = publish_nowhere
    _learned: dict[str, float] = attrs.field(factory=dict, repr=False)

    async def fit(
        self, conversation: Conversation, entries: Sequence[Entry], request: ChatRequest
    ) -> Result[tuple[ChatRequest, Summary | None], LLMError]:
        """`request`, whose messages are new, with as much of `entries` before them as fits; and the summary."""
        model, window = await self._window(request)
        summary = conversation.summary
        if window is None:
            return Success((self._put(conversation, summary, entries, request), summary))
        whole = self.planner.complete(request, model.partition("/")[0])
        limit = window - self._reserve_output(whole, window) - min(self.beside, window // 4)
        ratio = await self._estimate_ratio(model, self._put(conversation, summary, entries, request), limit)
        room = max(0, limit - self._beside(request, ratio))
        if self.settings.strategy == "summarize":
            summary = await self._summarize(conversation, entries, request, room, ratio)
        whole = self._put(conversation, summary, entries, request)
        choose = self.choose or CHOOSERS[self.settings.strategy]
        chosen = fit(whole.messages, room, _counting(ratio), choose, _new(request))
        if isinstance(chosen, Failure):
            return Failure(attrs.evolve(chosen.failure(), model=model or None))
        return Success((attrs.evolve(whole, messages=chosen.unwrap().messages), summary))

    def context(
        self, conversation: Conversation, entries: Sequence[Entry], max_tokens: int
    ) -> Result[tuple[Message, ...], ContextTooLarge]:
        """What a model would be told of the conversation where there is room for `max_tokens`, by the estimate."""
        messages = self._put(conversation, conversation.summary, entries, ChatRequest("", ())).messages
        choose = self.choose or CHOOSERS[self.settings.strategy]
        chosen = fit(messages, max_tokens, _counting(self.settings.margin), choose)
        return chosen.map(lambda fitted: fitted.messages)

    async def room(self, request: ChatRequest) -> int | None:
        """How many tokens there is room for beside `request` and its answer; None where the window is not known."""
        model, window = await self._window(request)
        if window is None:
            return None
        return window - self._reserve_output(request, window) - int(estimate_request(request) * self._ratio(model))

    def learn(self, request: ChatRequest, response: ChatResponse) -> None:
        """What the provider counted for `request` says how good the estimate is for its model."""
        counted, guessed = response.usage.input, estimate_request(request)
        if counted and not response.usage.estimated and guessed and not response.is_cached and response.attempts:
            last = response.attempts[-1]
            model = f"{last.provider}/{last.model}"
            before = self._learned.get(model, 1.0)
            seen = min(_BOUNDS[1], max(_BOUNDS[0], counted / guessed))
            self._learned[model] = before + _LEARNING * (seen - before)

    async def _window(self, request: ChatRequest) -> tuple[str, int | None]:
        """The model that would be asked first, and how many tokens it takes, as far as that is known."""
        if self.resolve is not None:
            request = attrs.evolve(request, model=await self.resolve(request.model))
        planned = await self.planner.plan(request, advance=False)
        if isinstance(planned, Failure):
            return "", self.settings.max_tokens
        model = planned.unwrap().models[0]
        ref = self.planner.resolve(model)
        known = None
        if isinstance(ref, ModelRef):
            known = self.planner.book.facts(ref.provider or "", ref.model).context_length
        limits = [limit for limit in (known, self.settings.max_tokens) if limit is not None]
        return model, min(limits, default=None)

    async def _estimate_ratio(self, model: str, whole: ChatRequest, room: int) -> float:
        """By what estimates are to be raised: where it matters, by what the provider counts."""
        guessed, ratio = estimate_request(whole), self._ratio(model)
        if self.count is None or not model or not _NEAR * room < guessed * ratio < _FAR * room:
            return ratio
        async with self.planner.clock.limit(_COUNT_SECONDS):
            counted = unwrap_or_failure(await settle(self.count(attrs.evolve(whole, model=model))))
            if isinstance(counted, TokenCount) and not counted.estimated:
                exact = counted.tokens + _ROUNDING
                seen = min(_BOUNDS[1], max(_BOUNDS[0], exact / guessed))
                return seen if exact <= room else seen * self.settings.margin
        return ratio

    def _ratio(self, model: str) -> float:
        return self.settings.margin * max(1.0, self._learned.get(model, 1.0))

    def _reserve_output(self, request: ChatRequest, window: int) -> int:
        return output_limit(request.max_tokens) or min(self.settings.reserve, window // 4)

    def _beside(self, request: ChatRequest, ratio: float) -> int:
        """What tools, schema and frame take."""
        return int(estimate_request(attrs.evolve(request, messages=())) * ratio)

    def _put(
        self, conversation: Conversation, summary: Summary | None, entries: Sequence[Entry], request: ChatRequest
    ) -> ChatRequest:
        whole = self._all(conversation, summary, entries, request)
        return attrs.evolve(request, messages=self._latest(whole, _new(request)))

    def _all(
        self, conversation: Conversation, summary: Summary | None, entries: Sequence[Entry], request: ChatRequest
    ) -> tuple[Message, ...]:
        """The instructions, the summary, what it does not cover, and what is new.

        Of a turn of which it covers the first rounds of tools, the question is told, too.
        """
        standing = [message for message in request.messages if message.role == "system"]
        if not standing and conversation.system:
            standing = [system(conversation.system)]
        rest = [message for message in request.messages if message.role != "system"]
        question: tuple[Message, ...] = ()
        if summary is not None and self.settings.strategy == "summarize":
            standing.append(system(f"Summary of the conversation so far:\n{summary.text}"))
            before, entries = entries, _after(entries, summary)
            going_on = [*(entry.message for entry in entries[:1]), *rest][:1]
            if going_on and going_on[0].role != "user":
                question = messages_of(_latest_question(before[: len(before) - len(entries)]))
        return (*standing, *question, *messages_of(entries, rest), *rest)

    def _latest(self, messages: tuple[Message, ...], new: int) -> tuple[Message, ...]:
        """Without the oldest turns, where there are more messages than are wanted."""
        most = self.settings.max_messages
        _, turns = turns_of(messages, new)
        if most is None or not turns:
            return messages
        room = max(most + new, len(turns[-1]))
        fitted = fit(messages, room, lambda message: int(message.role != "system"), new=new)
        return fitted.map(lambda found: found.messages).value_or(messages)

    async def _summarize(
        self, conversation: Conversation, entries: Sequence[Entry], request: ChatRequest, room: int, ratio: float
    ) -> Summary | None:
        """The summary, gone on with when what is not in it has grown over the threshold, or does not fit.

        As it was if that fails.
        """
        summary, count = conversation.summary, _counting(ratio)
        most = int(room * self.settings.summarize_threshold)
        for _ in range(_MOST_ROUNDS):
            open_entries = _after(entries, summary)
            whole = self._all(conversation, summary, entries, request)
            fits = sum(map(count, whole)) <= room and self._latest(whole, _new(request)) == whole
            if fits and sum(count(entry.message) for entry in open_entries) <= most:
                return summary
            spared = fits or next((m.role for m in request.messages if m.role != "system"), "") != "user"
            older = _older_half(open_entries, most // 2, count, spared)
            if not older and not fits:
                older = _older_rounds(open_entries, most // 2, count)
            written = await self._write(summary, older, request, room) if older else None
            if written is None:
                return summary
            summary = Summary(text=written, upto=older[-1].id)
        return summary

    async def _write(
        self, summary: Summary | None, entries: Sequence[Entry], request: ChatRequest, room: int
    ) -> str | None:
        """A summary of `summary` and `entries`; of what is too long for one request, piece by piece."""
        sent = without_refused(entries)
        said = [(entry.message.role, "\n".join(lines_of(entry.message))) for entry in sent]
        text = "\n".join(f"{role}: {lines}" for role, lines in said if lines)
        step = max(256, room // 2) if estimate_text(text) > room * 0.7 else max(1, len(text))
        written = summary.text if summary else ""
        for start in range(0, max(1, len(text)), step):
            shorter = await self._shorten(self._asking(written, text[start : start + step], request, room))
            if shorter is None:
                return None
            written = shorter
        return written

    async def _shorten(self, asked: ChatRequest) -> str | None:
        """What the model writes, if it comes to its end: asked once more with more room where it was cut off."""
        answer = await settle(self.client.chat(asked))
        if answer.map(judge).value_or(Verdict.EMPTY) is Verdict.CUT_OFF:
            more = attrs.evolve(asked, max_tokens=2 * (asked.max_tokens or 512))
            answer = await settle(self.client.chat(more))
        text = answer.bind(_ended_text)
        give_up(text, "the summary", self.publish)
        return text.value_or(None)

    def _asking(self, before: str, text: str, request: ChatRequest, room: int) -> ChatRequest:
        known = f"Summary so far:\n{before}\n\n" if before else ""
        return ChatRequest(
            self.settings.summary_model or request.model,
            (system(INSTRUCTIONS), user(f"{known}Conversation:\n{text}")),
            max_tokens=min(512, max(64, room // 8)),
            options=CallOptions(
                tenant=request.options.tenant,
                tags=(*request.options.tags, "summary"),
                budgets=request.options.budgets,
                # The model that the settings name for it is the house's own; nobody else follows it than may answer.
                allowed_models=() if self.settings.summary_model else request.options.allowed_models,
            ),
        )


_MOST_ROUNDS = 50


def _ended_text(response: ChatResponse) -> Result[str, ChatError]:
    """The text of an answer that ended by itself."""
    verdict = judge(response)
    if verdict.is_read:
        return Success(response.text.strip())
    return Failure(InvalidResponse(detail=f"it is {verdict}", provider=response.provider, model=response.model))


def _after(entries: Sequence[Entry], summary: Summary | None) -> Sequence[Entry]:
    """The entries that are not in the summary."""
    if summary is None:
        return entries
    places = [number for number, entry in enumerate(entries) if entry.id == summary.upto]
    return entries[places[-1] + 1 :] if places else entries


def _older_half(entries: Sequence[Entry], tokens: int, count: Tokens, spared: bool) -> list[Entry]:
    """The oldest entries, to be summarised together: whole turns, about so many tokens; the latest may be spared."""
    starts = [number for number, entry in enumerate(entries) if entry.message.role == "user" or not number]
    taken, size = 0, 0
    for start, end in pairwise(starts if spared else [*starts, len(entries)]):
        size += sum(count(entry.message) for entry in entries[start:end])
        if taken and size > tokens:
            break
        taken = end
    return list(entries[:taken])


def _older_rounds(entries: Sequence[Entry], tokens: int, count: Tokens) -> list[Entry]:
    """The oldest entries of one turn up to the end of a round of tools, about so many tokens."""
    taken, size = 0, 0
    for _, end in rounds_of([entry.message for entry in entries]):
        size += sum(count(entry.message) for entry in entries[taken:end])
        if taken and size > tokens:
            break
        taken = end
    return list(entries[:taken])


def _latest_question(entries: Sequence[Entry]) -> Sequence[Entry]:
    """What the user said at the beginning of the turn that is the last."""
    end = len(entries)
    while end and entries[end - 1].message.role != "user":
        end -= 1
    start = end
    while start and entries[start - 1].message.role == "user":
        start -= 1
    return entries[start:end]


def _new(request: ChatRequest) -> int:
    """How many messages are new."""
    return sum(message.role != "system" for message in request.messages)


def _counting(ratio: float) -> Tokens:
    return lambda message: int(estimate_message(message) * ratio) + 1
