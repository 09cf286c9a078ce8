"""What every middleware is: a client around another one, which it asks for whatever it has nothing to do with."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic

from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.services.ports.client import (
    CHAT,
    Answer,
    Calling,
    Client,
    Error_co,
    Opening,
    Operation,
    Query,
    StreamRequest,
    calling_as,
)


class ChatMiddleware(Client[Error_co], Generic[Error_co]):
    """A client that does something about chats, and leaves all else to `inner`."""

    __slots__ = ()

    inner: Client[Error_co]
    """The client below."""

    def call(self, operation: Operation[Query, Answer], request: Query) -> Calling[Answer, Error_co]:
        """A chat by `call_chat`, anything else by `inner`."""
        if operation.name == CHAT.name and isinstance(request, ChatRequest):
            return calling_as(operation, self.call_chat(request))
        return self.inner.call(operation, request)

    def open(self, request: StreamRequest) -> Opening:
        """A chat by `open_chat`, a completion by `inner`."""
        return self.open_chat(request) if isinstance(request, ChatRequest) else self.inner.open(request)

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()

    @abstractmethod
    def call_chat(self, request: ChatRequest) -> Calling[ChatResponse, Error_co]:
        """The whole answer."""
        ...

    @abstractmethod
    def open_chat(self, request: ChatRequest) -> Opening:
        """The answer as it is made."""
        ...
