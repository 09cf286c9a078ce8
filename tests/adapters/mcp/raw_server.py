"""A program: an MCP server that knows only the `old` or the `new` era of the protocol, written without the SDK.

The old one ends at a first message that it does not know, as some do. It is no test.
"""

from __future__ import annotations

import json
import sys
from typing import Any

ERA = sys.argv[1]
TOOL = {"name": "era", "inputSchema": {"type": "object"}}
CACHED = {"resultType": "complete", "ttlMs": 0, "cacheScope": "public"}
OLD = {
    "initialize": {
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "raw", "version": "1"},
    },
    "tools/list": {"tools": [TOOL]},
    "tools/call": {"content": [{"type": "text", "text": "old"}]},
}
NEW = {
    "server/discover": {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, **CACHED},
    "tools/list": {"tools": [TOOL], **CACHED},
    "tools/call": {"content": [{"type": "text", "text": "new"}], "resultType": "complete"},
}
KNOWN: dict[str, Any] = OLD if ERA == "old" else NEW

for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    answer: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
    if message["method"] in KNOWN:
        answer["result"] = KNOWN[message["method"]]
    elif ERA == "old":
        sys.exit(f"expected initialize, got {message['method']}")
    else:
        data = {"supported": ["2026-07-28"], "requested": "2025-11-25"}
        answer["error"] = {"code": -32022, "message": "Unsupported protocol version", "data": data}
    print(json.dumps(answer), flush=True)
