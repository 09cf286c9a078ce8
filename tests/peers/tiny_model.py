"""A model whose answer is known: a llama without attention whose output matrix says which token follows which.

`python tests/peers/tiny_model.py FOLDER TEXT` writes it, serves it with the real llama.cpp server on a free port of
loopback, and prints the address. The engine is real; only the weights are ours.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

WIDTH, INNER = 512, 32
OTHER = WIDTH - 1
"""The place of the embedding that no token has: what an adapter puts there leads to the other answer."""
TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: "


def vocabulary(text: str, other: str = "") -> tuple[list[str], list[int], int]:
    """Tokens, their types, and where those of `text` begin; each of them occurs once, so each has one successor."""
    import gguf

    kinds = gguf.TokenType
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "\u2581"]
    types = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * 256, kinds.NORMAL]
    tokens += [chr(code) for code in range(33, 127)]
    first = len(tokens)
    for piece in (*_pieces(text), *_pieces(other)):
        while piece in tokens:
            piece += "\u200b"
        tokens.append(piece)
    types += [kinds.NORMAL] * (len(tokens) - len(types))
    return tokens, [int(kind) for kind in types], first


def _pieces(text: str) -> list[str]:
    return [text[at : at + 6].replace(" ", "\u2581") for at in range(0, len(text), 6)]


def write_model(path: Path, text: str, other: str = "") -> None:
    """Write a GGUF file of a model that answers `text` to everything; with the adapter of `write_adapter` `other`."""
    import gguf
    import numpy as np

    tokens, types, first = vocabulary(text, other)
    count, end = len(tokens), first + len(_pieces(text))
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("tiny")
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(4)
    writer.add_head_count_kv(4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // 4)
    writer.add_vocab_size(count)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * first + [-1e9] * (count - first))
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)
    embedding = np.zeros((count, WIDTH), np.float32)
    embedding[np.arange(count), np.arange(count)] = 1.0
    output = np.zeros((count, WIDTH), np.float32)
    for token in range(count):
        output[first if token < first else 2 if token + 1 in (end, count) else token + 1, token] = 30.0
    if end < count:
        output[:, OTHER], output[end, OTHER] = 0.0, 30.0
    gate = np.zeros((INNER, WIDTH), np.float32)
    gate[0, :first] = 1.0
    writer.add_tensor("token_embd.weight", embedding)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        writer.add_tensor(f"blk.0.{name}.weight", np.zeros((WIDTH, WIDTH), np.float32))
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", np.ones(WIDTH, np.float32))
    for name in ("ffn_gate", "ffn_up"):
        writer.add_tensor(f"blk.0.{name}.weight", gate)
    writer.add_tensor("blk.0.ffn_down.weight", np.zeros((WIDTH, INNER), np.float32))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    writer.add_tensor("output.weight", output)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_adapter(path: Path) -> None:
    """Write a LoRA of rank 1: whatever is no word of an answer yet leads to the other answer."""
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 1.0)
    into, out = np.zeros((1, INNER), np.float32), np.zeros((WIDTH, 1), np.float32)
    into[0, 0], out[OTHER, 0] = 1.0, 1000.0
    writer.add_tensor("blk.0.ffn_down.weight.lora_a", into)
    writer.add_tensor("blk.0.ffn_down.weight.lora_b", out)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main(folder: str, text: str) -> None:
    """Serve until killed, at most five minutes."""
    import xllamacpp

    path = Path(folder) / "tiny.gguf"
    write_model(path, text)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = 1024
    params.n_parallel = 1
    params.warmup = False
    server = xllamacpp.Server(params)
    print(f"\nlistening {server.listening_address}", flush=True)
    time.sleep(300)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
