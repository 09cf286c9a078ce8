"""A BERT model of Hugging Face's form written as one GGUF file, which llama.cpp runs. Bytes in, bytes out; no library.

Names and keys are those that llama.cpp reads (docs/gguf.md of ggml; `convert_hf_to_gguf.py` of llama.cpp for BERT). The
numbers stay as they are, 32 bits each, so the same input always makes the same file, and its hash can be known before.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from typing import IO

import attrs

from pointsman.core.json import as_object

_LONGEST_HEAD = 2**24
_BLOCK = 2**20
_ALIGNMENT = 32
_TEXT, _ARRAY, _U32, _I32, _F32, _BOOL = 8, 9, 4, 5, 6, 7
_NORMAL, _UNKNOWN, _CONTROL = 1, 2, 3
_MEAN = 1
_PLACES = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm": "token_embd_norm",
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_SIZES = {
    "context_length": "max_position_embeddings",
    "embedding_length": "hidden_size",
    "feed_forward_length": "intermediate_size",
    "block_count": "num_hidden_layers",
    "attention.head_count": "num_attention_heads",
}
_SPECIAL = {
    "unknown": "UNK",
    "cls": "CLS",
    "bos": "CLS",
    "seperator": "SEP",  # spelt so by llama.cpp
    "eos": "SEP",
    "padding": "PAD",
    "mask": "MASK",
}
_UNUSED = frozenset(("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"))
_LAYER = re.compile(r"encoder\.layer\.(\d+)\.(.+)\.(weight|bias)")
_EMBEDDING = re.compile(r"(embeddings\.LayerNorm)\.(weight|bias)")


@attrs.frozen
class _Tensor:
    name: str
    """As llama.cpp calls it; empty for what it has no use for."""
    shape: tuple[int, ...]
    size: int


class NotABert(ValueError):
    """What was given is no model of this form; says why, as a clause."""


def write_bert(config: bytes, vocabulary: bytes, weights: IO[bytes], out: IO[bytes], name: str) -> None:
    """Write to `out` the model of `config.json`, `vocab.txt` and the safetensors file `weights`. Raises `NotABert`."""
    try:
        facts = as_object(json.loads(config))
        words = vocabulary.decode().splitlines()
        tensors = _read_head(weights)
        out.write(_head([*_model_keys(facts, name), *_word_keys(facts, words)], tensors))
    except (KeyError, TypeError, ValueError, struct.error) as problem:
        raise NotABert(f"it is no model that could be converted ({problem})") from problem
    for tensor in tensors:
        _copy(weights, out if tensor.name else None, tensor.size)


def _read_head(weights: IO[bytes]) -> tuple[_Tensor, ...]:
    """The tensors that are wanted, in the order in which they lie. `weights` stands where the first begins then."""
    (length,) = struct.unpack("<Q", weights.read(8))
    if length > _LONGEST_HEAD:
        raise ValueError("its head is too long")
    head = json.loads(weights.read(length))
    head.pop("__metadata__", None)
    found = sorted((one["data_offsets"], name, one) for name, one in head.items())
    tensors = []
    at = 0
    for (begin, end), name, one in found:
        place = _place_of(name.removeprefix("bert."))
        if place is None or begin != at or end < begin or (place and not _is_whole(one, end - begin)):
            raise ValueError(f"the tensor {name} is not one that is expected")
        tensors.append(_Tensor(place, tuple(one["shape"]), end - begin))
        at = end
    return tuple(tensors)


def _is_whole(one: Mapping[str, object], size: int) -> bool:
    shape = one["shape"]
    if not isinstance(shape, list) or not all(isinstance(number, int) for number in shape):
        return False
    return one["dtype"] == "F32" and 4 * math.prod(shape) == size and size % _ALIGNMENT == 0


def _place_of(name: str) -> str | None:
    """What llama.cpp calls a tensor; empty: it has no use for it; None: it is not known."""
    if name in _UNUSED:
        return ""
    if name in _PLACES:
        return _PLACES[name]
    if (layer := _LAYER.fullmatch(name)) is not None and layer[2] in _PLACES:
        return f"blk.{layer[1]}.{_PLACES[layer[2]]}.{layer[3]}"
    if (norm := _EMBEDDING.fullmatch(name)) is not None:
        return f"{_PLACES[norm[1]]}.{norm[2]}"
    return None


def _model_keys(facts: Mapping[str, object], name: str) -> list[bytes]:
    """What the model says of itself."""
    epsilon = facts["layer_norm_eps"]
    if not isinstance(epsilon, float):
        raise TypeError("layer_norm_eps is no number")
    return [
        _pair("general.architecture", _TEXT, _text("bert")),
        _pair("general.name", _TEXT, _text(name)),
        _count("general.file_type", 0),
        *(_count(f"bert.{key}", _number(facts, source)) for key, source in _SIZES.items()),
        _pair("bert.attention.layer_norm_epsilon", _F32, struct.pack("<f", epsilon)),
        _pair("bert.attention.causal", _BOOL, b"\0"),
        _count("bert.pooling_type", _MEAN),
    ]


def _word_keys(facts: Mapping[str, object], words: Sequence[str]) -> list[bytes]:
    """What it says of its words."""
    kinds = [struct.pack("<i", _kind_of(word)) for word in words]
    return [
        _pair("tokenizer.ggml.model", _TEXT, _text("bert")),
        _count("tokenizer.ggml.token_type_count", _number(facts, "type_vocab_size")),
        _list("tokenizer.ggml.tokens", _TEXT, [_text(_token(word)) for word in words]),
        _list("tokenizer.ggml.token_type", _I32, kinds),
        *(_count(f"tokenizer.ggml.{key}_token_id", words.index(f"[{word}]")) for key, word in _SPECIAL.items()),
    ]


def _number(facts: Mapping[str, object], key: str) -> int:
    value = facts[key]
    if not isinstance(value, int):
        raise TypeError(f"{key} is no number")
    return value


def _kind_of(word: str) -> int:
    if word == "[UNK]":
        return _UNKNOWN
    return _CONTROL if word.startswith("[") and word.endswith("]") and len(word) > 2 else _NORMAL


def _token(word: str) -> str:
    """Beginnings of words are marked here, and continuations there (`##ing`)."""
    if word.startswith("##"):
        return word[2:]
    return word if _kind_of(word) != _NORMAL else f"\u2581{word}"


def _text(text: str) -> bytes:
    content = text.encode()
    return struct.pack("<Q", len(content)) + content


def _pair(key: str, kind: int, value: bytes) -> bytes:
    return _text(key) + struct.pack("<I", kind) + value


def _count(key: str, value: int) -> bytes:
    return _pair(key, _U32, struct.pack("<I", value))


def _list(key: str, kind: int, values: Sequence[bytes]) -> bytes:
    return _pair(key, _ARRAY, struct.pack("<IQ", kind, len(values)) + b"".join(values))


def _head(keys: Sequence[bytes], tensors: Sequence[_Tensor]) -> bytes:
    """All that comes before the numbers, filled up so that these begin where they should."""
    about, at = [], 0
    for one in tensors:
        if one.name:
            sizes = b"".join(struct.pack("<Q", size) for size in reversed(one.shape))
            about.append(_text(one.name) + struct.pack("<I", len(one.shape)) + sizes + struct.pack("<IQ", 0, at))
            at += one.size
    head = b"GGUF" + struct.pack("<IQQ", 3, len(about), len(keys)) + b"".join(keys) + b"".join(about)
    return head + bytes(-len(head) % _ALIGNMENT)


def _copy(source: IO[bytes], out: IO[bytes] | None, count: int) -> None:
    while count:
        block = source.read(min(count, _BLOCK))
        if not block:
            raise NotABert("its weights end too early")
        if out is not None:
            out.write(block)
        count -= len(block)
