"""Has a model that sees write down what stands in a document's pictures: scanned pages, and what photos show."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import user
from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.chat.part import Image
from pointsman.core.chat.request import ChatRequest
from pointsman.core.documents.document import Document, Passage
from pointsman.core.effect import effect, settle
from pointsman.core.error import ChatError
from pointsman.services.ports.client import ChatClient
from pointsman.services.programs.many import traverse

_PAGE = "Write down all text on this page, word for word and in its order, and nothing else. Say [no text] for none."
_PHOTO = "Describe this picture in a few sentences, and write down any text in it word for word."
_AT_ONCE = 4


async def describe_pictures(
    client: ChatClient, document: Document, model: str = "", options: CallOptions = PLAIN
) -> Result[Document, ChatError]:
    """`document` with a text for each of its pictures, by `model`; what a scanned page says becomes the page's text."""

    @effect
    async def describe(passage: Passage) -> Result[Passage, ChatError]:
        if passage.picture is None:
            return Success(passage)
        words = _PHOTO if passage.page is None else _PAGE
        request = ChatRequest(model, (user(Image(passage.picture), words),), options=options)
        answer = await settle(client.chat(request))
        return answer.map(lambda response: attrs.evolve(passage, text=_join(passage.text, response.text)))

    described = await settle(traverse(describe, limit=_AT_ONCE)(document.passages))
    if isinstance(described, Failure):
        return Failure(described.failure())
    return Success(attrs.evolve(document, passages=described.unwrap()))


def _join(fact: str, said: str) -> str:
    return f"{fact}\n{said.strip()}" if fact else said.strip()
