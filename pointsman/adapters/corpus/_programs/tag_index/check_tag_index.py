"""Checks of the index."""

from tag_index import TagIndex


def check_order() -> object:
    index = TagIndex()
    for name in ("b", "a", "c", "a"):
        index.add(name, ["x"])
    return index.names("x")


def check_without_tags() -> object:
    index = TagIndex()
    first, second = index.add("one"), index.add("two")
    return [first, second, index.add("one"), index.names("o"), index.common()]


def check_the_list_that_is_given() -> object:
    index, empty, tags = TagIndex(), list[str](), ["k"]
    index.add("a", empty)
    index.add("a", tags)
    return [empty, tags]


def check_two_indexes() -> object:
    first, second = TagIndex(), TagIndex()
    first.add("a", ["t"])
    second.add("b", ["t", "u"])
    return [first.names("t"), second.names("t"), first.common(), second.add("a", ["t"])]


def check_letters() -> object:
    index = TagIndex(ignored=["GROß"])
    added = index.add("a", [" Blau ", "blau", "straße", "ÄRA", "gross", "Groß"])
    return [added, *(index.names(tag) for tag in ("ära", "Blau", "straße", "STRASSE", "gross"))]


def check_returned_lists() -> object:
    index = TagIndex()
    index.add("a", ["t"])
    index.names("t").append("z")
    index.names("nothing").append("z")
    return [index.names("t"), index.names("nothing")]


def check_common() -> object:
    index = TagIndex()
    for name, tags in (("a", ["x", "y"]), ("b", ["y", "z"]), ("c", ["w", "y", "z"]), ("d", ["v"])):
        index.add(name, tags)
    return [index.common(), index.common(1), index.common(0), index.common(9)]
