"""Whether what reached a vendor is what its own client sent, and what the client got is what the vendor answered."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.peers.chain import Chain
from tests.peers.recorder import Exchange

VENDOR_HEADERS = ("anthropic-beta", "anthropic-version", "openai-beta")
"""The headers that say in which form a request is to be read; the others tell of the client, or of its account."""
VENDOR_PATHS = {
    "openai": ("/v1/chat/completions", "/v1/embeddings"),
    "openai-responses": ("/v1/responses", "/v1/embeddings"),
    "anthropic": ("/v1/messages",),
    "gemini": ("/v1beta/models/",),
    "ollama": ("/api/chat", "/api/embed", "/api/show"),
}


def differences(chain: Chain) -> list[str]:
    """All in which a client's exchanges differ from the upstream's, in words. Empty between equals."""
    sent, arrived = _questions(chain.front.posts()), _questions(chain.upstream.posts())
    if len(sent) != len(arrived):
        return [f"{len(sent)} requests were sent and {len(arrived)} arrived: {_paths(sent)}, {_paths(arrived)}"]
    pairs = enumerate(zip(sent, arrived, strict=True))
    return [f"request {number} ({one.path}): {each}" for number, (one, two) in pairs for each in _of_pair(one, two)]


def _questions(exchanges: list[Exchange]) -> list[Exchange]:
    """Those that a model answers; what is known of a model the gateway may tell by itself."""
    return [exchange for exchange in exchanges if not exchange.path.startswith("/api/show")]


def wrong_places(chain: Chain, vendor: str) -> list[str]:
    """The paths that were asked upstream and are not that vendor's."""
    return [each.path for each in chain.upstream.posts() if not each.path.startswith(VENDOR_PATHS[vendor])]


def names_within(value: Any) -> set[str]:
    """The names of all members in `value`, at every level."""
    if isinstance(value, list):
        return {name for each in value for name in names_within(each)}
    return {*value, *(n for each in value.values() for n in names_within(each))} if isinstance(value, dict) else set()


def _of_pair(sent: Exchange, arrived: Exchange) -> list[str]:
    return [
        *_of_bodies(sent.json, arrived.json),
        *_of_headers(sent, arrived),
        *([] if sent.query == arrived.query else [f"query {sent.query} became {arrived.query}"]),
        *_of_answers(sent, arrived),
    ]


def _of_bodies(sent: Any, arrived: Any) -> list[str]:
    """The model's name may differ, and the usage of a stream may be asked for where the client did not ask for it."""
    one, two = _without_model(sent), _without_model(arrived)
    if (
        one.get("stream") is True
        and "stream_options" not in one
        and two.get("stream_options") == {"include_usage": True}
    ):
        del two["stream_options"]
    same = json.dumps(one) == json.dumps(two)
    return [] if same else _of_values("body", one, two) or ["the order of members, which a cache of prompts goes by"]


def _without_model(body: dict[str, Any]) -> dict[str, Any]:
    """`body` without the model's name, which stands in each request of a batch, too."""
    rest = {name: value for name, value in body.items() if name != "model"}
    return {**rest, "requests": [_without_model(each) for each in rest["requests"]]} if "requests" in rest else rest


def _of_values(place: str, sent: Any, arrived: Any) -> list[str]:
    if isinstance(sent, dict) and isinstance(arrived, dict):
        lost = [f"{place}.{name} is lost: {_brief(sent[name])}" for name in sent if name not in arrived]
        new = [f"{place}.{name} is new: {_brief(arrived[name])}" for name in arrived if name not in sent]
        common = [name for name in sent if name in arrived]
        return [*lost, *new, *(d for name in common for d in _of_values(f"{place}.{name}", sent[name], arrived[name]))]
    if isinstance(sent, list) and isinstance(arrived, list) and len(sent) == len(arrived):
        pairs = enumerate(zip(sent, arrived, strict=True))
        return [each for number, (one, two) in pairs for each in _of_values(f"{place}[{number}]", one, two)]
    same = sent == arrived and type(sent) is type(arrived)
    return [] if same else [f"{place}: {_brief(sent)} became {_brief(arrived)}"]


def _of_headers(sent: Exchange, arrived: Exchange) -> list[str]:
    return [
        f"header {name}: {value!r} became {arrived.headers.get(name)!r}"
        for name, value in sent.headers.items()
        if name in VENDOR_HEADERS and arrived.headers.get(name) != value
    ]


def _of_answers(sent: Exchange, arrived: Exchange) -> list[str]:
    status = [] if sent.status == arrived.status else [f"status {arrived.status} became {sent.status}"]
    one, two = bytes(arrived.response), bytes(sent.response)
    if "stream_options" in arrived.json and "stream_options" not in sent.json:
        one = b"".join(frame for frame in re.split(b"(?<=\n\n)", one) if b'"choices":[]' not in frame)
    return [*status, *([] if one == two else [_first_difference(one, two)])]


def _first_difference(one: bytes, two: bytes) -> str:
    place = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    start = max(0, place - 60)
    return f"answer differs at byte {place}: {one[start : place + 100]!r} became {two[start : place + 100]!r}"


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:140]} … {text[-40:]} ({len(text)} characters)"


def _paths(exchanges: list[Exchange]) -> list[str]:
    return [unquote(urlsplit(exchange.path).path) for exchange in exchanges]
