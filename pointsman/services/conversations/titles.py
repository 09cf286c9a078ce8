"""Titles of conversations, written by a model when somebody asks for one. It keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence

from returns.result import Failure, Result, Success

from pointsman.core.chat.message import system, user
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.verdict import judge
from pointsman.core.conversations.conversation import Entry, title_of, without_refused
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, InvalidResponse, LLMError
from pointsman.services.ports.client import ChatClient

INSTRUCTIONS = (
    "Give the conversation a title of two to six words, in its own language. Write the title only, without quotes."
)
_MOST_CHARACTERS = 4_000
"""So much of the beginning says what a conversation is about."""
_MOST_TOKENS = 400
"""Room for a title, and for the thoughts of models that think first."""
_AROUND = " \t*_#\"'“”„«»`."


async def write_title(client: ChatClient, entries: Sequence[Entry], request: ChatRequest) -> Result[str, LLMError]:
    """A title of `entries` by the model of `request`, with its options; a call like any other, so it costs."""
    said = [(one.message.role, one.message.text) for one in without_refused(entries) if one.message.text]
    if not said:
        return Failure(InvalidRequest(detail="there is nothing in the conversation to make a title of", local=True))
    text = "\n".join(f"{role}: {words}" for role, words in said)[:_MOST_CHARACTERS]
    asked = ChatRequest(
        request.model,
        (system(INSTRUCTIONS), user(f"Conversation:\n{text}")),
        max_tokens=_MOST_TOKENS,
        options=request.options,
    )
    answer = await settle(client.chat(asked))
    if isinstance(answer, Failure):
        return Failure(answer.failure())
    response = answer.unwrap()
    title = title_of(response.text).strip(_AROUND)
    if title and judge(response).is_read:
        return Success(title)
    detail = "it wrote no title; ask another model, or rename the conversation by hand"
    return Failure(InvalidResponse(detail=detail, provider=response.provider, model=response.model))
