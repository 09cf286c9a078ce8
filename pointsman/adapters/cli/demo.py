"""`pointsman demo`: what pointsman does, shown on simulated models over real HTTP."""

from __future__ import annotations

import time

from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.demo_house import (
    ask_small_model,
    ask_through_gateway,
    compare_meanings,
    heal_program,
    keep_conversation,
    look_at_picture,
    recall_memory,
    show_bill,
)
from pointsman.adapters.cli.demo_manager import hold_conversation
from pointsman.adapters.cli.demo_stage import Stage
from pointsman.adapters.cli.exit_codes import OK, UNMET, report_failure
from pointsman.adapters.cli.opened import DemoApp
from pointsman.adapters.cli.show import show_stream, usage_text
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.message import tool, user
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.request import ChatRequest, ask
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.tool import ResponseSchema, Tool
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.services.app import App

FOUR = ("openai", "anthropic", "gemini", "ollama")
WEATHER = Tool(
    "get_weather",
    "The weather in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
PERSON = ResponseSchema(
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
        "required": ["name", "age"],
        "additionalProperties": False,
    },
    name="person",
)


@Command
async def demo(context: CliContext) -> int:
    """Run every scene; 0 if all went as they should."""
    async with context.wiring.open_demo(context.options) as opened:
        if isinstance(opened, Failure):
            return report_failure(opened.failure(), context.terminal)
        return await _show(opened.unwrap(), context.terminal)


async def _show(opened: DemoApp, terminal: Terminal) -> int:
    stage, answers = Stage(terminal), list[ChatResponse]()
    stage.say(f"pointsman demo. SIMULATED: answers come from the simulator at {opened.address}, not from a model.")
    fine = [await scene(opened, stage) for scene in (_four_dialects, _streaming, _tools, _show_structured_answer)]
    stage.title("One conversation: routed, cached, fallen back, within a budget, each choice explained")
    fine.append(await hold_conversation(opened.app, stage, opened.budget_tag, answers))
    house = (keep_conversation, recall_memory, look_at_picture, compare_meanings, ask_through_gateway, heal_program)
    fine += [await scene(opened, stage) for scene in (*house, _cut_off, _typed_errors)]
    fine.append(await show_bill(opened.app, stage, answers))
    fine.append(await ask_small_model(opened, stage))
    stage.say()
    stage.say("Everything went as it should." if all(fine) else "Something did not go as it should.")
    stage.say("Next: set a key such as OPENAI_API_KEY, or start Ollama, then `pointsman chat`.")
    return OK if all(fine) else UNMET


async def _chat(app: App, request: ChatRequest) -> ChatResponse | LLMError:
    return unwrap_or_failure(await settle(app.client.chat(request)))


def _tell(answer: ChatResponse | LLMError, stage: Stage) -> bool:
    if isinstance(answer, ChatResponse):
        first = next((line for line in answer.text.splitlines() if line.strip()), "")
        took = f"{answer.latency_ms or 0:.1f} ms"
        stage.say(f"  {answer.provider:<10} {took:>9} · {usage_text(answer.usage)} · {first}")
        return True
    stage.say(f"  {answer.tag}: {answer}")
    return False


async def _four_dialects(opened: DemoApp, stage: Stage) -> bool:
    stage.title("One question, four wire formats, one type of answer")
    answers = [await _chat(opened.app, ask(f"{name}/sim", "Which way to the station?")) for name in FOUR]
    return sum(_tell(answer, stage) for answer in answers) == len(FOUR)


async def _streaming(opened: DemoApp, stage: Stage) -> bool:
    stage.title("A stream, as it arrives (anthropic)")
    began = time.perf_counter()
    async with opened.app.client.stream(ask("anthropic/sim", "Say something about railway points.")) as events:
        end = await show_stream(events, stage.terminal, verbose=False)
    stage.say(f"  … {(time.perf_counter() - began) * 1000:.0f} ms, one typed end: {type(end).__name__}")
    return isinstance(end, Done)


async def _tools(opened: DemoApp, stage: Stage) -> bool:
    stage.title("A tool call and its result (gemini)")
    question = user("Use get_weather for Bern.")
    asked = ChatRequest("gemini/sim", (question,), tools=(WEATHER,), tool_choice="required")
    first = await _chat(opened.app, asked)
    if not isinstance(first, ChatResponse) or not first.tool_calls:
        return _tell(first, stage) and False
    call: ToolCall = first.tool_calls[0]
    stage.say(f"  the model calls {call.name}({call.arguments})")
    messages = (question, first.message, tool(call, "Snow, -3 degrees"))
    return _tell(await _chat(opened.app, ChatRequest("gemini/sim", messages, tools=(WEATHER,))), stage)


async def _show_structured_answer(opened: DemoApp, stage: Stage) -> bool:
    stage.title("An answer that fits a JSON Schema (ollama)")
    request = ChatRequest("ollama/sim", (user("Invent a person."),), response_schema=PERSON)
    return _tell(await _chat(opened.app, request), stage)


async def _cut_off(opened: DemoApp, stage: Stage) -> bool:
    stage.title("The connection breaks in the middle of a stream (openai)")
    async with opened.app.client.stream(ask("openai/sim-reset", "Tell me a long story.")) as events:
        ends = [event async for event in events if isinstance(event, (Done, Failed))]
    end = ends[-1] if ends else None
    if not isinstance(end, Failed):
        return False
    stage.say(f"  {end.error.tag}: {end.error}")
    stage.say(f"  what had come is kept: {end.partial.text[:60]!r}…")
    return end.after_output


async def _typed_errors(opened: DemoApp, stage: Stage) -> bool:
    stage.title("Errors are values with a tag and one sentence")
    models = ("openai/sim-auth", "anthropic/sim-overflow", "gemini/sim-quota", "ollama/sim-not-found")
    answers = [await _chat(opened.app, ask(model, "Hello?")) for model in models]
    for answer in answers:
        _tell(answer, stage)
    tags = [answer.tag for answer in answers if not isinstance(answer, ChatResponse)]
    return tags == ["AuthenticationFailed", "ContextTooLarge", "QuotaExhausted", "ModelNotFound"]
