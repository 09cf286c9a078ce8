"""Checks of pages."""

from page_links import Paging, link


def check_last() -> object:
    return [Paging(total, 3).last for total in (0, 1, 2, 3, 4, 6, 7)] + [Paging(100).last, Paging(101).last]


def check_clamp() -> object:
    return [Paging(7, 3).clamp(page) for page in (-1, 0, 1, 2, 3, 4, 9)] + [Paging(0).clamp(2)]


def check_span() -> object:
    return [Paging(7, 3).span(page) for page in (0, 1, 2, 3, 4)] + [Paging(0, 3).span(1), Paging(6, 3).span(2)]


def check_items() -> object:
    return [Paging(7, 3).items(page, "abcdefg") for page in (-1, 1, 2, 3, 9)] + [Paging(0, 3).items(1, "")]


def check_numbers() -> object:
    return [Paging(10, 1).numbers(page) for page in range(1, 11)]


def check_few_pages() -> object:
    return [Paging(total, 1).numbers(page) for total, page in ((0, 1), (1, 1), (2, 2), (3, 1), (4, 1), (5, 1), (5, 5))]


def check_around() -> object:
    return [Paging(20, 1).numbers(10, around) for around in (0, 1, 2, 7, 8, 30)]


def check_links() -> object:
    address = "https://h:8/p%20a/?b=2&page=7&a=x+y&c=&page=8#top"
    return [link(address, 1), link(address, 2), link("/list", 3), link("/list?page=2", 0), link("?q=%C3%BC", 5)]
