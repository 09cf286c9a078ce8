"""One HTTP request as the simulator's logic sees it: whole, read, and without a socket."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from urllib.parse import parse_qsl, urlsplit

import attrs

from pointsman.core.security.secret import Secret


@attrs.frozen
class ReceivedRequest:
    """A request: `target` as it stood in the request line, `headers` lower-case, the whole `body`."""

    method: str
    target: str
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path if "://" in self.target else self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query, the last of equal names."""
        return dict(parse_qsl(self.target.partition("?")[2]))


def has_key(call: ReceivedRequest, key: Secret) -> bool:
    """Whether the request brings `key` in one of the places where a vendor's SDK puts it."""
    bearer = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
    named = (call.headers.get(name, "") for name in ("x-api-key", "x-goog-api-key", "api-key"))
    given = (bearer, *named, call.query.get("key", ""))
    return any(compare_digest(text.encode("utf-8", "replace"), key.reveal().encode()) for text in given)
