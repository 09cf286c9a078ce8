"""Messages as bytes, for what encrypts them."""

from __future__ import annotations

import attrs
from returns.result import Result

from pointsman.adapters.codec import decode_message, encode_message
from pointsman.core.chat.message import Message
from pointsman.services.conversations.encrypted_store import MessageCodec


@attrs.frozen
class _Codec:
    def write(self, message: Message) -> bytes:
        """JSON."""
        return encode_message(message)

    def read(self, data: bytes) -> Result[Message, str]:
        """From JSON."""
        return decode_message(data)


def message_codec() -> MessageCodec:
    """Messages as JSON."""
    return _Codec()
