"""Checks of the tree."""

from word_tree import Node, PrefixTree

WORDS = ("to", "tea", "ted", "ten", "i", "in", "inn", "tea", "ten", "ten")


def check_counts() -> object:
    tree = PrefixTree(WORDS)
    return [tree.count(word) for word in ("", "t", "te", "ten", "tea", "tend", "x", "inn", "i")]


def check_times() -> object:
    tree = PrefixTree(["a"])
    tree.add("a", 4)
    tree.add("b", 0)
    return [tree.count("a"), tree.complete(""), tree.longest("b")]


def check_complete() -> object:
    tree = PrefixTree(WORDS)
    return [tree.complete(start, 9) for start in ("", "t", "te", "in", "inn", "inns", "z")]


def check_limit() -> object:
    tree = PrefixTree(WORDS)
    return [tree.complete("", limit) for limit in (0, 1, 4)] + [tree.complete("")]


def check_longest() -> object:
    tree = PrefixTree(WORDS)
    return [tree.longest(text) for text in ("", "t", "te", "teapot", "inner", "it", "xin", "to", "tent")]


def check_empty_word() -> object:
    found = []
    for word in ("", " "):
        try:
            PrefixTree().add(word)
            found.append("added")
        except ValueError:
            found.append("ValueError")
    return found


def check_every_tree_is_new() -> object:
    root = Node()
    one, other = PrefixTree(["a"]), PrefixTree(["b"])
    PrefixTree(["c"], root)
    return [one.complete(""), other.complete(""), sorted(root.following), PrefixTree().complete("")]
