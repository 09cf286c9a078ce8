"""A server that costs next to nothing: prebuilt OpenAI-shaped answers over raw asyncio. Prints its port and serves.

With `bursts` it sends a stream as fast as it can, many events a segment, as a cache or a fast model does; without, one
event at a time.
"""

from __future__ import annotations

import asyncio
import json
import sys

CHUNKS = 200

_ANSWER = json.dumps(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "bench",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "A signal box stands beside the line. " * 8},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 20, "completion_tokens": 64, "total_tokens": 84},
    }
).encode()
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(_ANSWER) + _ANSWER


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    body = {
        "id": "chatcmpl-bench",
        "object": "chat.completion.chunk",
        "created": 1700000000,
        "model": "bench",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }
    frame = b"data: " + json.dumps(body).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(frame), frame)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
PIECES = [_chunk({"role": "assistant", "content": ""})]
PIECES += [_chunk({"content": f" word{n}"}) for n in range(CHUNKS)]
_DONE = b"data: [DONE]\n\n"
LAST = _chunk({}, "stop") + b"%x\r\n%s\r\n" % (len(_DONE), _DONE) + b"0\r\n\r\n"


WHOLE_STREAM = b"".join(PIECES) + LAST
BURSTS = "bursts" in sys.argv


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(x.split(b":")[1]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length"))
            body = await reader.readexactly(length)
            if b'"stream":true' in body.replace(b" ", b""):
                writer.write(HEAD)
                if BURSTS:
                    writer.write(WHOLE_STREAM)
                else:
                    for piece in PIECES:
                        writer.write(piece)
                        await writer.drain()
                        await asyncio.sleep(0)
                    writer.write(LAST)
            else:
                writer.write(WHOLE)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, StopIteration):
        writer.close()


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
