"""What a child serves that runs the model of a folder by mlx_lm. `engine_child.py` runs it.

The only place where mlx_lm is imported. It knows nothing of pointsman. Its server has no key and loads whatever a
request names: here who has no key is refused, and names are only those of the model and of its adapters.
"""

from __future__ import annotations

import argparse
import hmac
import importlib
import json
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol, cast

_LOAD_SECONDS = 600.0


class _MlxServer(Protocol):
    """What we use of `mlx_lm.server`, which says nothing of its types."""

    ModelProvider: Callable[[argparse.Namespace], _MlxProvider]
    ResponseGenerator: Callable[[object, object], object]
    LRUPromptCache: Callable[[int], object]
    APIHandler: type[BaseHTTPRequestHandler]


class _MlxProvider(Protocol):
    tokenizer: object
    load: Callable[..., object]


class _MlxRequest(Protocol):
    """A request as `mlx_lm.server` has read it."""

    requested_model: str
    requested_draft_model: str
    adapter: str | None
    do_POST: Callable[[BaseHTTPRequestHandler], None]

    validate_model_parameters: Callable[[_MlxRequest], None]


def serve(spec: Mapping[str, object]) -> Mapping[str, object]:
    """Load the model, and listen on a free port of loopback, for who has the key."""
    library = _library()
    logging.basicConfig(level=logging.WARNING)
    provider, places = _provider(library, spec), _places(spec)
    generator = library.ResponseGenerator(provider, library.LRUPromptCache(10))
    handler = _handler(library.APIHandler, str(spec["key"]), tuple(places))
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *arguments: handler(generator, *arguments))
    server.socket.setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
    )  # else every piece waits 40 ms for the one before
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tools = getattr(provider.tokenizer, "has_tool_calling", False) is True
    address = f"http://127.0.0.1:{server.server_address[1]}"
    return {"address": address, "has_tools": tools, "has_grammar": False, "adapters": "by name"}


def _library() -> _MlxServer:
    try:
        return cast("_MlxServer", importlib.import_module("mlx_lm.server"))
    except ImportError as problem:
        raise RuntimeError(f"the package mlx_lm does not load ({problem})") from problem


def _provider(library: _MlxServer, spec: Mapping[str, object]) -> _MlxProvider:
    """What holds the model; it is loaded once here, so that what is wrong with it is said before anybody asks."""
    options = argparse.Namespace(
        model=str(spec["path"]),
        adapter_path=None,
        draft_model=None,
        num_draft_tokens=3,
        trust_remote_code=False,
        chat_template="",
        use_default_chat_template=False,
        chat_template_args={},
        temp=0.0,
        top_p=1.0,
        top_k=0,
        min_p=0.0,
        max_tokens=int(str(spec["context"])),
        allowed_origins=["http://127.0.0.1"],
        decode_concurrency=int(str(spec["slots"])),
        prompt_concurrency=int(str(spec["slots"])),
        prefill_step_size=512,
        prompt_cache_size=10,
        prompt_cache_bytes=None,
        kv_bits=None,
        kv_group_size=64,
        quantized_kv_start=0,
        pipeline=False,
    )
    path, places = str(spec["path"]), _places(spec)
    try:
        provider = library.ModelProvider(options)
        load = provider.load
        provider.load = lambda name, adapter=None, draft=None: load(path, places.get(name))
        _on_a_thread(lambda: provider.load(str(spec["name"])))
    except Exception as problem:
        raise RuntimeError(f"mlx_lm does not load the model ({type(problem).__name__}: {problem})") from problem
    return provider


def _on_a_thread(act: Callable[[], object]) -> None:
    """Do it on another thread than this: what one leaves behind in its streams is of no use to the next."""
    raised: list[Exception] = []

    def run() -> None:
        try:
            act()
        except Exception as problem:
            raised.append(problem)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_LOAD_SECONDS)
    if raised:
        raise raised[0]


def _places(spec: Mapping[str, object]) -> Mapping[str, str | None]:
    """What can be asked: the model, and the model with each of its adapters (`NAME@ADAPTER`), whose folder it gives."""
    name, adapters = str(spec["name"]), spec.get("adapters")
    rows = adapters if isinstance(adapters, list) else []
    return {name: None, **{f"{name}@{row['name']}": str(row["path"]) for row in rows}}


def _handler(
    made: type[BaseHTTPRequestHandler], key: str, names: tuple[str, ...]
) -> Callable[..., BaseHTTPRequestHandler]:
    """mlx_lm's own, for who has `key`. A request's model is one of `names`, and no path."""

    def only_with_key(act: Callable[[BaseHTTPRequestHandler], None]) -> Callable[[BaseHTTPRequestHandler], None]:
        def do(self: BaseHTTPRequestHandler) -> None:
            if hmac.compare_digest(self.headers.get("authorization", ""), f"Bearer {key}"):
                act(self)
            else:
                self.send_error(401)

        return do

    def list_models(self: BaseHTTPRequestHandler) -> None:
        content = json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in names]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def validate(self: _MlxRequest) -> None:
        if self.requested_model not in names:
            raise ValueError(f"there is no model {self.requested_model!r} here")
        self.requested_draft_model, self.adapter = "default_model", None
        validate_rest(self)

    validate_rest = cast("_MlxRequest", made).validate_model_parameters
    own = {
        "do_GET": only_with_key(list_models),
        "do_POST": only_with_key(cast("_MlxRequest", made).do_POST),
        "log_message": lambda self, *words: None,
        "validate_model_parameters": validate,
    }
    return type("Handler", (made,), own)
