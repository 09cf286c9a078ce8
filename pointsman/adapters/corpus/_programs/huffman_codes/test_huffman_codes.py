from huffman_codes import build, decode, encode


def test_frequent_signs_have_short_codes() -> None:
    assert build({"a": 5, "b": 2, "c": 1}) == {"a": "0", "b": "10", "c": "11"}


def test_there_and_back() -> None:
    codes = build({"a": 5, "b": 2, "c": 1})
    assert decode(encode("abacab", codes), codes) == "abacab"
