"""Servers that announce themselves: asked over UDP of a responder on loopback; datagrams of any bytes are read."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import SocketAttribute
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.net.server_scan import ask_network, scan_announced
from pointsman.adapters.simulator.listener import serve
from pointsman.core.models.announcements import SERVICES, Announcement, read_announcements, write_question
from pointsman.layers.simulation import simulator


def name(text: str) -> bytes:
    return b"".join(bytes((len(label),)) + label.encode() for label in text.split(".")) + b"\0"


def answer(service: str, port: int) -> bytes:
    """A PTR record to a SRV record whose name points back into the first, as responders write it."""
    head = struct.pack("!HHHHHH", 0, 0x8400, 0, 1, 0, 1)
    target = b"\x05Attic" + struct.pack("!H", 0xC000 | len(head))
    pointer = name(service) + struct.pack("!HHIH", 12, 1, 120, len(target)) + target
    place = len(head) + len(pointer) - len(target)
    contents = struct.pack("!HHH", 0, 0, port) + name("attic.local")
    found = struct.pack("!H", 0xC000 | place) + struct.pack("!HHIH", 33, 0x8001, 120, len(contents)) + contents
    return head + pointer + found


@asynccontextmanager
async def responder(*answers: bytes) -> AsyncIterator[tuple[tuple[str, int], list[bytes]]]:
    """What answers each question by all of `answers`."""
    asked: list[bytes] = []
    udp = await anyio.create_udp_socket(family=socket.AF_INET, local_host="127.0.0.1")

    async def respond() -> None:
        async for question, (host, port) in udp:
            asked.append(question)
            for one in answers:
                await udp.sendto(one, host, port)

    async with udp, anyio.create_task_group() as group:
        group.start_soon(respond)
        yield ("127.0.0.1", udp.extra(SocketAttribute.local_port)), asked
        group.cancel_scope.cancel()


async def test_who_announces_itself_is_found_where_the_answer_came_from() -> None:
    async with responder(answer("_ollama._tcp.local", 11434), b"\0\xff", answer("_ipp._tcp.local", 631)) as (to, asked):
        assert await ask_network(to, 0.3) == (("127.0.0.1", 11434, "ollama"),)
    assert asked == [write_question()]
    assert all(service.split(".")[0].encode() in asked[0] for service in SERVICES)


async def test_what_is_announced_is_told_only_if_it_answers() -> None:
    async with serve(simulator()) as running:
        port = int(running.address.rpartition(":")[2])
        gone = answer("_lmstudio._tcp.local", 9)
        async with responder(answer("_ollama._tcp.local", port), gone) as (to, _):
            (found,) = await scan_announced(to)
    assert (found.address, found.kind) == (running.address, "ollama")


async def test_where_nobody_answers_nobody_is_found() -> None:
    async with responder() as (to, _):
        assert await ask_network(to, 0.05) == ()


def test_a_record_is_read_through_its_pointers_and_a_question_is_no_answer() -> None:
    assert read_announcements(answer("_llm._tcp.local", 8080)) == (Announcement("llamacpp", 8080),)
    assert read_announcements(write_question()) == ()


@given(st.binary(max_size=200), st.integers(0, 100))
def test_any_bytes_are_read_without_an_end_to_anybodys_patience(data: bytes, cut: int) -> None:
    read_announcements(data)
    read_announcements(b"\0\0\x84\0" + data)
    whole = answer("_ollama._tcp.local", 1)
    read_announcements(whole[:cut] + data + whole[cut:])


def test_a_pointer_to_itself_ends() -> None:
    assert read_announcements(struct.pack("!HHHHHH", 0, 0x8400, 0, 1, 0, 0) + b"\xc0\x0c" * 20) == ()
