"""Keys that the gateway gives out: what they open, until when, how much. Pure; only their digests are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from decimal import Decimal
from typing import Literal, TypeAlias, get_args

import attrs

from pointsman.core.models.model import opens_model
from pointsman.core.money.amount import within_bounds
from pointsman.core.money.budget import Budget, Period

KeyScope: TypeAlias = Literal["chat", "read", "observe", "admin"]
SCOPES: tuple[KeyScope, ...] = ("chat", "read", "observe", "admin")
PREFIX = "pm-"
Role: TypeAlias = Literal["admin", "member", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)
"""What a user may be, see `pointsman.core.security.user`; the first may the most."""


@attrs.frozen(kw_only=True)
class VirtualKey:
    """A key to the server.

    `scopes`: `chat` asks models, `read` sees the key's own usage and conversations, `observe` sees the figures of the
    whole house and nothing that was said, `admin` changes the house, and makes the other scopes see everybody's.
    `models` are patterns such as `openai/*` or `auto`; none means all. At most `usd` dollars in a `period`,
    `requests_per_minute`, until `expires` (Unix seconds). `digest` is the SHA-256 of the key, `prefix` the beginning by
    which a person knows it.
    """

    id: str
    name: str
    prefix: str
    digest: bytes = attrs.field(repr=False)
    created: float
    scopes: tuple[KeyScope, ...] = ("chat",)
    models: tuple[str, ...] = ()
    usd: Decimal | None = attrs.field(default=None, converter=attrs.converters.optional(within_bounds))
    period: Period = "month"
    requests_per_minute: int | None = None
    expires: float | None = None
    enabled: bool = True
    last_used: float | None = None
    owner: str = ""
    """The id of the user whose it is, and in whose name it asks; empty: of the house."""

    @property
    def tenant(self) -> str:
        """Whom its calls are counted for, and whose cache and memories they see."""
        return f"user:{self.owner}" if self.owner else f"key:{self.id}"

    @property
    def budget(self) -> Budget | None:
        """Its budget, as those of the settings."""
        if self.usd is None:
            return None
        name = f"key-{self.id}"  # it rides with the calls of this key and no others
        if self.owner:
            return Budget(name=name, usd=self.usd, period=self.period)
        return Budget(name=name, usd=self.usd, period=self.period, scope="tenant", only=self.tenant)

    def valid_at(self, now: float) -> bool:
        """Whether it still opens anything."""
        return self.enabled and (self.expires is None or now < self.expires)

    def allows_model(self, ref: str) -> bool:
        """Whether `ref` (`provider/model`, as it is asked in the end) may be asked."""
        return opens_model(self.models, ref)


def covers(scopes: Collection[KeyScope], scope: KeyScope) -> bool:
    """Whether who has `scopes` may do what needs `scope`: who may change the house may look at its figures."""
    return scope in scopes or (scope == "observe" and "admin" in scopes)


def digest_of(key: str) -> bytes:
    """What is kept of a key. It has 256 random bits, so that no slow hash is needed."""
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()
