"""The scenes of the demo that are about the manager: one conversation, routed, cached, budgeted, fallen back."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.demo_stage import Stage
from pointsman.core.chat.message import Message, user
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import settle
from pointsman.core.error import BudgetExceeded, LLMError
from pointsman.services.app import App


@attrs.define
class _DemoConversation:
    """A conversation and what it has come to."""

    app: App
    stage: Stage
    messages: tuple[Message, ...] = ()
    answers: list[ChatResponse] = attrs.field(factory=list)

    async def turn(self, text: str, options: CallOptions, model: str = "auto") -> ChatResponse | LLMError:
        """Ask, and tell what was chosen and why, and what it cost."""
        request = ChatRequest(model, (*self.messages, user(text)), max_tokens=200, options=options)
        answer = unwrap_or_failure(await settle(self.app.client.chat(request)))
        self.stage.say(f"  you: {text}")
        if not isinstance(answer, ChatResponse):
            self.stage.say(f"    {answer.tag}: {answer}")
            return answer
        self.answers.append(answer)
        self.messages = (*request.messages, answer.message)
        _tell(answer, self.stage)
        return answer


def _tell(answer: ChatResponse, stage: Stage) -> None:
    where = answer.attempts[-1] if answer.attempts else None
    model = f"{where.provider}/{where.model}" if where else answer.provider
    paid = f"from the cache, saved {answer.saved}" if answer.is_cached else f"cost {answer.cost}"
    stage.say(f"    {model} answered in {answer.latency_ms or 0:.1f} ms, {paid}")
    failed = [f"{one.provider}/{one.model}: {one.error.tag}" for one in answer.attempts if one.error is not None]
    for failure in dict.fromkeys(failed):
        stage.say(f"    before that, {failure} ({failed.count(failure)} attempt(s))")
    if answer.route is None:
        return
    for number, one in enumerate(answer.route.ranked, 1):
        stage.say(f"      {number}. {one.model}: {one.reason}")
    for one in answer.route.passed_over:
        stage.say(f"      -  {one.model}: passed over, {one.reason}")


async def hold_conversation(app: App, stage: Stage, budget_tag: str, answers: list[ChatResponse]) -> bool:
    """One conversation through every decision; whether each came out as it should.

    Calls with `budget_tag` have a small budget of their own. What is answered is added to `answers`.
    """
    talk = _DemoConversation(app, stage, answers=answers)
    first = await talk.turn("Which way to the station?", CallOptions(task="general"))
    so_far = talk.messages
    deep = await talk.turn("Why do trains need points?", CallOptions(task="analysis"))
    answered, talk.messages = talk.messages, so_far
    again = await talk.turn("Why do trains need points?", CallOptions(task="analysis"))
    talk.messages = answered
    cheap = await talk.turn("And in one word?", CallOptions(strategy="cost"))
    outage = CallOptions(order=("openai/sim-status-503", "anthropic/sim"))
    fallen = await talk.turn("Are you still there?", outage, "")
    spared = await talk.turn("Think hard, on a small budget.", CallOptions(task="analysis", tags=(budget_tag,)))
    broke = await talk.turn("Think harder.", CallOptions(tags=(budget_tag,)), "anthropic/sim")
    return all(
        (
            _right(first, "ollama"),
            _right(deep, "anthropic"),
            isinstance(again, ChatResponse) and again.is_cached and again.saved.amount > 0,
            _right(cheap, "ollama"),
            _right(fallen, "anthropic") and isinstance(fallen, ChatResponse) and fallen.used_fallback,
            isinstance(spared, ChatResponse) and spared.provider != "anthropic",
            isinstance(broke, BudgetExceeded),
        )
    )


def _right(answer: ChatResponse | LLMError, provider: str) -> bool:
    return isinstance(answer, ChatResponse) and answer.provider == provider
