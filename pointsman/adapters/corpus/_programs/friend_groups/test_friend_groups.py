from friend_groups import Groups, connected_at


def test_groups_grow() -> None:
    groups: Groups[str] = Groups()
    assert groups.join("ann", "bob")
    assert groups.join("cid", "dan")
    assert not groups.together("ann", "dan")
    assert groups.join("bob", "cid")
    assert not groups.join("ann", "dan")
    assert groups.groups() == [["ann", "bob", "cid", "dan"]]


def test_when_all_are_connected() -> None:
    assert connected_at([(9, "a", "c"), (3, "a", "b")], "abc") == 9
