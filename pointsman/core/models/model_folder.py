"""A model as a folder of Hugging Face's kind: what `config.json` and the heads of its safetensors say. Pure.

Source: github.com/huggingface/safetensors (format) and the `config.json` that transformers writes.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.json import JsonObject, as_list, as_object, as_text, int_or_none, loads, text_or_none
from pointsman.core.models.local_model import Holder, LocalModel

LONGEST_HEAD = 2**27
"""Bytes; what a reader of the format takes at most."""
_BASE_TYPES = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16}


@attrs.frozen
class SafetensorsHead:
    """What a file of weights holds: how many numbers, of which kind most are, and how long the file must be."""

    parameters: int
    kind: str
    size: int


def read_safetensors_head(head: bytes) -> Result[SafetensorsHead, str]:
    """The head of a file, without the eight bytes before it that say its length; or a clause that says its fault."""
    document = loads(head).value_or(None)
    if not isinstance(document, dict):
        return Failure("the head of its weights is no JSON: it is damaged")
    counts: dict[str, int] = {}
    end = 0
    for name, said in document.items():
        if name == "__metadata__":
            continue
        tensor = as_object(said)
        elements = 1
        for length in as_list(tensor.get("shape")):
            elements *= max(0, int_or_none(length) or 0)
        offsets = [int_or_none(offset) for offset in as_list(tensor.get("data_offsets"))]
        if len(offsets) != 2 or offsets[1] is None or offsets[1] < 0:
            return Failure(f"the head of its weights does not say where {name!r} is: it is damaged")
        end = max(end, offsets[1])
        kind = as_text(tensor.get("dtype"))
        counts[kind] = counts.get(kind, 0) + elements
    kind = max(counts, key=lambda one: counts[one], default="")
    return Success(SafetensorsHead(sum(counts.values()), kind, 8 + len(head) + end))


def model_of_folder(
    config: JsonObject, heads: Mapping[str, SafetensorsHead], *, name: str, path: str, size_bytes: int, holder: Holder
) -> LocalModel:
    """The model whose folder has `config` and files of weights with `heads`."""
    text = as_object(config.get("text_config")) or config
    packed = as_object(config.get("quantization")) or as_object(config.get("quantization_config"))
    bits = int_or_none(packed.get("bits"))
    kind = max((head.kind for head in heads.values()), default="")
    return LocalModel(
        name=name,
        path=path,
        size_bytes=size_bytes,
        holder=holder,
        title=text_or_none(config.get("_name_or_path")) or "",
        architecture=as_text(config.get("model_type")),
        quantization=f"{bits}-bit" if bits else kind or None,
        parameters=None if packed else sum(head.parameters for head in heads.values()) or None,
        context_length=int_or_none(text.get("max_position_embeddings")),
        kv_bytes=_kv_bytes(text, max(_BASE_TYPES.get(kind, 16), 16) // 8),
        format="safetensors",
    )


def _kv_bytes(text: JsonObject, width: int) -> int:
    """Keys and values of one token in all layers, `width` bytes a number."""
    layers, hidden = int_or_none(text.get("num_hidden_layers")) or 0, int_or_none(text.get("hidden_size")) or 0
    heads = int_or_none(text.get("num_attention_heads")) or 1
    shared = int_or_none(text.get("num_key_value_heads")) or heads
    each = int_or_none(text.get("head_dim")) or hidden // max(heads, 1)
    return layers * shared * each * 2 * width
