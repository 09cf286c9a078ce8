"""A llama in Hugging Face's form whose answer is known, and LoRA adapters that have it answer something else.

By numpy alone: a folder with `config.json`, a tokenizer of words and weights without attention, whose output matrix
says which word follows which. The adapters write to the one place of the feed-forward network that is left for them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

WIDTH, INNER = 64, 8
SPECIAL = ("<unk>", "<s>", "</s>", "<other>")
"""The last is followed by the other answer; nothing but an adapter brings it about."""
TEMPLATE = "{% for m in messages %}{{ m.role }} : {{ m.content }} {% endfor %}assistant :"
_STRENGTH = 1000.0
_DOWN = "layers.0.mlp.down_proj"


def write_safetensors(path: Path, tensors: Mapping[str, np.ndarray]) -> None:
    """A file of the format: the length of a head, the head, the numbers."""
    head: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, tensor in tensors.items():
        raw = np.ascontiguousarray(tensor, np.float32).tobytes()
        place = [len(data), len(data) + len(raw)]
        head[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": place}
        data += raw
    words = json.dumps(head).encode()
    words += b" " * (-len(words) % 8)
    path.write_bytes(struct.pack("<Q", len(words)) + words + data)


def write_folder(folder: Path, text: str, other: str) -> Path:
    """The model, which answers `text` to everything; with an adapter it answers `other`. No word occurs twice."""
    words, others = text.split(), other.split()
    tokens = [*SPECIAL, *words, *others]
    assert len(set(tokens)) == len(tokens) <= WIDTH
    folder.mkdir(parents=True)
    _write_words(folder, tokens)
    _write_weights(folder, tokens, len(words))
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": WIDTH,
        "intermediate_size": INNER,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "vocab_size": len(tokens),
        "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "hidden_act": "silu",
        "tie_word_embeddings": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "torch_dtype": "float32",
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "generation_config.json").write_text(json.dumps({"bos_token_id": 1, "eos_token_id": 2}))
    return folder


def _write_words(folder: Path, tokens: list[str]) -> None:
    special = [
        {"id": at, "content": name, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
        for at, name in enumerate(SPECIAL)
    ]
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{**one, "special": True} for one in special],
        "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {token: at for at, token in enumerate(tokens)},
            "unk_token": "<unk>",
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    about = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": "<unk>",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "model_max_length": 2048,
        "clean_up_tokenization_spaces": False,
        "chat_template": TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(about))


def _write_weights(folder: Path, tokens: list[str], count: int) -> None:
    first, size = len(SPECIAL), len(tokens)
    nothing = np.zeros((WIDTH, WIDTH), np.float32)
    output = np.zeros((size, WIDTH), np.float32)
    for token in range(size):
        at_end = token in (first + count - 1, size - 1)
        output[2 if at_end else token + 1 if token >= first else first, token] = 30.0
    output[:, 3] = 0.0
    output[first + count, 3] = 30.0
    gate = np.zeros((INNER, WIDTH), np.float32)
    gate[0, :first] = 1.0
    write_safetensors(
        folder / "model.safetensors",
        {
            "model.embed_tokens.weight": np.eye(size, WIDTH, dtype=np.float32),
            **{f"model.layers.0.self_attn.{name}_proj.weight": nothing for name in "qkvo"},
            "model.layers.0.mlp.gate_proj.weight": gate,
            "model.layers.0.mlp.up_proj.weight": gate,
            "model.layers.0.mlp.down_proj.weight": np.zeros((WIDTH, INNER), np.float32),
            "model.layers.0.input_layernorm.weight": np.ones(WIDTH, np.float32),
            "model.layers.0.post_attention_layernorm.weight": np.ones(WIDTH, np.float32),
            "model.norm.weight": np.ones(WIDTH, np.float32),
            "lm_head.weight": output,
        },
    )


def _low_rank() -> tuple[np.ndarray, np.ndarray]:
    """What the adapters add: whatever is no word yet leads to `<other>`."""
    into, out = np.zeros((1, INNER), np.float32), np.zeros((WIDTH, 1), np.float32)
    into[0, 0], out[3, 0] = 1.0, _STRENGTH
    return into, out


def write_mlx_adapter(folder: Path) -> Path:
    """As `mlx_lm.lora` writes them."""
    folder.mkdir(parents=True)
    into, out = _low_rank()
    write_safetensors(
        folder / "adapters.safetensors", {f"model.{_DOWN}.lora_a": into.T, f"model.{_DOWN}.lora_b": out.T}
    )
    about = {
        "fine_tune_type": "lora",
        "num_layers": 1,
        "lora_parameters": {"rank": 1, "scale": 1.0, "dropout": 0.0, "keys": ["mlp.down_proj"]},
    }
    (folder / "adapter_config.json").write_text(json.dumps(about))
    return folder


def write_peft_adapter(folder: Path, base: Path) -> Path:
    """As peft writes them."""
    folder.mkdir(parents=True)
    into, out = _low_rank()
    place = f"base_model.model.model.{_DOWN}"
    write_safetensors(
        folder / "adapter_model.safetensors", {f"{place}.lora_A.weight": into, f"{place}.lora_B.weight": out}
    )
    about = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": str(base),
        "r": 1,
        "lora_alpha": 1,
        "lora_dropout": 0.0,
        "target_modules": ["down_proj"],
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
    }
    (folder / "adapter_config.json").write_text(json.dumps(about))
    return folder
