"""Links under a list in pages: which numbers are shown, where gaps are, what stands on a page.

Topics: pagination, web
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

GAP = 0


@dataclass(frozen=True)
class Paging:
    """A list of `total` items, `size` of them on a page; pages begin with 1."""

    total: int
    size: int = 10

    @property
    def last(self) -> int:
        """The number of the last page; an empty list has one page."""
        return max(1, -(-self.total // self.size))

    def clamp(self, page: int) -> int:
        """The nearest page that there is."""
        return min(max(page, 1), self.last)

    def span(self, page: int) -> tuple[int, int]:
        """First and last item on the page, counted from 1; (0, 0) for an empty list."""
        if not self.total:
            return 0, 0
        page = self.clamp(page)
        return (page - 1) * self.size + 1, min(page * self.size, self.total)

    def items(self, page: int, everything: Sequence[str]) -> list[str]:
        """What stands on the page."""
        first, last = self.span(page)
        return list(everything[max(first - 1, 0) : last])

    def numbers(self, page: int, around: int = 1) -> list[int]:
        """First, last, and those around the page; GAP where at least two are left out, a single one is shown."""
        page = self.clamp(page)
        shown = {1, self.last, *range(max(1, page - around), min(self.last, page + around) + 1)}
        out: list[int] = []
        for number in sorted(shown):
            if out and number - out[-1] == 2:
                out.append(number - 1)
            elif out and number - out[-1] > 2:
                out.append(GAP)
            out.append(number)
        return out


def link(address: str, page: int) -> str:
    """The address with that page in its query, other values as they were; the first page needs none."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "page"]
    if page > 1:
        query.append(("page", str(page)))
    return urlunsplit(parts._replace(query=urlencode(query)))
