"""Which headers of a provider reach a client of the gateway."""

from __future__ import annotations

from pointsman.adapters.client.vendor_headers import vendor_headers
from pointsman.core.security.secret import Secret

KEY = Secret("sk-upstream-0123456789")


def names(*headers: tuple[bytes, bytes]) -> list[str]:
    return [name for name, _ in vendor_headers(headers, (KEY,))]


def test_the_vendors_own_go_on_with_stars_for_the_key() -> None:
    headers = [(b"X-Request-Id", b"req_1"), (b"x-echo", b"Bearer sk-upstream-0123456789")]
    assert vendor_headers(headers, (KEY,)) == (("x-request-id", "req_1"), ("x-echo", "Bearer ***"))


def test_what_connection_names_is_of_one_connection() -> None:
    assert names((b"Connection", b"close, X-Hop"), (b"x-hop", b"1"), (b"x-new", b"1")) == ["x-new"]


def test_orders_to_a_browser_or_a_proxy_do_not_go_on() -> None:
    orders = (b"set-cookie", b"clear-site-data", b"refresh", b"x-accel-redirect", b"x-sendfile", b"link")
    assert names(*((order, b"1") for order in orders)) == []


def test_all_together_are_bounded_and_small_ones_still_go() -> None:
    large = [(b"x-large-%d" % number, b"a" * 3000) for number in range(40)]
    kept = vendor_headers([*large, (b"x-huge", b"a" * 5000)], ())
    assert 1 <= sum(len(name) + len(value) for name, value in kept) <= 16_000
