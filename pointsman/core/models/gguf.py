"""The head of a GGUF file: what a model says of itself, and whether the file is whole. Pure: it reads what it is given.

Source: github.com/ggml-org/ggml/blob/master/docs/gguf.md. Every length in a file is doubted before it is used, so that
no file, however it was damaged, costs more than its own size or gives anything but a head or one clause.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Protocol, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.models.gguf_types import BLOCKS, FILE_TYPES

Scalar: TypeAlias = int | float | bool | str
_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MOST_KEYS = 20_000
_MOST_TENSORS = 200_000
_LONGEST_KEY = 2**16
_LONGEST_TEXT = 2**24
"""ByteSource; the longest texts are chat templates, of some thousand."""
_DEEPEST = 2
"""Arrays in arrays."""
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9
_NEW_TYPES = 256
"""Numbers of tensor types below this may come with newer versions of the format; above, the file is damaged."""


class ByteSource(Protocol):
    """An open file, or bytes in memory."""

    def read(self, count: int, /) -> bytes:
        """The next `count` bytes, fewer at the end."""
        ...

    def seek(self, offset: int, /) -> object:
        """Go on at `offset`."""
        ...


@attrs.frozen(kw_only=True)
class GgufHead:
    """What stands at the beginning of a model file."""

    version: int
    values: Mapping[str, Scalar] = attrs.field(repr=False)
    """All that is no list, by key."""
    lengths: Mapping[str, int] = attrs.field(factory=dict, repr=False)
    """Of the lists only how long they are."""
    tensors: int = 0
    parameters: int | None = None
    """How many numbers the tensors hold; None where they were not looked at."""

    @property
    def architecture(self) -> str:
        """Such as `llama`; empty where the file does not say it."""
        return self.text("general.architecture")

    @property
    def quantization(self) -> str | None:
        """Such as `Q4_1`."""
        kind = self.number("general.file_type")
        return None if kind is None else FILE_TYPES.get(kind)

    @property
    def chat_template(self) -> str:
        """Jinja; empty where there is none."""
        return self.text("tokenizer.chat_template")

    def text(self, key: str) -> str:
        """The text under `key`, or an empty one."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int | None:
        """The whole number under `key`."""
        value = self.values.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def own(self, key: str) -> int | None:
        """The number under the architecture's own `key`, such as `context_length`."""
        return self.number(f"{self.architecture}.{key}")


class _Damaged(Exception):
    """A clause that says what is wrong; caught in `read_head`."""


def read_head(source: ByteSource, size: int, *, with_tensors: bool = True) -> Result[GgufHead, str]:
    """The head of a file of `size` bytes; or a clause that says what is wrong with it.

    With `with_tensors` all of it is read and held against the size of the file; without, only as far as the words of
    the tokenizer, which is enough for a list of models and takes a moment.
    """
    try:
        return Success(_HeadReader(source, size).head(with_tensors))
    except _Damaged as problem:
        return Failure(str(problem))


