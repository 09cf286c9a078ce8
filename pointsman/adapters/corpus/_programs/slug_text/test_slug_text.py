from slug_text import slug, slugs


def test_a_title() -> None:
    assert slug("  Crème brûlée & coffee ") == "creme-brulee-and-coffee"


def test_equal_titles() -> None:
    assert slugs(["News", "news!", "Old news"]) == ["news", "news-2", "old-news"]
