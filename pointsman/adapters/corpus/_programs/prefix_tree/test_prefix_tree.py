from prefix_tree import PrefixTree


def test_words_are_counted() -> None:
    tree = PrefixTree(["tea", "ten", "tea"])
    assert tree.count("tea") == 2
    assert tree.count("te") == 0
    assert len(tree) == 3


def test_words_by_beginning() -> None:
    tree = PrefixTree(["to", "tea", "ten", "inn", "tent"])
    assert list(tree.beginning_with("te")) == ["tea", "ten", "tent"]
