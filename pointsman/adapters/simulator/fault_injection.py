"""What a fault makes of a good reply. Pure: a reply in, a reply out."""

from __future__ import annotations

from typing import assert_never

import attrs

from pointsman.adapters.dialects.dialect import Framing
from pointsman.adapters.simulator.faults import SimulatedFault
from pointsman.adapters.simulator.reply import Reply, text_reply
from pointsman.core.json import Json, dumps, loads

_BROKEN: dict[Framing, bytes] = {"sse": b'data: {"broken": "sim\n\n', "ndjson": b'{"broken": "sim\n'}
_PAGE = (
    "<!doctype html>\n<html><head><title>{title}</title></head>\n"
    "<body><h1>{title}</h1><p>pointsman simulator (simulated answers)</p></body></html>\n"
)


def inject_fault(reply: Reply, fault: SimulatedFault, framing: Framing) -> Reply:
    """`reply` with `fault` done to it. Faults that choose another answer have been done before and change nothing."""
    before = int(fault.value)
    match fault.name:
        case "reset":
            return attrs.evolve(_cut_off(reply, before), ending="reset")
        case "cut":
            return attrs.evolve(_cut_off(reply, before), ending="cut")
        case "truncate":
            begun = _cut_off(reply, before)
            return begun if reply.streamed else attrs.evolve(begun, ending="cut")
        case "stall":
            return attrs.evolve(_cut_off(reply, before), ending="stall")
        case "stall-first":
            return attrs.evolve(reply, ending="silent")
        case "malformed":
            return _garble(reply, before, framing)
        case "html" | "html-502":
            title = "502 Bad Gateway" if before == 502 else "Welcome"
            return text_reply(_PAGE.format(title=title), "text/html", before)
        case "empty":
            return attrs.evolve(reply, status=before, chunks=())
        case "drip":
            drops = tuple(bytes((byte,)) for byte in reply.body)
            return attrs.evolve(reply, chunks=drops, pause=fault.value / 1000)
        case "slow":
            return attrs.evolve(reply, latency=reply.latency + fault.value)
        case "empty-choices":
            return attrs.evolve(reply, chunks=tuple(_empty_lists(chunk) for chunk in reply.chunks))
        case "status" | "rate-limit" | "quota" | "auth" | "overflow" | "content-filter" | "not-found" | "flaky":
            return reply
        case "stream-error" | "refusal":
            return reply
    assert_never(fault.name)


def _cut_off(reply: Reply, before: int) -> Reply:
    """The first `before` chunks of a stream, short of its last; the first half of another body, its length kept."""
    if reply.streamed:
        return attrs.evolve(reply, chunks=reply.chunks[: min(before, max(len(reply.chunks) - 1, 0))])
    body = reply.body
    return attrs.evolve(reply, chunks=(body[: len(body) // 2],), length=len(body))


def _garble(reply: Reply, before: int, framing: Framing) -> Reply:
    if not reply.streamed:
        body = reply.body
        return attrs.evolve(reply, chunks=(body[: len(body) // 2],))
    return attrs.evolve(reply, chunks=(*reply.chunks[:before], _BROKEN[framing], *reply.chunks[before:]))


_HOLDERS = ("choices", "candidates", "content", "output")


def _empty_lists(chunk: bytes) -> bytes:
    """`chunk` with the lists that hold answers emptied in each JSON line of it."""
    return b"\n".join(_emptied_line(line) for line in chunk.split(b"\n"))


def _emptied_line(line: bytes) -> bytes:
    label = b"data: " if line.startswith(b"data: ") else b""
    return loads(line[len(label) :]).map(lambda value: label + dumps(_without_answers(value))).value_or(line)


def _without_answers(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    return {name: [] if name in _HOLDERS and isinstance(value[name], list) else value[name] for name in value}