class _HeadReader:
    """Reads forward, and knows where it is."""

    def __init__(self, source: ByteSource, size: int) -> None:
        self._source = source
        self._size = size
        self._at = 0

    def head(self, with_tensors: bool) -> GgufHead:
        if self._size == 0:
            raise _Damaged("the file is empty")
        magic = self._source.read(4)
        if magic != _MAGIC:
            raise _Damaged(_other_kind(magic))
        self._at = 4
        version = self._number("I", "the version")
        if version not in _VERSIONS:
            swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
            if swapped in _VERSIONS:
                raise _Damaged("it is written for machines with the other order of bytes (big-endian)")
            raise _Damaged(f"its version of GGUF is {version}; only 2 and 3 are known")
        tensors = self._count("Q", _MOST_TENSORS, "tensors")
        keys = self._count("Q", _MOST_KEYS, "keys")
        values, lengths, complete = self._keys(keys, with_tensors)
        if not isinstance(values.get("general.architecture"), str):
            raise _Damaged("it does not say which architecture it has, so it is no model")
        head = GgufHead(version=version, values=values, lengths=lengths, tensors=tensors)
        if not with_tensors or not complete:
            return head
        return attrs.evolve(head, parameters=self._tensors(tensors, head.number("general.alignment") or 32))

    def _keys(self, count: int, all_of_them: bool) -> tuple[dict[str, Scalar], dict[str, int], bool]:
        values: dict[str, Scalar] = {}
        lengths: dict[str, int] = {}
        for number in range(count):
            key = self._text(_LONGEST_KEY, f"key {number + 1} of {count}")
            kind = self._number("I", f"the type of {key!r}")
            if kind == _ARRAY:
                if not all_of_them and key.startswith("tokenizer."):
                    return values, lengths, False
                lengths[key] = self._skip_array(key, 0)
            elif kind == _TEXT:
                values[key] = self._text(_LONGEST_TEXT, repr(key))
            elif kind in _SCALARS:
                values[key] = self._scalar(_SCALARS[kind], repr(key))
            else:
                raise _Damaged(f"the value of {key!r} has the type {kind}, which does not exist")
        return values, lengths, True

    def _skip_array(self, key: str, depth: int) -> int:
        kind = self._number("I", f"the type of the list {key!r}")
        count = self._number("Q", f"the length of the list {key!r}")
        if kind in _SCALARS:
            self._skip(struct.calcsize("<" + _SCALARS[kind]) * count, f"the list {key!r}")
        elif kind == _TEXT:
            self._demand(8 * count, f"the list {key!r}")
            for _ in range(count):
                self._skip(self._number("Q", f"a text of {key!r}"), f"a text of {key!r}")
        elif kind == _ARRAY and depth < _DEEPEST:
            self._demand(12 * count, f"the list {key!r}")
            for _ in range(count):
                self._skip_array(key, depth + 1)
        else:
            raise _Damaged(f"the list {key!r} has items of the type {kind}, which does not exist")
        return count

    def _tensors(self, count: int, alignment: int) -> int:
        if not 1 <= alignment <= 2**20:
            raise _Damaged(f"its tensors are aligned to {alignment} bytes, which cannot be")
        parameters = need = 0
        for number in range(count):
            name = self._text(_LONGEST_KEY, f"tensor {number + 1} of {count}")
            dimensions = self._number("I", f"the tensor {name!r}")
            if dimensions > 8:
                raise _Damaged(f"the tensor {name!r} has {dimensions} dimensions")
            elements = 1
            for _ in range(dimensions):
                elements *= self._number("Q", f"the tensor {name!r}")
            kind = self._number("I", f"the tensor {name!r}")
            offset = self._number("Q", f"the tensor {name!r}")
            if kind >= _NEW_TYPES:
                raise _Damaged(f"the tensor {name!r} has the type {kind}, which does not exist")
            block, width = BLOCKS.get(kind, (1, 0))
            parameters += elements
            need = max(need, offset + elements // block * width)
        start = -(-self._at // alignment) * alignment
        if start + need > self._size:
            raise _Damaged(
                f"it is cut: its tensors end at byte {start + need}, and the file has {self._size}; get it again"
            )
        return parameters

    def _demand(self, count: int, what: str) -> None:
        if count > self._size - self._at:
            raise _Damaged(
                f"it is cut or damaged: {what} would reach beyond the end of the file (byte {self._size}); get it again"
            )

    def _read(self, count: int, what: str) -> bytes:
        self._demand(count, what)
        data = self._source.read(count)
        if len(data) < count:
            raise _Damaged(f"it became shorter while {what} was read; get it again")
        self._at += count
        return data

    def _skip(self, count: int, what: str) -> None:
        self._demand(count, what)
        self._at += count
        self._source.seek(self._at)

    def _scalar(self, form: str, what: str) -> int | float | bool:
        value = struct.unpack("<" + form, self._read(struct.calcsize("<" + form), what))[0]
        return value if isinstance(value, (int, float)) else 0

    def _number(self, form: str, what: str) -> int:
        return int(self._scalar(form, what))

    def _count(self, form: str, most: int, what: str) -> int:
        count = self._number(form, f"the number of {what}")
        if count > most:
            raise _Damaged(f"it claims to have {count} {what}, which cannot be; get it again")
        return count

    def _text(self, longest: int, what: str) -> str:
        length = self._number("Q", what)
        if length > longest:
            raise _Damaged(f"{what} has {length} bytes of text, which cannot be; get it again")
        return self._read(length, what).decode("utf-8", "replace")


_KINDS = (
    (b"PK\x03\x04", "it is a ZIP archive (or a PyTorch file), not GGUF"),
    (b"\x1f\x8b", "it is packed with gzip; unpack it first"),
    (b"<!do", "it is a web page, not a model: the download went wrong"),
    (b"<!DO", "it is a web page, not a model: the download went wrong"),
    (b"<htm", "it is a web page, not a model: the download went wrong"),
    (b"vers", "it is a pointer of Git LFS, not the model itself; get it by `pointsman local get hf:OWNER/REPO`"),
    (b"\x00\x00\x00\x00", "it begins with zeros: the download was not finished"),
    (b"lmgg", "it has an old format (GGML) that is not read any more; get it as GGUF"),
    (b"tjgg", "it has an old format (GGJT) that is not read any more; get it as GGUF"),
)


def _other_kind(magic: bytes) -> str:
    """What a file is that is no GGUF."""
    if len(magic) < 4:
        return "it is too short to be a model"
    return next((said for start, said in _KINDS if magic.startswith(start)), "it is not a GGUF file")
