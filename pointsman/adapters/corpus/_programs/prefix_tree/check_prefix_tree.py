"""Checks of the tree."""

from prefix_tree import PrefixTree


def check_counts() -> object:
    tree = PrefixTree(["a", "ab", "a", "b", "abc"])
    return [tree.count(word) for word in ("a", "ab", "abc", "abcd", "b", "c", "")] + [len(tree)]


def check_order() -> object:
    tree = PrefixTree(["b", "aa", "a", "ba", "Z", "ab", "aa"])
    return [list(tree.beginning_with(prefix)) for prefix in ("", "a", "b", "aa", "x", "aaa", "Z")]


def check_empty_tree() -> object:
    tree = PrefixTree()
    return [len(tree), list(tree.beginning_with("")), list(tree.beginning_with("a")), tree.count("a")]


def check_empty_word() -> object:
    tree = PrefixTree()
    try:
        tree.add("")
    except ValueError as error:
        return [type(error).__name__, len(tree)]
    return "accepted"


def check_two_trees() -> object:
    first, second = PrefixTree(["x"]), PrefixTree()
    second.add("y")
    return [list(first.beginning_with("")), list(second.beginning_with("")), len(second)]


def check_words_are_given_one_by_one() -> object:
    tree = PrefixTree(word for word in ("c", "a", "b"))
    words = tree.beginning_with("")
    first = next(words)
    tree.add("bz")
    return [first, list(words), len(tree)]
