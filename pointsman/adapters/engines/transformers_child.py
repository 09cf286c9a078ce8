"""What a child serves that runs the model of a folder by `transformers serve`. `engine_child.py` runs it.

The only place where transformers is imported. It knows nothing of pointsman. That server has no key and loads whatever
a request names: here who has no key is refused, and names are only those of the model and of its adapters.
"""

from __future__ import annotations

import asyncio
import hmac
import importlib
import importlib.util
import json
import os
import runpy
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

_Message: TypeAlias = dict[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]
_App: TypeAlias = Callable[[_Message, _Receive, _Send], Awaitable[None]]
_PATHS = ("/v1/chat/completions", "/v1/completions")
_LARGEST_BODY = 2**26


def serve(spec: Mapping[str, object]) -> Mapping[str, object]:
    """Load the model, and listen on a free port of loopback, for who has the key."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"  # read when the library is loaded
    if _hears(Path(str(spec["path"]))):
        other = runpy.run_path(str(Path(__file__).with_name("whisper_child.py")))["serve"]
        return cast("Callable[[Mapping[str, object]], Mapping[str, object]]", other)(spec)
    server, processor = _server(spec)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else every piece waits 40 ms for the one before
    app = server.config.app
    server.config.app = _only_with_key(app, str(spec["key"]), _places(spec))
    server.config.log_config = None
    threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True).start()
    tools = "tools" in str(getattr(processor, "chat_template", "") or "") and bool(
        getattr(processor, "response_schema", None) or getattr(processor, "response_template", None)
    )
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    return {"address": address, "has_tools": tools, "has_grammar": False, "adapters": _way_of_adapters()}


def _hears(folder: Path) -> bool:
    """Whether the model writes down recordings, which `transformers serve` does without their times."""
    with suppress(OSError, ValueError):
        config = json.loads((folder / "config.json").read_bytes())
        return isinstance(config, dict) and config.get("model_type") == "whisper"
    return False


class _Uvicorn(Protocol):
    config: Any

    async def serve(self, sockets: list[socket.socket]) -> None: ...


def _server(spec: Mapping[str, object]) -> tuple[_Uvicorn, object]:
    """The server, which does not listen yet, with the model loaded; and what makes its tokens."""
    try:
        torch = importlib.import_module("torch")
        serving = importlib.import_module("transformers.cli.serve")
    except ImportError as problem:
        raise RuntimeError(f"the package transformers does not load ({problem})") from problem
    torch.set_num_threads(int(str(spec["threads"])))
    silent = type("Serve", (serving.Serve,), {"start_server": lambda self: None})
    device = "cpu" if spec.get("gpu_layers") == 0 or not torch.cuda.is_available() else "auto"
    try:
        made = silent(device=device, model_timeout=-1, non_blocking=True, log_level="error")
        _answer_by_name(made._model_manager, str(spec["path"]), _places(spec))
        _, processor = made._model_manager.load_model_and_processor(str(spec["name"]))
    except Exception as problem:
        raise RuntimeError(f"transformers does not load the model ({type(problem).__name__}: {problem})") from problem
    return cast("_Uvicorn", made.server), processor


def _answer_by_name(manager: Any, path: str, places: Mapping[str, str]) -> None:
    """Have names mean the model at `path`, and it with an adapter, which is loaded when it is first asked for.

    Each is a model of its own in memory: switched to and fro in one model, two requests at once would meet.
    """
    load_model, load_processor = manager._load_model, manager._load_processor

    def load(name: str, *words: Any, **more: Any) -> Any:
        model = load_model(path, *words, **more)
        if places[name] != path:
            model.load_adapter(places[name])
        return model

    manager.process_model_name = lambda name: name
    manager._load_model = load
    manager._load_processor = lambda name, gguf_file=None: load_processor(path, gguf_file=gguf_file)


def _way_of_adapters() -> str:
    """By peft, which need not be there."""
    return "by name" if importlib.util.find_spec("peft") is not None else "none"


def _places(spec: Mapping[str, object]) -> Mapping[str, str]:
    """What can be asked: the model, and the model with each of its adapters (`NAME@ADAPTER`), each with its folder."""
    name, adapters = str(spec["name"]), spec.get("adapters")
    rows = adapters if isinstance(adapters, list) and _way_of_adapters() == "by name" else []
    return {name: str(spec["path"]), **{f"{name}@{row['name']}": str(row["path"]) for row in rows}}


def _only_with_key(app: _App, key: str, places: Mapping[str, str]) -> _App:
    """`app` for who has `key`, where a request's model is one of `places`, and no path."""

    async def answer(scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(given, f"Bearer {key}".encode()):
            await _refuse(send, 401, "the key is wrong")
        elif scope["path"] == "/v1/models":
            await _reply(send, 200, {"object": "list", "data": [{"id": name, "object": "model"} for name in places]})
        elif scope["path"] not in _PATHS:
            await _refuse(send, 404, "there is nothing at this address")
        else:
            body = await _read(receive)
            named = str(body.get("model"))
            if named not in places:
                await _refuse(send, 404, f"there is no model {named!r} here")
                return
            await _hand_on(app, scope, receive, send, {**body, "model": named})

    return answer


async def _read(receive: _Receive) -> dict[str, Any]:
    data = b""
    while len(data) < _LARGEST_BODY:
        message = await receive()
        data += message.get("body", b"")
        if not message.get("more_body"):
            break
    with suppress(ValueError):
        body = json.loads(data)
        return body if isinstance(body, dict) else {}
    return {}


async def _hand_on(app: _App, scope: _Message, receive: _Receive, send: _Send, body: dict[str, Any]) -> None:
    """The request with `body` in the place of its own."""
    data = json.dumps(body).encode()
    others = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    messages = [{"type": "http.request", "body": data, "more_body": False}]

    async def next_message() -> _Message:
        return messages.pop() if messages else await receive()

    await app({**scope, "headers": [*others, (b"content-length", str(len(data)).encode())]}, next_message, send)


async def _refuse(send: _Send, status: int, said: str) -> None:
    await _reply(send, status, {"error": {"message": said}})


async def _reply(send: _Send, status: int, document: object) -> None:
    data = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})
