"""Checks of set text."""

from text_wrap import block, justify, words, wrap


def check_words() -> object:
    return [list(words("ab abcd abcdefghij", width)) for width in (2, 3, 4, 9, 10, 11)]


def check_wrap() -> object:
    return [wrap("aa bb cc dd", width) for width in (2, 4, 5, 7, 8, 11, 12)]


def check_blanks() -> object:
    return [wrap(text, 6) for text in ("", "   ", " a  b\n\tc ", "a\u00a0b cccc dd")]


def check_indents() -> object:
    return [wrap("aa bb cc", 6, "> "), wrap("aa bb cc", 6, "", "...."), wrap("aa bb cc", 8, "- ", "  ")]


def check_too_narrow() -> object:
    found = []
    for width, first, later in ((1, "", ""), (2, "", ""), (3, "--", ""), (3, "", "--"), (4, "-", "--")):
        try:
            found.append(str(wrap("ab", width, first, later)))
        except ValueError:
            found.append("ValueError")
    return found


def check_justify() -> object:
    return [justify(line, 10) for line in ("", "a", " a ", "a b", "aa bb cc", "a b c d", "aaaa bbbbb", "aa  bb   c")]


def check_block() -> object:
    text = "\nLorem ipsum is no text of ours,\nso here is some.\n\n* first point of two\n\n * second\n\nend"
    return [block(text, width) for width in (12, 20, 60)]
