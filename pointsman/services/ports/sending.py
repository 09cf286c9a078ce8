"""Whether the request of a try has gone out: the driver tells it, and whoever books the try asks. It knows no HTTP.

A try that is cancelled has no error that could say it. Who makes no use of this, such as a scripted client, is taken
to have sent what it was asked.
"""

from __future__ import annotations

from contextvars import ContextVar

import attrs

from pointsman.services.streams.unread_rest import UnreadRest


@attrs.define(eq=False)
class Sending:
    """The requests of one try."""

    is_followed: bool = False
    """Whether the driver tells when a request goes out."""
    has_begun: bool = False
    wants_rest: bool = False
    """Whether whoever books the try will read, or close, a whole answer whose caller is cancelled while it comes."""
    rest: UnreadRest | None = None
    """That, once the caller was."""

    @property
    def went_out(self) -> bool:
        """Whether a request may have reached the provider."""
        return self.has_begun or not self.is_followed

    def begin(self) -> None:
        """The first byte of a request is about to be written."""
        self.has_begun = True


_CURRENT: ContextVar[Sending | None] = ContextVar("pointsman.sending", default=None)


def follow_sending() -> Sending:
    """What the driver will tell of the try that this task now makes."""
    sending = Sending()
    _CURRENT.set(sending)
    return sending


def current_sending() -> Sending | None:
    """The try that is being followed here, asked by the driver before it sends anything."""
    sending = _CURRENT.get()
    if sending is not None:
        sending.is_followed = True
    return sending
