"""The scenes of the demo around the models: what is kept, remembered, seen, compared, served and healed."""

from __future__ import annotations

import base64
import math
import sys
from decimal import Decimal

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.cli.demo_stage import Stage
from pointsman.adapters.cli.opened import DemoApp
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Bytes, Image, Text
from pointsman.core.chat.request import ChatRequest, ask
from pointsman.core.chat.response import ChatResponse
from pointsman.core.conversations.conversation import Dialogue
from pointsman.core.effect import settle
from pointsman.core.healing.report import HealingReport
from pointsman.core.memory import Memory
from pointsman.services.app import App
from pointsman.services.ports.conversation_store import ConversationPage, ConversationQuery

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""A picture of one point."""
_SENTENCES = ("The night train leaves at ten.", "At ten the night train leaves.", "Cheese is made of milk.")


async def keep_conversation(opened: DemoApp, stage: Stage) -> bool:
    """A conversation that is kept, and found again by a word of it."""
    stage.title("A conversation is kept, turn by turn, and found again")
    conversations = opened.app.manager.conversations
    begun = await settle(conversations.create(title="Platforms"))
    if isinstance(begun, Failure):
        return stage.fail(begun.failure())
    id = begun.unwrap().id
    for question in ("From which platform does the night train leave?", "And the one after it?"):
        answer = await settle(conversations.ask(id, ask("ollama/sim", question)))
        if isinstance(answer, Failure):
            return stage.fail(answer.failure())
    found = unwrap_or_failure(await settle(conversations.find(ConversationQuery(search="platform"))))
    kept = unwrap_or_failure(await settle(conversations.get(id)))
    if not isinstance(found, ConversationPage):
        return stage.fail(found)
    if not isinstance(kept, Dialogue):
        return stage.fail(kept)
    for one in found.conversations:
        stage.say(f"  a search for 'platform' finds {one.title!r}, which has {len(kept.entries)} messages")
    return [one.id for one in found.conversations] == [id]


async def recall_memory(opened: DemoApp, stage: Stage) -> bool:
    """Something that is remembered goes beside the question that it fits."""
    stage.title("What is remembered goes with the question that it fits")
    app = opened.app
    fact = Memory(id="demo", text="The night train leaves from platform 3.", created=app.clock.now())
    kept = await settle(app.manager.memories.remember(fact))
    if isinstance(kept, Failure):
        return stage.fail(kept.failure())
    client = app.manager.enhanced(memories=3)
    answer = await settle(client.chat(ask("ollama/sim", "Where does the night train leave?")))
    if isinstance(answer, Failure):
        return stage.fail(answer.failure())
    for text in answer.unwrap().recalled:
        stage.say(f"  the model was told: {text}")
    return len(answer.unwrap().recalled) == 1


async def look_at_picture(opened: DemoApp, stage: Stage) -> bool:
    """A picture, in the form that the provider takes."""
    stage.title("A picture, in the form that the provider takes (anthropic)")
    content = (Text("What is on this picture?"), Image(Bytes(_PIXEL, "image/png")))
    answer = await settle(opened.app.client.chat(ChatRequest("anthropic/sim-vision", (Message("user", content),))))
    if isinstance(answer, Failure):
        return stage.fail(answer.failure())
    line = next((one for one in answer.unwrap().text.splitlines() if "image" in one), "")
    stage.say(f"  what arrived: {line.removeprefix('- ')}")
    return bool(line)


async def compare_meanings(opened: DemoApp, stage: Stage) -> bool:
    """Texts as vectors, and how alike they are."""
    stage.title("Texts as vectors: how alike they are (openai)")
    embedded = unwrap_or_failure(
        await settle(opened.app.client.embed(EmbeddingRequest("openai/sim-embed", _SENTENCES)))
    )
    if not isinstance(embedded, EmbeddingResponse):
        return stage.fail(embedded)
    first, *others = (one.vector for one in embedded.embeddings)
    alike = [_similarity(first, other) for other in others]
    for text, value in zip(_SENTENCES[1:], alike, strict=True):
        stage.say(f"  {value:5.2f}  {_SENTENCES[0]!r} and {text!r}")
    return alike[0] > alike[1]


def _similarity(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The cosine of the angle between them."""
    length = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / length if length else 0.0


async def ask_through_gateway(opened: DemoApp, stage: Stage) -> bool:
    """A program that knows one vendor's protocol alone talks to another's model."""
    stage.title("The gateway: Anthropic's protocol in front, Ollama's behind")
    answer = await settle(opened.outside.client.chat(ask("gateway/ollama/sim", "Which way to the station?")))
    if isinstance(answer, Failure):
        return stage.fail(answer.failure())
    response = answer.unwrap()
    first = next((line for line in response.text.splitlines() if line.strip()), "")
    stage.say(f"  POST {opened.gateway}/v1/messages, model ollama/sim")
    stage.say(f"  {first}")
    return "ollama" in first


async def heal_program(opened: DemoApp, stage: Stage) -> bool:
    """A program that fails, a model's change, and the program again."""
    stage.title("A program that fails is healed: pointsman heal -- python trains.py")
    healed = await settle(opened.healer.heal((sys.executable, "trains.py")))
    match unwrap_or_failure(healed):
        case HealingReport() as report if report.rounds:
            one = report.rounds[-1]
            stage.say(f"  it failed: {one.error.title if one.error else 'without a word'}")
            for line in one.proposal.shown.diff.splitlines() if one.proposal else ():
                if line[:1] in "+-" and line[:3] not in ("+++", "---"):
                    stage.say(f"    {line}")
            stage.say(f"  run again, it ends with {report.code}: {one.fate}")
            return report.is_healed
        case HealingReport():
            return False
        case problem:
            stage.say(f"  {problem}")
            return False


async def ask_small_model(opened: DemoApp, stage: Stage) -> bool:
    """The small model of this machine, where it is installed; a hint how to get it, where it is not."""
    if opened.small is None:
        stage.say()
        stage.say("No model of your own is here yet: `pointsman local get smollm2` gets a very small one (98 MB).")
        return True
    stage.title(f"Not simulated: {opened.small}, a very small model on this machine")
    answer = await settle(
        opened.app.client.chat(attrs.evolve(ask(f"local/{opened.small}", "Say hello."), max_tokens=30))
    )
    if isinstance(answer, Failure):
        return stage.fail(answer.failure())
    stage.say(f"  {' '.join(answer.unwrap().text.split())}")
    return bool(answer.unwrap().text.strip())


async def show_bill(app: App, stage: Stage, answers: list[ChatResponse]) -> bool:
    """What all of it came to; whether the usage records say as much as the answers."""
    stage.title("The whole bill, by app.manager.report")
    total = unwrap_or_failure(await settle(app.manager.report("all")))
    models = unwrap_or_failure(await settle(app.manager.report("model")))
    if not isinstance(total, tuple):
        return stage.fail(total)
    if not isinstance(models, tuple):
        return stage.fail(models)
    for row in (*models, *total):
        spent = f"{row.cost}" + (f", saved {row.saved}" if row.saved.amount else "")
        calls = f"{row.calls} call{'s' * (row.calls != 1)}"
        failed = f", {row.failures} failed" if row.failures else ""
        stage.say(f"  {row.group:<26} {calls:>8}{failed}: {spent}")
    paid = sum((answer.cost.amount for answer in answers), start=Decimal(0))
    return bool(total) and total[0].cost.amount >= paid
