"""Checks of quoted text."""

from quoted_bytes import quote, unquote


def check_quote() -> object:
    return [quote(text) for text in ("", "a", "a b ", " ", "ü€😀", "tab\there", "=\n=\n", "~!\x7f", "\n\n")]


def check_width() -> object:
    return [quote("abcdefghi", width) for width in (4, 5, 9, 10, 11)]


def check_signs_are_not_broken() -> object:
    return [quote("aé€", width) for width in (4, 5, 6, 7, 8)]


def check_default_width() -> object:
    return [max(map(len, quote("x" * count).split("\n"))) for count in (74, 75, 76, 77, 200)]


def check_too_narrow() -> object:
    found = []
    for width in (0, 3, 4):
        try:
            found.append(quote("ab", width))
        except ValueError:
            found.append("ValueError")
    return found


def check_unquote() -> object:
    return [unquote(text) for text in ("", "=41", "a=\nb", "a\nb\n", "=c3=a9", "ü=20", "a=\n", "=\n=\n=3D")]


def check_refused() -> object:
    found = []
    for text in ("a=4", "=zz", "=4\n1", "==", "a=b=", "=C3"):
        try:
            found.append(unquote(text))
        except ValueError as error:
            found.append(type(error).__name__)
    return found


def check_there_and_back() -> object:
    texts = ["Übergröße: 5 € = viel \n\n  Ende ", "😀" * 9, "=" * 30 + "\n"]
    return [unquote(quote(text, width)) == text for text in texts for width in (4, 7, 20, 76)]
