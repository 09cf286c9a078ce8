"""Which headers of a provider's answer go back to a client of the gateway: the vendor's own. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pointsman.adapters.http1.exchange import Header
from pointsman.core.chat.original import Pairs
from pointsman.core.security.secret import Secret, redact

_NOT_THEIRS = frozenset(
    (
        # of one connection: RFC 9110 §7.6.1
        *(b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
        *(b"proxy-authenticate", b"proxy-authorization", b"www-authenticate"),
        # of the body as it was sent, which we send anew
        *(b"content-type", b"content-length", b"content-encoding", b"content-range", b"etag", b"last-modified"),
        # of the server and of the way to it
        *(b"server", b"date", b"via", b"age", b"alt-svc", b"nel", b"report-to", b"reporting-endpoints", b"vary"),
        *(b"strict-transport-security", b"x-content-type-options", b"x-frame-options", b"x-xss-protection"),
        *(b"content-security-policy", b"referrer-policy", b"permissions-policy", b"cache-control", b"expires"),
        *(b"set-cookie", b"set-cookie2", b"location", b"server-timing", b"pragma", b"accept-ranges", b"x-powered-by"),
        # orders to a browser, or to a proxy before the gateway
        *(b"refresh", b"clear-site-data", b"content-disposition", b"content-location", b"link", b"sourcemap"),
        *(b"service-worker-allowed", b"x-sendfile", b"x-reproxy-url", b"surrogate-control", b"timing-allow-origin"),
        # the operator's account, which is none of the client's business
        *(b"openai-organization", b"openai-project", b"anthropic-organization-id"),
    )
)
_NOT_THEIRS_BEGIN = (b"access-control-", b"cross-origin-", b"cf-", b"x-pointsman-", b"sec-", b"x-accel-")
_MAX_HEADERS, _MAX_VALUE, _MAX_ALL = 100, 4000, 16_000
"""Clients refuse an answer whose headers are larger than some ten thousand bytes."""


def vendor_headers(headers: Iterable[Header], secrets: tuple[Secret, ...]) -> Pairs:
    """Rate limits, request ids and whatever else a vendor says, with lower-case names and without our secrets."""
    kept: list[tuple[str, str]] = []
    given = [(name.lower(), value) for name, value in headers]
    of_connection = _connection_headers(given)
    size = 0
    for name, raw_value in given:
        if name in _NOT_THEIRS or name.startswith(_NOT_THEIRS_BEGIN) or name in of_connection:
            continue
        size += len(name) + len(raw_value)
        if len(raw_value) > _MAX_VALUE or size > _MAX_ALL or len(kept) >= _MAX_HEADERS:
            continue
        kept.append((name.decode("latin-1"), redact(raw_value.decode("latin-1"), secrets)))
    return tuple(kept)


def _connection_headers(headers: list[Header]) -> set[bytes]:
    """The headers that `Connection` names: they are of one connection, too (RFC 9110 §7.6.1)."""
    named = b",".join(value for name, value in headers if name == b"connection")
    return {name.strip().lower() for name in named.split(b",")} if named else set()
