"""Checks of versions."""

from version_order import newest, parse_version


def check_parts() -> object:
    found = []
    for text in ("1.2", " v1.2.3 ", "0.0.0-a", "1.2.3-rc.1+b.7", "10.20+x-y"):
        version = parse_version(text)
        found.append((version.release, version.pre, version.build))
    return found


def check_refused() -> object:
    found = []
    for text in ("", "1", "1.2.3.4", "1.2-", "a.b", "1.2.3 4", "1.2.3-rc_1", "x1.2"):
        try:
            found.append(str(parse_version(text).release))
        except ValueError:
            found.append("refused")
    return found


def check_order() -> object:
    texts = "1.0.0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.11 1.0.0-beta.2 1.0.0-rc.1 1.10.0 1.9.9 0.99"
    return sorted(texts.split(), key=parse_version)


def check_more_parts_come_later() -> object:
    low, high = parse_version("1.0.0-a"), parse_version("1.0.0-a.0")
    return [low < high, high < low, low <= low, high > low, low >= high]


def check_build_is_no_difference() -> object:
    one, other = parse_version("1.0+a"), parse_version("1.0.0+b")
    return [one == other, one < other, one <= other, parse_version("1.0-a") == one]


def check_bounds() -> object:
    texts = ["1.0.0", "1.5.0", "2.0.0", "2.0.0-rc.1"]
    return [
        newest(texts, "1.0", "2.0"),
        newest(texts, "1.0", "1.5"),
        newest(texts, "2.0", "9.0"),
        newest(texts, "3.0", "4.0"),
    ]


def check_pre_releases() -> object:
    texts = ["1.0.0", "1.1.0-rc.2", "1.1.0-rc.10", "2.0.0-a"]
    return [newest(texts, "1.0", "2.0"), newest(texts, "1.0", "2.0.0-a", pre=True), newest([], "1.0", "2.0")]
