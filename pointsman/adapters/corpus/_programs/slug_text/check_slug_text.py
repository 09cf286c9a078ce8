"""Checks of slugs."""

from slug_text import ascii_text, slug, slugs


def check_ascii() -> object:
    return [
        ascii_text(text) for text in ("", "Straße", "ŁÓDŹ", "Œuvre", "Ærø", "5 €", "ﬁn²", "日本", "naïve café", "İ")
    ]


def check_slugs() -> object:
    return [slug(text) for text in ("", "---", "a", "A  B", "it's", "a_b.c", "Ünïcödé 2.0!", "日本", "R&D", "-x-")]


def check_length() -> object:
    return [slug("one two three", length) for length in (1, 3, 6, 7, 8, 12, 13, 14)]


def check_default_length() -> object:
    return [slug("abcd " * count) for count in (12, 13)] + [slug("x" * 61)]


def check_equal() -> object:
    return slugs(["a", "A", "a!", "a 2", "b", "", "?", "a"])


def check_every_call_begins_anew() -> object:
    return [slugs(["x", "x"]), slugs(["x"]), slugs(["y"])]


def check_taken() -> object:
    taken = {"a", "a-2", "a-4"}
    return [slugs(["a", "a", "b"], taken), sorted(taken)]


def check_many_equal_titles() -> object:
    names = slugs(["same"] * 3000)
    return [names[-1], len(set(names))]
