"""What a conversation says is noted by a model, kept once, and found by its meaning."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman import ChatError, ModelUnavailable, RetrySettings, ask, fake_settings, settle
from pointsman.core.chat.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.conversations.conversation import Conversation
from pointsman.core.memory import Memory, MemoryScope
from pointsman.core.settings import MemorySettings
from pointsman.testing import ScriptedClient
from tests.managed import managed

FACTS = '{"facts": [{"text": "Ann drives trains.", "importance": 3}, {"text": "Ann lives in Ulm."}, {"text": " "}]}'
AGAIN = '{"facts": [{"text": "ann drives trains"}, {"text": "Ann has a cat.", "importance": 0.9}]}'


async def test_facts_are_kept_for_their_user_and_only_once() -> None:
    inner = ScriptedClient(["Hello Ann!", FACTS, AGAIN])
    async with managed(inner) as app:
        made = unwrap_or_failure(await settle(app.manager.conversations.create()))
        assert isinstance(made, Conversation)
        await settle(app.manager.conversations.ask(made.id, ask("fake/m", "I am Ann, I drive trains.")))
        first = await settle(app.manager.learn(made.id, model="fake/m", tenant="ann"))
        second = await settle(app.manager.learn(made.id, model="fake/m", tenant="ann"))
        kept = unwrap_or_failure(await settle(app.manager.memories.all(MemoryScope(user="ann"))))
        others = unwrap_or_failure(await settle(app.manager.memories.all(MemoryScope(user="bob"))))
        missing = await settle(app.manager.learn("nowhere"))
    assert isinstance(first, Success)
    assert [(one.text, one.importance, one.user) for one in first.unwrap()] == [
        ("Ann drives trains.", 1.0, "ann"),
        ("Ann lives in Ulm.", 0.5, "ann"),
    ]
    assert [one.text for one in second.unwrap()] == ["Ann has a cat."]
    assert isinstance(kept, tuple)
    assert len(kept) == 3
    assert others == ()
    assert missing.failure().tag == "ConversationNotFound"
    assert "user: I am Ann, I drive trains.\nassistant: Hello Ann!" in inner.requests[1].messages[-1].text


class Meanings(ScriptedClient):
    """Knows what three words mean, and nothing of `silence`."""

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ChatError]:
        """Locomotives and engines are much the same."""
        places = {"locomotive": (2.0, 0.1), "engine": (1.0, 0.0), "cake": (0.0, 3.0)}
        if "silence" in request.texts[0]:
            return Failure(ModelUnavailable(detail="down"))
        found = [next((v for word, v in places.items() if word in text), (0.0, 0.0)) for text in request.texts]
        return Success(EmbeddingResponse(embeddings=tuple(Embedding(v, n) for n, v in enumerate(found))))


async def recalled_by(model: str | None, question: str) -> list[str]:
    """What is recalled for `question` of three memories."""
    settings = attrs.evolve(fake_settings(), memory=MemorySettings(embedding_model=model))
    async with managed(Meanings(), settings=settings, retries=RetrySettings(max_retries=0)) as app:
        for text in ("The locomotive is red.", "The cake is stale.", "The silence is long."):
            await settle(app.manager.memories.remember(Memory(id=text, text=text, created=0.0)))
        found = unwrap_or_failure(await settle(app.manager.memories.recall(question, 3, MemoryScope(), 0.0)))
        assert isinstance(found, tuple)
        return [one.memory.text for one in found]


async def test_memories_are_found_by_what_they_mean_where_a_model_is_set() -> None:
    assert await recalled_by("fake/vectors", "Which engine?") == ["The locomotive is red."]
    assert await recalled_by(None, "Which engine?") == []


async def test_where_embedding_fails_words_find_what_they_can() -> None:
    assert await recalled_by("fake/vectors", "How long is the silence?") == ["The silence is long."]
