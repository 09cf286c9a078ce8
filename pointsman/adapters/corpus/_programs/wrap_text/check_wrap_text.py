"""Checks of texts in lines."""

from collections.abc import Callable

from wrap_text import columns, shorten, wrap

TEXT = "the quick brown fox jumps over the lazy dog"


def outcome(run: Callable[[], object]) -> object:
    try:
        return run()
    except ValueError as error:
        return type(error).__name__


def check_widths() -> object:
    return [outcome(lambda width=width: wrap(TEXT, width)) for width in (-1, 0, 1, 5, 9, 10, 15, 43, 99)]


def check_long_words() -> object:
    return [wrap("a incomprehensible b", 4), wrap("incomprehensible", 3), wrap("ab cd", 2), wrap("a b c d", 3)]


def check_paragraphs() -> object:
    return [wrap(text, 6) for text in ("", "a", " a\n b ", "a\n\nb\n\n\nc", "\n\nx\n\n", "a\n\n\n\nb")]


def check_columns() -> object:
    tables: list[list[tuple[object, ...]]] = [
        [],
        [("a",)],
        [("a", "b"), ("ccc", "d")],
        [(1, "x"), (222, "yy"), (3.5, "")],
        [("", 1), ("name", -20)],
        [("n", "word", 5), ("", "w", 10)],
    ]
    return [columns(table) for table in tables] + [columns([("a", "b"), ("cc", 1)], gap=0), columns([(1, 2)], 1)]


def check_rows_of_different_length() -> object:
    return outcome(lambda: columns([("a", "b"), ("c",)]))


def check_shortened() -> object:
    texts = ("", "abc", "abcdef", "abcdefg", "ab cdef", "ab cd efgh", "abcde fg", "ab,  cd ef", "a b c d e f")
    return [shorten(text, 6) for text in texts] + [shorten("one two", width) for width in (1, 3, 4, 5, 7)]
