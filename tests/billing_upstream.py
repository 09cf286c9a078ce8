"""An upstream on loopback that ends its answers in every way there is, and keeps a bill of its own."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import attrs

from tests.loopback import QuietHandler, serve_on_loopback
from tests.patience import GUARD

ENDINGS = ("told", "told", "told", "silent", "free", "refused", "cut", "garbage", "hangs", "above")
UNBILLED = ("free", "refused", "denied")
LATER = "later"
"""An ending of its own: an answer that goes on once it may, whoever has left it."""
HALF = "half"
"""As `LATER`, but half of a whole answer has come by then."""
DENIED = "denied"
"""As `LATER`, but it is a refusal in the end, and not billed."""
ABOVE = 7
"""Tokens more than was allowed, in the usage of an answer that ends `above`."""


@attrs.define(eq=False)
class BillingUpstream:
    """What it was sent by each vendor's name, in tokens: `billed` of what was allowed, and `above` of what was not."""

    chance: random.Random
    endings: tuple[str, ...] = ENDINGS
    address: str = ""
    billed: dict[str, int] = attrs.field(factory=dict)
    above: int = 0
    begun: int = 0
    has_ended: threading.Event = attrs.field(factory=threading.Event)
    may_go_on: threading.Event = attrs.field(factory=threading.Event)
    _changed: threading.Condition = attrs.field(factory=threading.Condition)

    def begin(self, vendor: str, words: int, most: int) -> tuple[str, int, int]:
        """How this answer is to end, its tokens, and those that its usage will tell. It is billed at once."""
        with self._changed:
            ending, output = self.chance.choice(self.endings), self.chance.randint(0, most)
            if ending not in UNBILLED:
                self.billed[vendor] = self.billed.get(vendor, 0) + words + output
            more = most + ABOVE - output if ending == "above" else 0
            self.above += more
            self.begun += 1
            self._changed.notify_all()
        return ending, output, 0 if ending == "free" else output + more

    def wait_for(self, count: int) -> None:
        """Until so many answers have begun."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.begun >= count, GUARD)


@contextmanager
def billing_upstream(seed: int, endings: tuple[str, ...] = ENDINGS) -> Iterator[BillingUpstream]:
    """A running one; its vendors are the first parts of the paths that are asked."""
    upstream = BillingUpstream(random.Random(seed), endings)

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            body = self.read_json()
            words = len((body["prompt"] if "prompt" in body else body["messages"][-1]["content"]).split())
            most = body.get("max_completion_tokens") or body["max_tokens"]
            ending, output, told = upstream.begin(self.path.split("/")[1], words, most)
            usage = {"prompt_tokens": words, "completion_tokens": told, "total_tokens": words + told}
            if ending == "free":
                usage = dict.fromkeys(usage, 0)
            known = usage if ending in ("told", "free", "above", LATER, HALF) else None
            if ending == DENIED:
                upstream.may_go_on.wait(GUARD)
            if ending in ("refused", DENIED):
                self.write_json(429, {"error": {"message": "slow down"}})
            elif body.get("stream"):
                self.stream(ending, "some words " * output, known)
            else:
                self.give(ending, "some words " * output, known)

        def give(self, ending: str, text: str, usage: dict[str, int] | None) -> None:
            if ending == "hangs":
                upstream.has_ended.wait(GUARD)
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "text": text, "finish_reason": "stop"}
            whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
            whole |= {"usage": usage} if usage else {}
            if ending == LATER:
                upstream.may_go_on.wait(GUARD)
            wait = partial(upstream.may_go_on.wait, GUARD) if ending == HALF else None
            self.write_json(200, whole, cut=ending in ("cut", "garbage"), halfway=wait)

        def stream(self, ending: str, text: str, usage: dict[str, int] | None) -> None:
            self.begin_stream()
            self.piece([{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}], None)
            if ending == "hangs":
                upstream.has_ended.wait(GUARD)
            if ending == LATER:
                upstream.may_go_on.wait(GUARD)
            if ending == "garbage":
                self.wfile.write(b"data: {half a docu\n\n")
            if ending not in ("cut", "garbage", "hangs"):
                self.piece([{"index": 0, "delta": {}, "finish_reason": "stop"}], usage)
                self.wfile.write(b"data: [DONE]\n\n")

        def piece(self, choices: list[dict[str, object]], usage: dict[str, int] | None) -> None:
            head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            self.write_event({**head, "choices": choices, "usage": usage})

    with serve_on_loopback(Handler, upstream.has_ended, upstream.may_go_on) as upstream.address:
        yield upstream
