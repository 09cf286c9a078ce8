"""Checks of query strings."""

from query_string import decode, encode, read_query, write_query


def check_decode() -> object:
    return [decode(text) for text in ("", "a+b", "%C3%BC", "%e2%82%AC", "%F0%9F%98%80", "ü%20", "a%2Bb%41")]


def check_percent_alone() -> object:
    return [decode(text) for text in ("%", "%4", "%zz", "100%", "%%41", "%4g%41", "%-1", "5% %")]


def check_bytes_that_are_no_text() -> object:
    return [decode("%FFx"), decode("%C3")]


def check_encode() -> object:
    return [encode(text) for text in ("", "a b", "ü€😀", "a-b_c.d~e", "1+1=2", "%", "/?&", "Zz09")]


def check_read() -> object:
    return [read_query(text) for text in ("", "?", "a", "a=", "=b", "a=1&&b=2&", "x=1=2&x", "??q=1", "k%3D=v%26")]


def check_every_call_begins_anew() -> object:
    return [read_query("a=1"), read_query("a=2&b=3"), read_query("b=4", {"b": ["0"]})]


def check_write() -> object:
    return write_query({"z": ["1"], "ä b": ["ü", "", "a&b"], "none": []})


def check_there_and_back() -> object:
    values = {"naïve key": ["5 € + 1", "100%"], "b": ["=&?"]}
    return read_query(write_query(values)) == values
