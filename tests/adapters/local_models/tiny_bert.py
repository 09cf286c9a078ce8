"""A very small BERT in Hugging Face's form, whose vectors say which words a text has: made here, of arithmetic."""

from __future__ import annotations

import json
import random
import struct

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "night", "train", "leaves", "cats", "sleep", "##ing", "day")
WIDTH, INNER, LENGTH = 32, 64, 16
CONFIG = json.dumps(
    {
        "hidden_size": WIDTH,
        "intermediate_size": INNER,
        "max_position_embeddings": LENGTH,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "layer_norm_eps": 1e-12,
        "type_vocab_size": 2,
    }
).encode()
VOCABULARY = "\n".join(WORDS).encode()


def weights(**changed: object) -> bytes:
    """A safetensors file: words have vectors of their own, and the layer passes them on. `changed`: of its head."""
    dice = random.Random(7)
    layer = "encoder.layer.0"
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": (LENGTH, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        **_norm("embeddings.LayerNorm"),
        **{
            f"{layer}.{place}.{part}": shape
            for place, out, taken in (
                ("attention.self.query", WIDTH, WIDTH),
                ("attention.self.key", WIDTH, WIDTH),
                ("attention.self.value", WIDTH, WIDTH),
                ("attention.output.dense", WIDTH, WIDTH),
                ("intermediate.dense", INNER, WIDTH),
                ("output.dense", WIDTH, INNER),
            )
            for part, shape in (("weight", (out, taken)), ("bias", (out,)))
        },
        **_norm(f"{layer}.attention.output.LayerNorm"),
        **_norm(f"{layer}.output.LayerNorm"),
    }
    head: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = bytearray(bytes(8 * LENGTH))
    head["embeddings.position_ids"] = {"dtype": "I64", "shape": [1, LENGTH], "data_offsets": [0, len(data)]}
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        if "word_embeddings" in name:
            values = [dice.gauss(0, 1) for _ in range(count)]
        else:
            values = [1.0 if name.endswith("LayerNorm.weight") else 0.0] * count
        begin = len(data)
        data += struct.pack(f"<{count}f", *values)
        head[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, len(data)]}
    content = json.dumps({**head, **changed}).encode()
    return struct.pack("<Q", len(content)) + content + bytes(data)


def _norm(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (WIDTH,), f"{name}.bias": (WIDTH,)}
