"""Codes of few bits for frequent signs: built from counts, text to bits and back.

Topics: compression, heaps, binary
"""

from collections import Counter
from collections.abc import Mapping
from heapq import heapify, heappop, heappush

from code_tree import Tree, code_lengths, numbered_codes


def build(counts: Mapping[str, int]) -> dict[str, str]:
    """Sign → code; equal counts are settled by the alphabet, so that equal counts give equal codes."""
    heap: list[tuple[int, str, Tree]] = [(count, sign, sign) for sign, count in counts.items() if count > 0]
    if not heap:
        return {}
    heapify(heap)
    while len(heap) > 1:
        low, first, left = heappop(heap)
        high, second, right = heappop(heap)
        heappush(heap, (low + high, min(first, second), (left, right)))
    return numbered_codes(code_lengths(heap[0][2]))


def encode(text: str, codes: Mapping[str, str]) -> bytes:
    """The codes of the signs, a 1 behind them, filled up with 0; raises KeyError for a sign without a code."""
    bits = "".join([codes[sign] for sign in text]) + "1"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def decode(data: bytes, codes: Mapping[str, str]) -> str:
    """The text; raises ValueError if the bits are no codes."""
    bits = "".join(f"{byte:08b}" for byte in data).rstrip("0")
    if not bits:
        raise ValueError("there is no end")
    signs = {code: sign for sign, code in codes.items()}
    out, code = [], ""
    for bit in bits[:-1]:
        code += bit
        if code in signs:
            out.append(signs[code])
            code = ""
    if code:
        raise ValueError(f"{code} is no code")
    return "".join(out)


def saved(text: str) -> float:
    """The part of the bytes (of UTF-8) that is saved, without the codes themselves."""
    size = len(text.encode("utf-8"))
    return round(1 - len(encode(text, build(Counter(text)))) / size, 3) if size else 0.0
