"""Addresses of proxies: what can be used, and what is said of what cannot, without a password in it."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from pointsman.adapters.net.proxy import Proxy, proxy_before


@pytest.mark.parametrize(
    "address",
    ["proxy.example:3128", "http://proxy.example:3128", "https://proxy.example", "http://user:p%40ss@[::1]:3128/"],
)
def test_what_can_be_used_has_no_problem(address: str) -> None:
    proxy = proxy_before("https://api.example", address, {})
    assert proxy is not None
    assert proxy.problem is None


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "http://[",
        "http://host:port",
        "http://host:99999",
        "htp://host:1",
        "ftp://user:sesame@host",
        "http://a b:1",
        "http://user:sesame@:3128",
        "http://hôst:1",
    ],
)
def test_what_is_no_address_is_told_with_its_place_and_without_a_password(address: str) -> None:
    proxy = proxy_before("https://api.example", None, {"https": address})
    assert proxy is not None
    assert proxy.problem == "HTTPS_PROXY: it is not an address such as http://proxy.example:3128"
    assert "sesame" not in repr(proxy)


@pytest.mark.parametrize("scheme", ["socks", "socks4", "socks4a"])
def test_an_old_kind_of_socks_is_told_by_its_name(scheme: str) -> None:
    proxy = proxy_before("https://api.example", None, {"all": f"{scheme}://127.0.0.1:1080/"})
    assert proxy is not None
    assert proxy.problem is not None
    assert proxy.problem.startswith(f"ALL_PROXY: a proxy of {scheme}:// cannot be used; name one of socks5://")


@pytest.mark.skipif(find_spec("socksio") is not None, reason="the extra is installed")
def test_socks_says_which_extra_it_needs() -> None:
    assert Proxy("socks5://127.0.0.1:1080", "ALL_PROXY").problem == (
        "ALL_PROXY: a SOCKS proxy needs the extra: pip install 'pointsman[socks]'; or name an HTTP proxy"
    )


@pytest.mark.skipif(find_spec("socksio") is None, reason="the extra is not installed")
def test_socks_can_be_used_with_the_extra() -> None:
    assert Proxy("socks5h://127.0.0.1:1080", "ALL_PROXY").problem is None
