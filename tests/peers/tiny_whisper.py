"""A Whisper model that hears `Trains need points.` in everything, from 0.00 to 1.00: `python tiny_whisper.py FOLDER`.

Run by a Python that has transformers. All weights are nothing but those of its words and of its places: at each place
of an answer the next word of the text is the likeliest.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

WORDS = (" Trains", " need", " points", ".")
WIDTH, PLACES = 64, 64
TASKS = ("<|translate|>", "<|transcribe|>")
SPECIAL = ("<|startoftranscript|>", "<|en|>", *TASKS, "<|startoflm|>", "<|startofprev|>", "<|nospeech|>")
END, WITHOUT_TIMES = "<|endoftext|>", "<|notimestamps|>"


def write_whisper(folder: Path) -> None:
    """The model, its words, and what makes pictures of sound."""
    transformers: Any = importlib.import_module("transformers")
    words = _words(transformers)
    _model(transformers, words.convert_tokens_to_ids, len(words)).save_pretrained(folder)
    words.save_pretrained(folder)
    transformers.WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)


def _words(transformers: Any) -> Any:
    """Bytes, the beginnings of words up to whole ones, and after them what is special and the times, in this order."""
    spelt = [word.replace(" ", "\u0120") for word in WORDS]  # as GPT-2 writes the byte of a space
    tokens = dict.fromkeys([*(chr(code) for code in range(33, 127)), "\u0120"])
    merges = []
    for word in spelt:
        for at in range(1, len(word)):
            merges.append((word[:at], word[at]))
            tokens[word[: at + 1]] = None
    vocabulary = {token: number for number, token in enumerate(tokens)}
    ends = {"unk_token": END, "bos_token": END, "eos_token": END}
    words = transformers.WhisperTokenizer(vocab=vocabulary, merges=merges, **ends)
    words.add_special_tokens({"additional_special_tokens": [*SPECIAL, WITHOUT_TIMES]})
    words.add_tokens([f"<|{step * 0.02:.2f}|>" for step in range(1501)])
    return words


def _model(transformers: Any, ids: Any, size: int) -> Any:
    torch: Any = importlib.import_module("torch")
    marks = {f"{name}_token_id": ids(END) for name in ("bos", "eos", "pad")}
    start = {"decoder_start_token_id": ids("<|startoftranscript|>"), **marks}
    sizes = {f"{half}_{what}": count for half in ("encoder", "decoder") for what, count in _SIZES.items()}
    config = transformers.WhisperConfig(
        vocab_size=size, d_model=WIDTH, max_target_positions=PLACES, suppress_tokens=None, begin_suppress_tokens=None,
        **sizes, **start,
    )  # fmt: skip
    model = transformers.WhisperForConditionalGeneration(config)
    torch.manual_seed(0)
    words = torch.nn.functional.normalize(torch.randn(size, WIDTH), dim=1)
    said = ["<|en|>", "<|transcribe|>", "<|0.00|>", *(word.replace(" ", "\u0120") for word in WORDS), "<|1.00|>"]
    following = [ids(word) for word in said] + [ids(END)] * (PLACES - len(said))
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "encoder.embed_positions" not in name:
                weights.fill_(1.0 if "layer_norm" in name and name.endswith("weight") else 0.0)
        model.model.decoder.embed_tokens.weight.copy_(words)
        model.model.decoder.embed_positions.weight.copy_(words[following] * 20)
    model.generation_config = transformers.GenerationConfig(
        is_multilingual=True, lang_to_id={"<|en|>": ids("<|en|>")}, no_timestamps_token_id=ids(WITHOUT_TIMES),
        task_to_id={task.strip("<|>"): ids(task) for task in TASKS}, prev_sot_token_id=ids("<|startofprev|>"),
        max_initial_timestamp_index=50, max_length=PLACES, alignment_heads=[[0, 0]], **start,
    )  # fmt: skip
    return model


_SIZES = {"layers": 1, "attention_heads": 2, "ffn_dim": 16}


if __name__ == "__main__":
    write_whisper(Path(sys.argv[1]))
