"""Checks of codes."""

from collections import Counter

from code_tree import code_lengths, numbered_codes
from huffman_codes import build, decode, encode, saved


def check_codes() -> object:
    counts: tuple[dict[str, int], ...] = (
        {},
        {"x": 3},
        {"x": 0},
        {"a": 1, "b": 1},
        {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1},
        {"a": 8, "b": 4, "c": 2, "d": 1, "e": 1},
    )
    return [build(one) for one in counts]


def check_order_plays_no_part() -> object:
    signs = "abcdefgh"
    return build(dict.fromkeys(signs, 2)) == build(dict.fromkeys(reversed(signs), 2))


def check_lengths() -> object:
    return [code_lengths("a"), code_lengths(("a", ("b", ("c", "d"))))]


def check_numbered() -> object:
    return [numbered_codes({}), numbered_codes({"z": 1}), numbered_codes({"d": 3, "c": 3, "b": 2, "a": 1})]


def check_bytes() -> object:
    codes = {"a": "0", "b": "10", "c": "11"}
    return [encode(text, codes) for text in ("", "a", "aaaaaaa", "aaaaaaaa", "abc", "ccccb")]


def check_there_and_back() -> object:
    found = []
    for text in ("", "a", "aaaa", "größe € 😀", "abracadabra" * 20):
        codes = build(Counter(text + "a"))
        found.append(decode(encode(text, codes), codes) == text)
    return found


def check_refused() -> object:
    codes = {"a": "0", "b": "10"}
    found = []
    for data in (b"", b"\0", b"\xff", b"\xe0", b"\xa8", b"\x80"):
        try:
            found.append(decode(data, codes))
        except ValueError:
            found.append("ValueError")
    try:
        encode("ax", codes)
    except KeyError:
        found.append("KeyError")
    return found


def check_saved() -> object:
    return [saved(text) for text in ("", "aaaaaaaaaaaaaaaa", "abcdefgh", "the theme of the thesis", "€€€€ö")]
