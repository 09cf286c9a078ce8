"""`pointsman demo`: what pointsman does, shown on simulated models over real HTTP."""

from __future__ import annotations

import time
from functools import partial

from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.demo_manager import conversation
from pointsman.adapters.cli.exit_codes import report_failure
from pointsman.adapters.cli.show import show_stream, usage_text
from pointsman.adapters.cli.terminal import Terminal
from pointsman.adapters.cli.wiring import DemoApp
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
    app, address = opened.app, opened.address
    terminal.say(f"pointsman demo. SIMULATED: every answer comes from the simulator at {address}, not from a model.")
    conversation = partial(_conversation, budget_tag=opened.budget_tag)
    scenes = (_four_dialects, _streaming, _tools, _show_structured_answer, conversation, _cut_off, _typed_errors)
    fine = [await scene(app, terminal) for scene in scenes]
    terminal.say()
    terminal.say("Everything went as it should." if all(fine) else "Something did not go as it should.")
    terminal.say("Next: set a key such as OPENAI_API_KEY, or start Ollama, then `pointsman chat`.")
    return 0 if all(fine) else 1


def _title(terminal: Terminal, text: str) -> None:
    terminal.say()
    terminal.say(f"== {text}")


async def _chat(app: App, request: ChatRequest) -> ChatResponse | LLMError:
    return unwrap_or_failure(await settle(app.client.chat(request)))


def _tell(answer: ChatResponse | LLMError, terminal: Terminal) -> bool:
    if isinstance(answer, ChatResponse):
        first = next((line for line in answer.text.splitlines() if line.strip()), "")
        took = f"{answer.latency_ms or 0:.1f} ms"
        terminal.say(f"  {answer.provider:<10} {took:>9} · {usage_text(answer.usage)} · {first}")
        return True
    terminal.say(f"  {answer.tag}: {answer}")
    return False


async def _four_dialects(app: App, terminal: Terminal) -> bool:
    _title(terminal, "One question, four wire formats, one type of answer")
    answers = [await _chat(app, ask(f"{name}/sim", "Which way to the station?")) for name in FOUR]
    return sum(_tell(answer, terminal) for answer in answers) == len(FOUR)


async def _streaming(app: App, terminal: Terminal) -> bool:
    _title(terminal, "A stream, as it arrives (anthropic)")
    began = time.perf_counter()
    async with app.client.stream(ask("anthropic/sim", "Say something about railway points.")) as events:
        end = await show_stream(events, terminal, verbose=False)
    terminal.say(f"  … {(time.perf_counter() - began) * 1000:.0f} ms, one typed end: {type(end).__name__}")
    return isinstance(end, Done)


async def _tools(app: App, terminal: Terminal) -> bool:
    _title(terminal, "A tool call and its result (gemini)")
    question = user("Use get_weather for Bern.")
    asked = ChatRequest("gemini/sim", (question,), tools=(WEATHER,), tool_choice="required")
    first = await _chat(app, asked)
    if not isinstance(first, ChatResponse) or not first.tool_calls:
        return _tell(first, terminal) and False
    call: ToolCall = first.tool_calls[0]
    terminal.say(f"  the model calls {call.name}({call.arguments})")
    messages = (question, first.message, tool(call, "Snow, -3 degrees"))
    return _tell(await _chat(app, ChatRequest("gemini/sim", messages, tools=(WEATHER,))), terminal)


async def _show_structured_answer(app: App, terminal: Terminal) -> bool:
    _title(terminal, "An answer that fits a JSON Schema (ollama)")
    request = ChatRequest("ollama/sim", (user("Invent a person."),), response_schema=PERSON)
    return _tell(await _chat(app, request), terminal)


async def _conversation(app: App, terminal: Terminal, *, budget_tag: str) -> bool:
    _title(terminal, "One conversation: routed, cached, fallen back, within a budget, each choice explained")
    return await conversation(app, terminal, budget_tag)


async def _cut_off(app: App, terminal: Terminal) -> bool:
    _title(terminal, "The connection breaks in the middle of a stream (openai)")
    async with app.client.stream(ask("openai/sim-reset", "Tell me a long story.")) as events:
        ends = [event async for event in events if isinstance(event, (Done, Failed))]
    end = ends[-1] if ends else None
    if not isinstance(end, Failed):
        return False
    terminal.say(f"  {end.error.tag}: {end.error}")
    terminal.say(f"  what had come is kept: {end.partial.text[:60]!r}…")
    return end.after_output


async def _typed_errors(app: App, terminal: Terminal) -> bool:
    _title(terminal, "Errors are values with a tag and one sentence")
    models = ("openai/sim-auth", "anthropic/sim-overflow", "gemini/sim-quota", "ollama/sim-not-found")
    answers = [await _chat(app, ask(model, "Hello?")) for model in models]
    for answer in answers:
        _tell(answer, terminal)
    tags = [answer.tag for answer in answers if not isinstance(answer, ChatResponse)]
    return tags == ["AuthenticationFailed", "ContextTooLarge", "QuotaExhausted", "ModelNotFound"]
