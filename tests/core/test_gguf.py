"""Heads of GGUF files, made here byte by byte; and forty files that are damaged, each with its sentence."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import gguf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure

from pointsman.core.models.gguf import GgufHead, read_head
from pointsman.core.models.gguf_types import BLOCKS, FILE_TYPES
from pointsman.core.models.local_model import model_of


def text(value: str | bytes) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(raw)) + raw


def pair(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def number(value: int) -> bytes:
    return struct.pack("<I", value)


def texts(*values: str) -> bytes:
    return struct.pack("<IQ", 8, len(values)) + b"".join(map(text, values))


def tensor(name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    return text(name) + number(len(shape)) + struct.pack(f"<{len(shape)}Q", *shape) + struct.pack("<IQ", kind, offset)


ARCHITECTURE = pair("general.architecture", 8, text("llama"))
PAIRS = (
    ARCHITECTURE,
    pair("general.name", 8, text("Tiny")),
    pair("general.file_type", 4, number(3)),
    pair("llama.block_count", 4, number(2)),
    pair("llama.embedding_length", 4, number(64)),
    pair("llama.attention.head_count", 4, number(4)),
    pair("llama.attention.head_count_kv", 4, number(2)),
    pair("llama.context_length", 4, number(2048)),
    pair("general.size_label", 8, text("12M")),
    pair("some.numbers", 9, struct.pack("<IQ3i", 5, 3, 1, 2, 3)),
    pair("tokenizer.ggml.tokens", 9, texts("a", "b", "c")),
    pair("tokenizer.chat_template", 8, text("{{ messages }}")),
)
TENSORS = (tensor("a", (32, 4)), tensor("b", (64,), kind=3, offset=512))
DATA = 512 + 40


def made(
    pairs: tuple[bytes, ...] = PAIRS,
    tensors: tuple[bytes, ...] = TENSORS,
    *,
    magic: bytes = b"GGUF",
    version: int = 3,
    keys: int | None = None,
    count: int | None = None,
    data: int = DATA,
) -> bytes:
    head = magic + struct.pack("<IQQ", version, len(tensors) if count is None else count, keys or len(pairs))
    head += b"".join(pairs) + b"".join(tensors)
    return head + bytes(-len(head) % 32) + bytes(data)


def head_of(content: bytes, *, with_tensors: bool = True) -> GgufHead | str:
    return unwrap_or_failure(read_head(io.BytesIO(content), len(content), with_tensors=with_tensors))


def test_a_head_says_what_the_model_is() -> None:
    head = head_of(made())
    assert isinstance(head, GgufHead), head
    assert (head.architecture, head.quantization, head.chat_template) == ("llama", "Q4_1", "{{ messages }}")
    assert head.lengths == {"some.numbers": 3, "tokenizer.ggml.tokens": 3}
    assert (head.tensors, head.parameters) == (2, 32 * 4 + 64)
    model = model_of(head, name="tiny", path="/tiny", size_bytes=1)
    assert (model.context_length, model.count, model.title) == (2048, 192, "Tiny")
    assert model.kv_bytes == 2 * 2 * (16 + 16) * 2


def test_a_look_stops_before_the_words_and_takes_the_size_from_the_label() -> None:
    head = head_of(made(), with_tensors=False)
    assert isinstance(head, GgufHead), head
    assert head.parameters is None
    assert "tokenizer.chat_template" not in head.values
    assert model_of(head, name="tiny", path="/tiny", size_bytes=1).count == 12 * 10**6


WHOLE = made()


def cut(size: int) -> Callable[[], bytes]:
    return lambda: WHOLE[:size]


DAMAGED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "the file is empty"),
    "three bytes": (lambda: b"GGU", "too short"),
    "text": (lambda: b"once upon a time", "not a GGUF file"),
    "zeros": (lambda: bytes(5000), "begins with zeros"),
    "a zip": (lambda: b"PK\x03\x04" + bytes(100), "a ZIP archive"),
    "gzip": (lambda: b"\x1f\x8b" + bytes(100), "packed with gzip"),
    "a page": (lambda: b"<!DOCTYPE html><html>", "a web page"),
    "a small page": (lambda: b"<html>", "a web page"),
    "a pointer": (lambda: b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
    "GGML": (lambda: b"lmgg" + bytes(100), "old format (GGML)"),
    "GGJT": (lambda: b"tjgg" + bytes(100), "old format (GGJT)"),
    "only the magic": (cut(4), "the version would reach beyond the end"),
    "version 1": (lambda: made(version=1), "version of GGUF is 1"),
    "version 99": (lambda: made(version=99), "version of GGUF is 99"),
    "the other order of bytes": (lambda: made(version=3 << 24), "other order of bytes"),
    "cut in the counts": (cut(12), "the number of tensors would reach"),
    "too many keys": (lambda: made(keys=2**40), "claims to have 1099511627776 keys"),
    "too many tensors": (lambda: made(count=2**50), "claims to have 1125899906842624 tensors"),
    "more keys than there are": (lambda: made(keys=500), "key 14 of 500 has"),
    "cut in a key": (cut(30), "cut or damaged: key 1 of 12"),
    "cut in a value": (cut(60), "general.architecture"),
    "cut in the words": (lambda: WHOLE[: WHOLE.index(b"tokenizer.ggml.tokens") + 40], "tokenizer.ggml.tokens"),
    "cut in the tensors": (lambda: WHOLE[: WHOLE.index(b"tokenizer.chat_template") + 60], "the tensor 'a' would reach"),
    "cut in the weights": (lambda: WHOLE[:-30], "it is cut: its tensors end at byte"),
    "without weights": (lambda: made(data=0), "it is cut: its tensors end at byte"),
    "a long key": (lambda: made((struct.pack("<Q", 2**40),)), "bytes of text, which cannot be"),
    "a key of half the world": (lambda: made((struct.pack("<Q", 2**64 - 1),)), "bytes of text, which cannot be"),
    "a long text": (
        lambda: made((pair("general.name", 8, struct.pack("<Q", 2**30)),)),
        "'general.name' has 1073741824 bytes",
    ),
    "a type that is none": (lambda: made((pair("general.name", 77, b""),)), "has the type 77, which does not exist"),
    "a list of what is none": (
        lambda: made((ARCHITECTURE, pair("x", 9, struct.pack("<IQ", 55, 1)))),
        "items of the type 55",
    ),
    "a list too long": (
        lambda: made((ARCHITECTURE, pair("x", 9, struct.pack("<IQ", 4, 2**62)))),
        "the list 'x' would reach beyond",
    ),
    "a list of too many texts": (
        lambda: made((ARCHITECTURE, pair("x", 9, struct.pack("<IQ", 8, 2**40)))),
        "the list 'x' would reach beyond",
    ),
    "a list of a text too long": (
        lambda: made((ARCHITECTURE, pair("x", 9, struct.pack("<IQQ", 8, 1, 2**63)))),
        "a text of 'x' would reach beyond",
    ),
    "lists in lists in lists in lists": (
        lambda: made((ARCHITECTURE, pair("x", 9, struct.pack("<IQ", 9, 1) * 3 + struct.pack("<IQ", 9, 1) + bytes(64)))),
        "items of the type 9",
    ),
    "no architecture": (lambda: made((pair("general.name", 8, text("x")),)), "does not say which architecture"),
    "an architecture that is a number": (
        lambda: made((pair("general.architecture", 4, number(7)),)),
        "does not say which architecture",
    ),
    "a tensor of many dimensions": (
        lambda: made(tensors=(tensor("a", (1,) * 20),)),
        "the tensor 'a' has 20 dimensions",
    ),
    "a tensor of no type": (lambda: made(tensors=(tensor("a", (4,), kind=4711),)), "the type 4711"),
    "a tensor larger than the file": (lambda: made(tensors=(tensor("a", (2**40, 2**20)),)), "it is cut"),
    "a tensor far away": (lambda: made(tensors=(tensor("a", (4,), offset=2**60),)), "it is cut"),
    "aligned to nothing": (
        lambda: made((ARCHITECTURE, pair("general.alignment", 11, struct.pack("<q", -1)))),
        "aligned to -1 bytes",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_forty_damaged_files_have_forty_sentences(name: str) -> None:
    content, said = DAMAGED[name]
    found = head_of(content())
    assert isinstance(found, str), found
    assert said in found
    assert "\n" not in found


def test_there_are_at_least_forty() -> None:
    assert len(DAMAGED) >= 40


def test_it_never_raises_wherever_it_is_cut() -> None:
    for size in range(len(WHOLE) - 1):
        assert isinstance(head_of(WHOLE[:size]), str)


@given(st.binary(max_size=64), st.integers(0, len(WHOLE)))
def test_it_never_raises_whatever_is_written_into_it(noise: bytes, at: int) -> None:
    damaged = WHOLE[:at] + noise + WHOLE[at + len(noise) :]
    assert isinstance(head_of(damaged), (GgufHead, str))


def test_the_numbers_of_types_are_those_of_the_package_gguf() -> None:
    sizes = {int(kind): size for kind, size in gguf.GGML_QUANT_SIZES.items()}
    assert {kind: sizes[kind] for kind in BLOCKS} == dict(BLOCKS)
    names = {int(kind): kind.name.removeprefix("MOSTLY_").removeprefix("ALL_") for kind in gguf.LlamaFileType}
    assert {kind: names[kind] for kind in FILE_TYPES} == dict(FILE_TYPES)
