"""Checks of differences."""

from line_diff import apply, diff, longest, show

PAIRS = (
    ("", ""),
    ("a", ""),
    ("", "ab"),
    ("abc", "abc"),
    ("abcd", "bxd"),
    ("ab", "ba"),
    ("aab", "abb"),
    ("xay", "byaz"),
)


def check_common() -> object:
    return [longest(old, new)[0][0] for old, new in PAIRS]


def check_table() -> object:
    return longest("ab", "bab")


def check_diff() -> object:
    return ["".join(sign + line for sign, line in diff(old, new)) for old, new in PAIRS]


def check_apply() -> object:
    return ["".join(apply(old, diff(old, new))) == new for old, new in PAIRS]


def check_another_text() -> object:
    edits = diff("abc", "abd")
    found = []
    for old in ("abc", "ab", "abcd", "xbc", ""):
        try:
            found.append("".join(apply(old, edits)))
        except ValueError:
            found.append("ValueError")
    return found


def check_show() -> object:
    edits = diff("abcdefghij", "abXdefghijk")
    return [show(edits, context) for context in (0, 1, 2, 5)]


def check_default_context() -> object:
    return [show(diff("abcde", "abcde")), show(diff("abcde", "xbcdy")), show([])]
