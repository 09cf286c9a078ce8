"""What a child serves that runs one GGUF model by llama.cpp (the package xllamacpp). `engine_child.py` runs it.

The only place where xllamacpp is imported. It knows nothing of pointsman.
"""

from __future__ import annotations

import http.client
import importlib
import json
import os
from collections.abc import Callable, Mapping
from typing import Protocol, cast
from urllib.parse import urlsplit

_PASSIVE = ("OMP_WAIT_POLICY", "passive")
"""The wheel's threads spin while they wait: beside two busy programs it then gives 1 token a second instead of 40."""
_ANSWER_SECONDS = 30.0


def serve(spec: Mapping[str, object]) -> Mapping[str, object]:
    """Load the model, and listen on a free port of loopback, for who has the key."""
    os.environ.setdefault(*_PASSIVE)  # read when the library is loaded
    library = _library()
    params = library.CommonParams()
    for name, value in {**_parameters(spec), **_adapters(library, spec)}.items():
        _set(params, name, value)
    try:
        server = library.Server(params)
    except RuntimeError as problem:
        raise RuntimeError(f"llama.cpp does not load the model ({str(problem).strip()})") from problem
    _servers.append(server)
    address = server.listening_address
    return {"address": address, "has_tools": _has_tools(address, str(spec["key"])), "adapters": "by id"}


class _Xllamacpp(Protocol):
    """What we use of xllamacpp, which says nothing of its types."""

    @property
    def CommonParams(self) -> Callable[[], object]: ...

    @property
    def CommonAdapterLoraInfo(self) -> Callable[[], _Lora]: ...

    @property
    def Server(self) -> Callable[[object], _LlamaServer]: ...


class _Lora(Protocol):
    path: str
    scale: float


class _LlamaServer(Protocol):
    @property
    def listening_address(self) -> str: ...


def _library() -> _Xllamacpp:
    try:
        return cast("_Xllamacpp", importlib.import_module("xllamacpp"))
    except ImportError as problem:
        raise RuntimeError(f"the package xllamacpp does not load ({problem})") from problem


_servers: list[object] = []
"""Serves as long as it is referred to."""


def _parameters(spec: Mapping[str, object]) -> dict[str, object]:
    """llama.cpp's parameters, by the path to each; what is None stays as it is."""
    slots, context = int(str(spec["slots"])), int(str(spec["context"]))
    return {
        "model.path": spec["path"],
        "model_alias": {spec["name"]},
        "n_parallel": slots,
        "n_ctx": slots * context,
        "cpuparams.n_threads": spec["threads"],
        "cpuparams_batch.n_threads": spec["threads"],
        "n_gpu_layers": spec.get("gpu_layers"),
        "embedding": spec.get("for_embeddings"),
        "pooling_type": spec.get("pooling"),
        "mmproj.path": spec.get("projector"),
        "hostnames": ["127.0.0.1"],
        "port": 0,
        "api_keys": [spec["key"]],
        "cors_origins": "http://127.0.0.1",
        "ui": False,
        "warmup": False,
        "endpoint_slots": False,
        "endpoint_props": False,
        "use_jinja": True,
        "verbosity": 1,
    }


def _adapters(library: _Xllamacpp, spec: Mapping[str, object]) -> dict[str, object]:
    """All adapters of the model, loaded and at rest: a request says by number which is to work."""
    given = spec.get("adapters")
    made: list[_Lora] = []
    for row in given if isinstance(given, list) else []:
        one = library.CommonAdapterLoraInfo()
        one.path, one.scale = str(row["path"]), 0.0
        made.append(one)
    return {"lora_adapters": made} if made else {}


def _set(params: object, path: str, value: object) -> None:
    """Put `value` where `path` leads to. Parameters that this version has not are left out: they come and go."""
    *way, name = path.split(".")
    for step in way:
        params = getattr(params, step, None)
    if value is not None and hasattr(params, name):
        setattr(params, name, value)


def _has_tools(address: str, key: str) -> bool:
    """Whether the template of the model's chats has a place for tools, as the server says it."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/props", headers={"authorization": f"Bearer {key}"})
        props = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    able = props.get("chat_template_caps") if isinstance(props, dict) else None
    return isinstance(able, dict) and able.get("supports_tools") is True
