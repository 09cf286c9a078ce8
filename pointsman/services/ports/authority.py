"""Port: who may do what, as it stands now in every process."""

from __future__ import annotations

from typing import Protocol

from returns.result import Result

from pointsman.core.error import LLMError
from pointsman.core.security.rights import Rights
from pointsman.core.security.virtual_key import KeyScope


class Authority(Protocol):
    """Is asked at every door, and again while a door is held open.

    What another process changes is known here after `follow` has looked again, at the latest after 2 s.
    """

    async def of_key(self, text: str) -> Result[Rights, LLMError]:
        """What the key `text` opens now; `AuthenticationFailed` where it is wrong, disabled or has expired."""
        ...

    async def of_session(self, cookie: str) -> Result[Rights, LLMError]:
        """What who signed in by `cookie` may do; `NOBODY` where the session is over. To ask keeps it open."""
        ...

    async def renew(self, rights: Rights, scope: KeyScope) -> Result[Rights, LLMError]:
        """`rights` as they stand now, or why they no longer allow what needs `scope`. To ask keeps nothing open."""
        ...

    async def count(self, rights: Rights) -> Result[None, LLMError]:
        """Count a call; `RateLimitExceeded` where there were too many in the last minute. Nothing is counted then."""
        ...

    async def has_keys(self) -> Result[bool, LLMError]:
        """Whether any key was given out. Where that cannot be known, nobody may be let in without one."""
        ...

    def forget(self) -> None:
        """Look everything up again: something was changed here."""
        ...

    async def follow(self) -> None:
        """Take up what other processes change, until cancelled."""
        ...
