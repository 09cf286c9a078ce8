from word_tree import PrefixTree


def test_words_are_completed() -> None:
    tree = PrefixTree(["car", "cart", "care", "dog", "cart"])
    assert tree.complete("car") == ["cart", "car", "care"]
    assert tree.count("cart") == 2


def test_the_longest_start() -> None:
    assert PrefixTree(["in", "input"]).longest("inputs") == "input"
