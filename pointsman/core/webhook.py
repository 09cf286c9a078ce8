"""Webhooks as data, and how what they send is signed. Pure. The form is that of standardwebhooks.com."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

import attrs

from pointsman.core.records.values import FieldInfo
from pointsman.core.security.secret import Secret


@attrs.frozen(kw_only=True)
class Webhook:
    """Where events are posted to."""

    name: str
    url: Annotated[str, FieldInfo(hidden=True)]
    """Where to; on a private network it needs `allow_private`."""
    events: tuple[str, ...]
    """Which events, by their names."""
    secret: Secret
    """What they are signed with."""
    retries: int = 4
    """How often an event that was not taken is sent again."""
    timeout: float = 10.0
    """Seconds that the receiver may take."""
    waiting: int = 1000
    """The most events that wait; those above are lost."""
    allow_private: bool = False
    """Whether it may be on this machine or its network."""


def webhook_problems(webhook: Webhook, known: frozenset[str]) -> tuple[str, ...]:
    """Everything that is wrong with `webhook`; `known` are the names of events."""
    return tuple(_problems(webhook, known))


def _problems(webhook: Webhook, known: frozenset[str]) -> Iterator[str]:
    yield from _url_problems(webhook)
    if not webhook.events:
        yield f"it has no events; there are {', '.join(sorted(known))}"
    for name in webhook.events:
        if name not in known:
            yield f"there is no event {name!r}; there are {', '.join(sorted(known))}"
    if len(webhook.secret.reveal()) < _SHORTEST:
        yield f"its secret has fewer than {_SHORTEST} characters"
    elif _key_of(webhook.secret) is None:
        yield f"its secret begins with {_ENCODED}, and what follows is not base64; leave that out, or copy all of it"


def _url_problems(webhook: Webhook) -> Iterator[str]:
    try:
        parts = urlsplit(webhook.url)
        parts.port  # noqa: B018  # reading it raises where it is no number, or too large
    except ValueError:
        yield "its url is not an address such as https://example.org/hook"
        return
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield "its url is not an address such as https://example.org/hook"
    elif parts.scheme == "http" and not webhook.allow_private:
        yield "its url is not https; to one of this machine or a private network it may go with allow_private = true"
    if parts.username or parts.password:
        yield "its url holds a user name or password; leave that out"


_SHORTEST = 16
_ENCODED = "whsec_"
"""Begins a secret that is base64: standardwebhooks.com, "Signature scheme"."""


def _key_of(secret: Secret) -> bytes | None:
    """What is signed with; None where there is no reading it."""
    text = secret.reveal()
    try:
        if text.startswith(_ENCODED):
            return base64.b64decode(text.removeprefix(_ENCODED), validate=True)
        return text.encode()
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None


def signature(secret: Secret, id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; a `whsec_` secret is base64 itself."""
    key = _key_of(secret) or secret.reveal().encode("utf-8", "replace")  # settings refuse one that cannot be read
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
