"""Checks of encodings."""

from pathlib import Path

from text_bytes import Text, decode, encode, replace_in_file

WORD = "Zoë 5€\n"
NAMES = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def check_marks() -> object:
    return [tuple(decode(("\ufeff" + WORD).encode(name))) for name in NAMES]


def check_no_mark() -> object:
    return [tuple(decode(data)) for data in (b"", b"abc", WORD.encode(), "Zoë".encode("latin-1"), b"\xff", b"\xef\xbb")]


def check_ends_of_lines() -> object:
    return [tuple(decode(data)) for data in (b"a\nb", b"a\r\nb\nc", b"a\rb", b"a\r\n\r\n")]


def check_broken_text_with_a_mark() -> object:
    found = []
    for data in (b"\xef\xbb\xbf\xff", b"\xff\xfea", b"\xfe\xff\x00"):
        try:
            found.append(decode(data).value)
        except UnicodeDecodeError:
            found.append("UnicodeDecodeError")
    return found


def check_written() -> object:
    texts = [Text("é\n€", name, marked, "\r\n") for name in (*NAMES, "latin-1") for marked in (False, True)]
    return [encode(text) for text in texts]


def check_there_and_back() -> object:
    return [encode(decode(("\ufeff" + WORD).encode(name))) == ("\ufeff" + WORD).encode(name) for name in NAMES]


def check_file() -> object:
    path, found = Path("word.txt"), []
    for data in (
        "\ufeffein Maß, zwei Maß\r\n".encode("utf-16-le"),
        "Maß".encode("latin-1"),
        "Maße".encode(),
        b"none\r",
    ):
        path.write_bytes(data)
        found.append((replace_in_file(path, "Maß", "Krüge"), path.read_bytes()))
    return found
