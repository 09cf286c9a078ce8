from edit_distance import distance, suggest, within


def test_distances() -> None:
    assert distance("kitten", "sitting") == 3
    assert within("flaw", "lawn", 2)
    assert not within("flaw", "lawn", 1)


def test_suggestions() -> None:
    assert suggest("comit", ["commit", "checkout", "comet"]) == ["comet", "commit"]
