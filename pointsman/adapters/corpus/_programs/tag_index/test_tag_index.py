from tag_index import TagIndex


def test_names_are_found_by_tag() -> None:
    index = TagIndex(ignored=["Draft"])
    assert index.add("letter", ["Post", "draft"]) == ["post"]
    index.add("parcel", ["post", "heavy"])
    assert index.names("POST") == ["letter", "parcel"]
    assert index.common(1) == [("post", 2)]


def test_a_name_without_tags() -> None:
    index = TagIndex()
    assert index.add("stone") == ["s"]
    assert index.names("s") == ["stone"]
