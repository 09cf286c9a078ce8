"""Webhooks: what is wrong with one is told, and signatures are those of standardwebhooks.com."""

from __future__ import annotations

import attrs
import pytest

from pointsman.core.security.secret import Secret
from pointsman.core.webhook import Webhook, signature, webhook_problems

GOOD = Webhook(name="a", url="https://example.org/hook", events=("retry",), secret=Secret("0123456789abcdef"))
KNOWN = frozenset(("retry", "fallback"))


def test_a_signature_is_that_of_the_specification() -> None:
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    assert signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_secret_of_any_form_signs() -> None:
    assert signature(Secret("plain words as a secret"), "1", 2, b"x") != signature(Secret("others"), "1", 2, b"x")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, ()),
        ({"url": "example.org"}, ("its url is not an address such as https://example.org/hook",)),
        (
            {"url": "http://example.org"},
            ("its url is not https; to one of this machine or a private network it may go with allow_private = true",),
        ),
        ({"url": "http://localhost:1", "allow_private": True}, ()),
        ({"url": "https://u:p@example.org"}, ("its url holds a user name or password; leave that out",)),
        ({"events": ()}, ("it has no events; there are fallback, retry",)),
        ({"events": ("nonsense",)}, ("there is no event 'nonsense'; there are fallback, retry",)),
        ({"secret": Secret("short")}, ("its secret has fewer than 16 characters",)),
        ({"url": "https://[oops/"}, ("its url is not an address such as https://example.org/hook",)),
        ({"url": "https://example.org:99999/"}, ("its url is not an address such as https://example.org/hook",)),
        (
            {"secret": Secret("whsec_abcdefghijklmnopq")},
            ("its secret begins with whsec_, and what follows is not base64; leave that out, or copy all of it",),
        ),
    ],
)
def test_everything_that_is_wrong_is_told(changes: dict[str, object], problem: tuple[str, ...]) -> None:
    assert webhook_problems(attrs.evolve(GOOD, **changes), KNOWN) == problem  # type: ignore[arg-type]
