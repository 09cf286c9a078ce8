"""Who may sign in to the page, and who is signed in, as it is kept: never a password, never a cookie. Pure."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

import attrs

from pointsman.core.money.amount import within_bounds
from pointsman.core.money.budget import Budget, Period
from pointsman.core.security.audit import FieldChange
from pointsman.core.security.virtual_key import ROLES as ROLES
from pointsman.core.security.virtual_key import SCOPES, KeyScope
from pointsman.core.security.virtual_key import Role as Role

SCOPES_OF: Mapping[Role, tuple[KeyScope, ...]] = {
    "admin": SCOPES,
    "member": ("chat", "read"),
    "viewer": ("read", "observe"),
}
"""An admin changes everything; a member asks models, and sees their own; a viewer looks at the figures of the house."""
LONGEST_NAME = 80


@attrs.frozen(kw_only=True)
class User:
    """Somebody who signs in as `name`, with conversations, memories, keys and a budget of their own.

    At most `usd` dollars in a `period`, on the page and by all their keys together. `password` is its hash; None where
    they sign in another way.
    """

    id: str
    name: str
    role: Role
    created: float
    password: str | None = attrs.field(default=None, repr=False)
    usd: Decimal | None = attrs.field(default=None, converter=attrs.converters.optional(within_bounds))
    period: Period = "month"
    enabled: bool = True
    issuer: str = ""
    """The provider of identities by which they sign in; empty: none."""

    @property
    def tenant(self) -> str:
        """Whom their calls are counted for, and whose conversations and memories they see."""
        return f"user:{self.id}"

    @property
    def scopes(self) -> tuple[KeyScope, ...]:
        """What they may do."""
        return SCOPES_OF[self.role] if self.enabled else ()

    @property
    def budget(self) -> Budget | None:
        """Their budget, as those of the settings."""
        if self.usd is None:
            return None
        return Budget(name=f"user-{self.id}", usd=self.usd, period=self.period, scope="tenant", only=self.tenant)


@attrs.frozen(kw_only=True)
class Invitation:
    """Who has the link may become a user, once, until `expires` (Unix seconds). Kept is the digest of its word."""

    digest: bytes = attrs.field(repr=False)
    role: Role
    expires: float


def name_problem(name: str) -> str | None:
    """What is wrong with the name of a user."""
    if not name.strip() or name != name.strip() or not name.isprintable():
        return "name: it is empty, or has spaces around it"
    if len(name) > LONGEST_NAME:
        return f"name: it is longer than {LONGEST_NAME} characters"
    if unicodedata.normalize("NFKC", name) != name:
        return "name: it has letters that look like others, such as wide ones; write it plainly"
    if fold_name(name) == "admin":
        return "name: that is the owner's"
    is_reserved = fold_name(name) in _RESERVED or fold_name(name).startswith(RESERVED_PREFIXES)
    return "name: that stands for something else in the trail of changes" if is_reserved else None


_RESERVED = frozenset({"anonymous", "cli", "erased"})
RESERVED_PREFIXES = ("key:", "user:")
"""How the names of keys begin, and of whose they are: in the trail, and as tags. Nobody may call themselves so."""


def fold_name(name: str) -> str:
    """By which two names are the same."""
    return name.strip().casefold()


_TOLD = ("name", "role", "usd", "period", "enabled")


def user_changes(old: User, new: User) -> tuple[FieldChange, ...]:
    """What differs between two states of a user, but for the password."""
    pairs = [(name, getattr(old, name), getattr(new, name)) for name in _TOLD]
    return tuple(
        FieldChange("budget" if name == "usd" else name, _text_of(before), _text_of(after))
        for name, before, after in pairs
        if before != after
    )


def _text_of(value: object) -> str | None:
    return None if value is None else str(value)


OWNER = "admin"
"""Who signs in by the page's password, or by the link that `pointsman serve` prints."""
IDLE_SECONDS = 12 * 3600.0
"""Silence after which a session is over."""
LONGEST_SECONDS = 30 * 86400.0
"""After so long it is over, however busy it was."""


@attrs.frozen(kw_only=True)
class Session:
    """Somebody signed in as `user`. `digest` is the SHA-256 of the cookie; `began` and `seen` are Unix seconds."""

    digest: bytes = attrs.field(repr=False)
    user: str
    began: float
    seen: float

    def valid_at(self, now: float) -> bool:
        """Whether it still lasts."""
        return now - self.seen <= IDLE_SECONDS and now - self.began <= LONGEST_SECONDS


def csrf_of(cookie: str) -> str:
    """The word that has to come with every change made by `cookie`.

    It is made of the cookie, which no page can read, so that every process knows it and nobody keeps it.
    """
    made = hashlib.blake2b(cookie.encode("utf-8", "replace"), digest_size=24, person=b"pointsman-csrf")
    return base64.urlsafe_b64encode(made.digest()).decode()
