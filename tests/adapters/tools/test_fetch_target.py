"""Reading URLs, and the list of hosts that may be asked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Success

from pointsman.adapters.tools.fetch_target import allowed_hosts_of, follow_redirect, target_of
from pointsman.core.models.addresses import host_of


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://example.org", "https://example.org/"),
        (" HTTPS://EXAMPLE.org:443/A?b#c ", "https://example.org/A?b"),
        ("http://example.org:443/", "http://example.org:443/"),
        ("http://example.org.:/", "http://example.org/"),
        ("http://bücher.example/ü?ß=é%20x", "http://xn--bcher-kva.example/%C3%BC?%C3%9F=%C3%A9%20x"),
        ('http://example.org/a b\\c"<>', "http://example.org/a%20b%5Cc%22%3C%3E"),
        ("http://example.org?q", "http://example.org/?q"),
        ("http://[2606:4700::1111]:80/x", "http://[2606:4700::1111]/x"),
        ("https://[2606:4700::1111]:80/x", "https://[2606:4700::1111]:80/x"),
        ("http://0x08.8.8.8/", "http://8.8.8.8/"),
    ],
)
def test_a_url_is_asked_for_in_one_form(url: str, asked: str) -> None:
    assert target_of(url).map(lambda target: target.url) == Success(asked)


@settings(deadline=None)
@given(st.one_of(st.text(), st.text(st.characters()).map("http://".__add__), st.from_regex(r"https?://[^/]*/.*")))
def test_no_url_makes_it_fail_and_what_is_asked_for_fits_in_a_request_line(url: str) -> None:
    read = target_of(url)
    if isinstance(read, Success):
        target = read.unwrap()
        assert all("!" <= letter <= "~" for letter in target.path + target.authority)
        assert host_of(target.host) == target.host
        assert target.path.startswith("/")
        assert target_of(target.url) == read


@settings(deadline=None)
@given(st.text())
def test_no_redirect_makes_it_fail_or_leaves_tls(location: str) -> None:
    begun = target_of("https://example.org/a/b?c").unwrap()
    assert follow_redirect(begun, location).map(lambda target: target.scheme).value_or("https") == "https"


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("example.org", "http://example.org/"),
        ("example.org", "https://EXAMPLE.org./"),
        ("EXAMPLE.org.", "https://example.org/"),
        ("bücher.example", "https://xn--bcher-kva.example/"),
        ("*.example.org", "https://a.example.org/"),
        ("*.example.org", "https://b.a.example.org/"),
        ("example.org:8080", "http://example.org:8080/"),
        ("*.example.org:8080", "http://a.example.org:8080/"),
        ("127.0.0.1:8080", "http://2130706433:8080/"),
        ("[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080/"),
        ("[::1]", "http://[::1]/"),
        ("example.org:443", "https://example.org/"),
    ],
)
def test_what_an_entry_allows(entry: str, url: str) -> None:
    assert allowed_hosts_of(["nothing.example", entry]).problem(target_of(url).unwrap()) is None


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("example.org", "http://a.example.org/"),
        ("example.org", "http://example.org.evil.example/"),
        ("example.org", "http://notexample.org/"),
        ("example.org", "http://example.org:8080/"),
        ("example.org:8080", "http://example.org/"),
        ("example.org:8080", "http://example.org:8081/"),
        ("example.org:443", "http://example.org/"),
        ("*.example.org", "http://example.org/"),
        ("*.example.org", "http://evilexample.org/"),
        ("*.example.org", "http://a.example.org:8080/"),
        ("*.0.0.1", "http://127.0.0.1/"),
        ("*.1", "http://127.0.0.1/"),
        ("*.org", "http://org/"),
        ("*", "http://example.org/"),
        ("*.", "http://example.org/"),
        ("", "http://example.org/"),
        ("https://example.org", "http://example.org/"),
        ("example.org/", "http://example.org/"),
        ("ex*mple.org", "http://example.org/"),
        ("example.org:", "http://example.org/"),
        (".example.org", "http://a.example.org/"),
    ],
)
def test_what_an_entry_does_not_allow(entry: str, url: str) -> None:
    problem = allowed_hosts_of([entry]).problem(target_of(url).unwrap())
    assert problem is not None
    assert problem.endswith(f"may not be fetched from; allowed are only: {entry}.")


def test_without_entries_every_host_is_allowed_on_the_two_ports() -> None:
    assert allowed_hosts_of([]).problem(target_of("http://example.org:443/").unwrap()) is None
    for port in (22, 25, 6379, 8080, 0):
        assert allowed_hosts_of([]).problem(target_of(f"http://example.org:{port}/").unwrap()) is not None
