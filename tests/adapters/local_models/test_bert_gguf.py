"""A BERT becomes one file that llama.cpp runs; what is none is refused in words."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import attrs
import pytest

from pointsman import EmbeddingResponse, Settings, open_app, settle
from pointsman.adapters.local_models.bert_gguf import NotABert, write_bert
from pointsman.adapters.local_models.model_file import look_at
from pointsman.adapters.local_models.shelf import FileShelf
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.memory import Memory, MemoryScope, cosine
from pointsman.core.settings import EngineSettings
from pointsman.layers.live import live
from tests.adapters.local_models.tiny_bert import CONFIG, VOCABULARY, weights

TEXTS = ("night train leaves", "train leaves", "cats sleeping day")


def converted(config: bytes = CONFIG, words: bytes = VOCABULARY, content: bytes | None = None) -> bytes:
    out = io.BytesIO()
    write_bert(config, words, io.BytesIO(weights() if content is None else content), out, "tiny bert")
    return out.getvalue()


def test_the_file_says_what_it_is_and_is_the_same_each_time(tmp_path: Path) -> None:
    (tmp_path / "bert.gguf").write_bytes(converted())
    model = look_at(tmp_path / "bert.gguf", "bert", "folder").unwrap()
    assert (model.title, model.architecture, model.context_length, model.pooling) == ("tiny bert", "bert", 16, 1)
    assert model.is_embedder
    assert converted() == converted()


@pytest.mark.parametrize(
    ("config", "words", "content"),
    [
        (b"{}", VOCABULARY, weights()),
        (b"[", VOCABULARY, weights()),
        (CONFIG, b"night\ntrain", weights()),
        (CONFIG, b"\xff", weights()),
        (CONFIG, VOCABULARY, b""),
        (CONFIG, VOCABULARY, struct.pack("<Q", 2**60) + b"{}"),
        (CONFIG, VOCABULARY, weights()[:-1]),
        (CONFIG, VOCABULARY, weights(strange={"dtype": "F32", "shape": [1], "data_offsets": [10**6, 10**6 + 4]})),
        (
            CONFIG,
            VOCABULARY,
            weights(**{"embeddings.LayerNorm.bias": {"dtype": "F16", "shape": [], "data_offsets": 7}}),
        ),
    ],
    ids=["no size", "no JSON", "no marks", "no text", "empty", "huge", "cut", "unknown tensor", "nonsense"],
)
def test_what_is_no_bert_is_one_clause(config: bytes, words: bytes, content: bytes) -> None:
    with pytest.raises(NotABert) as refused:
        converted(config, words, content)
    assert str(refused.value).count("\n") == 0


async def test_the_engine_runs_it_and_memories_are_found_by_it_with_nothing_configured(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    (tmp_path / "bert.gguf").write_bytes(converted())
    shelf = FileShelf(tmp_path / "models", {}, tmp_path)
    (await shelf.add(str(tmp_path / "bert.gguf"))).unwrap()
    settings = attrs.evolve(Settings.of("local"), engine=EngineSettings(folder=str(shelf.folder)))
    async with open_app(live, settings) as opened:
        app = opened.unwrap()
        made = (await settle(app.client.embed(EmbeddingRequest("", TEXTS)))).unwrap()
        assert isinstance(made, EmbeddingResponse)
        assert made.model == "bert"
        first, near, far = (one.vector for one in made.embeddings)
        assert cosine(first, near) > 0.5 > cosine(first, far)
        await settle(app.manager.memories.remember(Memory(id="1", text="cats sleeping day", created=0.0)))
        await settle(app.manager.memories.remember(Memory(id="2", text="train leaves", created=0.0)))
        found = (await settle(app.manager.memories.recall("night train", 1, MemoryScope(), 0.0))).unwrap()
    assert [one.memory.id for one in found] == ["2"]
    assert len(found[0].memory.vector) == 32
