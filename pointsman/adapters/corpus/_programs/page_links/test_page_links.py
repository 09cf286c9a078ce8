from page_links import Paging, link


def test_numbers_with_gaps() -> None:
    assert Paging(95).numbers(5) == [1, 0, 4, 5, 6, 0, 10]


def test_items_of_a_page() -> None:
    assert Paging(5, 2).items(3, "abcde") == ["e"]
    assert Paging(5, 2).span(2) == (3, 4)


def test_a_link() -> None:
    assert link("http://h/list?q=a&page=3", 4) == "http://h/list?q=a&page=4"
