"""What servers of models do with their models, simulated: Ollama, LM Studio (v1) and the router of llama.cpp.

There is one room of models behind all three. Models that are got appear in it, removed ones go, and each is in memory
or not. A download has three looks; a name with `missing` in it is none, `broken` is cut, and `bad` fails.
Sources: docs/api.md of ollama/ollama, lmstudio.ai/docs/developer/rest, tools/server/README.md of ggml-org/llama.cpp.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import partial

import attrs

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.reply import Reply, json_reply, stream_reply
from pointsman.adapters.simulator.simulated_models import PLAIN_MODELS, describe_model
from pointsman.core.json import Json, JsonObject, as_object, as_text, dumps, loads

SIZE = 3_000
"""Bytes that a simulated download has."""
_STEPS = 3
_WHEN = "2026-01-01T00:00:00Z"
_LATEST = ":latest"


@attrs.define
class ModelRoom:
    """The models of a simulated server: by name whether each is in memory; and what is on its way."""

    loaded: dict[str, bool] = attrs.field(factory=lambda: {model.id: True for model in PLAIN_MODELS})
    under_way: dict[str, int] = attrs.field(factory=dict)
    """Looks at a download so far."""
    failed: set[str] = attrs.field(factory=set)
    blobs: set[str] = attrs.field(factory=set)
    """Files that were sent, by their hash."""
    is_changed: bool = False
    """Whether anything was done: before that lists are those that the dialects write, with models that fail."""

    def name_of(self, asked: str) -> str | None:
        """The model that is meant; None where there is none."""
        for name in (asked, asked.removesuffix(_LATEST)):
            if name in self.loaded:
                return name
        return None

    def look(self, name: str) -> int:
        """One more look at a download; after the last the model is here."""
        self.under_way[name] = self.under_way.get(name, 0) + 1
        step = self.under_way[name]
        if step >= _STEPS:
            del self.under_way[name]
            self.loaded[name] = False
        return step


def manage(room: ModelRoom, call: ReceivedRequest, strict: bool) -> Reply | None:
    """The reply to a request that is about models and no answer of theirs; None for any other."""
    for method, path, answer, fields in _ROUTES:
        found = re.fullmatch(path, call.path)
        if call.method != method or found is None:
            continue
        body = as_object(loads(call.body or b"{}").value_or(None))
        if path == "/api/generate" and (body.get("prompt") or body.get("images") or body.get("suffix")):
            return None
        unknown = sorted(body.keys() - fields) if strict and path.startswith("/api/v1/") else []
        if unknown:
            return _refuse_lmstudio(400, "invalid_request", f"Unrecognized key(s) in object: '{unknown[0]}'")
        room.is_changed = room.is_changed or method != "GET"
        return answer(room, call, body)
    return None


# Ollama: `{"error": "…"}`, a tag behind each name


def _ollama_error(said: str, status: int) -> Reply:
    return json_reply({"error": said}, status)


def _of_ollama(
    act: Callable[[ModelRoom, str, JsonObject], Reply], room: ModelRoom, call: ReceivedRequest, body: JsonObject
) -> Reply:
    asked = as_text(body.get("model")) or as_text(body.get("name"))
    if not asked:
        return _ollama_error("model is required", 400)
    name = room.name_of(asked)
    return _ollama_error(f"model '{asked}' not found", 404) if name is None else act(room, name, body)


def _ollama_keep(room: ModelRoom, name: str, body: JsonObject) -> Reply:
    room.loaded[name] = body.get("keep_alive") not in (0, "0", "0s")
    reason = "load" if room.loaded[name] else "unload"
    answer = {"model": name, "created_at": _WHEN, "response": "", "done": True, "done_reason": reason}
    return json_reply(answer) if body.get("stream") is False else stream_reply((dumps(answer) + b"\n",), "ndjson", 0)


def _ollama_delete(room: ModelRoom, name: str, body: JsonObject) -> Reply:
    del room.loaded[name]
    return Reply(headers={"content-type": "application/json"})


def _ollama_create(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    made, source = as_text(body.get("model")), as_text(body.get("from"))
    if not made:
        return _ollama_error("model is required", 400)
    if not source and not body.get("files"):
        return _ollama_error("neither 'from' or 'files' was specified", 400)
    for name, digest in as_object(body.get("files")).items():
        if as_text(digest) not in room.blobs:
            return _ollama_error(f"blob {digest!r} of {name!r} not found", 400)
    if source and room.name_of(source) is None:
        return _ollama_error(f"model '{source}' not found", 404)
    room.loaded[made.removesuffix(_LATEST)] = False
    lines: list[JsonObject] = [
        {"status": status} for status in ("reading model metadata", "writing manifest", "success")
    ]
    if body.get("stream") is False:
        return json_reply(lines[-1])
    return stream_reply(tuple(dumps(line) + b"\n" for line in lines), "ndjson", 0)


def _ollama_find_blob(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    return Reply(status=200 if call.path.rpartition("/")[2] in room.blobs else 404)


def _ollama_take_blob(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    """Kept under its hash, which must be its own."""
    said, found = call.path.rpartition("/")[2], f"sha256:{hashlib.sha256(call.body or b'').hexdigest()}"
    if said != found:
        return _ollama_error(f'digest mismatch, expected "{said}", got "{found}"', 400)
    room.blobs.add(found)
    return Reply(status=201)


def _status(text: str) -> JsonObject:
    return {"status": text}


def _ollama_pull(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    asked = as_text(body.get("model")) or as_text(body.get("name"))
    if not asked:
        return _ollama_error("model is required", 400)
    lines: list[JsonObject] = [{"status": "pulling manifest"}]
    if "missing" in asked:
        lines.append({"error": "pull model manifest: file does not exist"})
        return stream_reply(tuple(dumps(line) + b"\n" for line in lines), "ndjson", 0)
    digest = "sha256:" + "0" * 64
    for step in range(_STEPS + 1):
        completed: JsonObject = {"completed": SIZE * step // _STEPS} if step else {}
        lines.append({"status": "pulling 000000000000", "digest": digest, "total": SIZE, **completed})
    if "broken" in asked:
        return attrs.evolve(stream_reply(tuple(dumps(line) + b"\n" for line in lines[:3]), "ndjson", 0), ending="cut")
    lines += map(_status, ("verifying sha256 digest", "writing manifest", "success"))
    room.loaded.setdefault(asked.removesuffix(_LATEST), False)
    return stream_reply(tuple(dumps(line) + b"\n" for line in lines), "ndjson", 0)


def _ollama_row(name: str) -> JsonObject:
    model = describe_model(name)
    details: JsonObject = {"format": "gguf", "family": model.architecture, "parameter_size": "0B"}
    return {"name": name, "model": name, "size": SIZE, "digest": "0" * 64, "details": details}


def _ollama_ps(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    rows: list[Json] = [
        {**_ollama_row(name), "size_vram": 0, "expires_at": _WHEN, "context_length": 131_072}
        for name, is_loaded in room.loaded.items()
        if is_loaded
    ]
    return json_reply({"models": rows})


def _ollama_tags(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    rows: list[Json] = [{**_ollama_row(name), "modified_at": _WHEN} for name in room.loaded]
    return json_reply({"models": rows})


# LM Studio: `{"error": {"type", "message"}}`, instances, jobs


def _refuse_lmstudio(status: int, kind: str, said: str) -> Reply:
    return json_reply({"error": {"type": kind, "message": said}}, status)


def _lmstudio_list(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    rows: list[Json] = []
    for name, is_loaded in room.loaded.items():
        model = describe_model(name)
        instances: list[Json] = [{"id": name, "config": {"context_length": 4096}}] if is_loaded else []
        rows.append(
            {
                "type": "embedding" if model.type == "embedding" else "llm",
                "publisher": "pointsman",
                "key": name,
                "display_name": name,
                "architecture": "simulated",
                "quantization": {"name": "none", "bits_per_weight": 4},
                "size_bytes": SIZE,
                "params_string": "0B",
                "loaded_instances": instances,
                "max_context_length": model.context_length,
                "format": "gguf",
                "capabilities": {"vision": "vision" in model.capabilities, "trained_for_tool_use": True},
            }
        )
    return json_reply({"models": rows})


def _lmstudio_load(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    asked = as_text(body.get("model"))
    if not asked:
        return _refuse_lmstudio(400, "invalid_request", "'model' is required")
    if room.name_of(asked) is None:
        return _refuse_lmstudio(404, "model_not_found", f"Model {asked} not found")
    room.loaded[asked] = True
    return json_reply({"type": "llm", "instance_id": asked, "load_time_seconds": 0.1, "status": "loaded"})


def _lmstudio_unload(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    instance = as_text(body.get("instance_id"))
    if not instance:
        return _refuse_lmstudio(400, "invalid_request", "'instance_id' is required")
    if not room.loaded.get(instance):
        return _refuse_lmstudio(404, "model_not_found", f"No loaded instance {instance}")
    room.loaded[instance] = False
    return json_reply({"instance_id": instance})


def _lmstudio_download(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    asked = as_text(body.get("model"))
    if not asked:
        return _refuse_lmstudio(400, "invalid_request", "'model' is required")
    if "missing" in asked:
        return _refuse_lmstudio(404, "model_not_found", f"Model {asked} not found")
    if asked in room.loaded:
        return json_reply({"status": "already_downloaded"})
    room.under_way.setdefault(asked, 0)
    return json_reply(
        {"job_id": f"job_{asked}", "status": "downloading", "total_size_bytes": SIZE, "started_at": _WHEN}
    )


def _lmstudio_status(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    job = call.path.rpartition("/")[2]
    name = job.removeprefix("job_")
    if name not in room.under_way:
        return _refuse_lmstudio(404, "job_not_found", f"Job {job} not found")
    if "bad" in name:
        return json_reply({"job_id": job, "status": "failed"})
    step = room.look(name)
    status = "completed" if step >= _STEPS else "paused" if step == 1 else "downloading"
    return json_reply(
        {
            "job_id": job,
            "status": status,
            "total_size_bytes": SIZE,
            "downloaded_bytes": SIZE * step // _STEPS,
            "bytes_per_second": 1000,
        }
    )


# The router of llama.cpp: `{"error": {"code", "message", "type"}}`


def _refuse_llamacpp(code: int, kind: str, said: str) -> Reply:
    return json_reply({"error": {"code": code, "message": said, "type": kind}}, code)


def _llamacpp_list(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    rows: list[Json] = [
        {"id": name, "object": "model", "path": f"/models/{name}.gguf", "status": _llamacpp_status(room, name)}
        for name in room.loaded
    ]
    for name in list(room.under_way):
        step = room.look(name)
        rows.append({"id": name, "object": "model", "status": {"value": "downloading", "progress": step / _STEPS}})
    return json_reply({"object": "list", "data": rows})


def _llamacpp_status(room: ModelRoom, name: str) -> JsonObject:
    if name in room.failed:
        return {"value": "unloaded", "failed": True, "exit_code": 1}
    return {"value": "loaded" if room.loaded[name] else "unloaded"}


def _llamacpp_set(loaded: bool, room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    asked = as_text(body.get("model"))
    if asked not in room.loaded:
        return _refuse_llamacpp(404, "not_found_error", "model not found")
    if room.loaded[asked] == loaded:
        said = "model is already loaded" if loaded else "model is not loaded"
        return _refuse_llamacpp(400, "invalid_request_error", said)
    if loaded and "bad" in asked:
        room.failed.add(asked)
    else:
        room.loaded[asked] = loaded
    return json_reply({"success": True})


def _llamacpp_get(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    asked = as_text(body.get("model"))
    if not asked:
        return _refuse_llamacpp(400, "invalid_request_error", "model is required")
    if asked in room.loaded:
        return _refuse_llamacpp(400, "invalid_request_error", "model already exists")
    room.under_way.setdefault(asked, 0)
    return json_reply({"success": True})


def _llamacpp_delete(room: ModelRoom, call: ReceivedRequest, body: JsonObject) -> Reply:
    asked = call.query.get("model", "")
    if asked not in room.loaded:
        return _refuse_llamacpp(404, "not_found_error", "model not found")
    del room.loaded[asked]
    return json_reply({"success": True})


_Answer = Callable[[ModelRoom, ReceivedRequest, JsonObject], Reply]
_LOAD = frozenset(
    (
        *("model", "context_length", "eval_batch_size", "flash_attention", "num_experts"),
        *("offload_kv_cache_to_gpu", "echo_load_config", "ttl"),
    )
)
_ROUTES: tuple[tuple[str, str, _Answer, frozenset[str]], ...] = (
    ("GET", "/api/tags", _ollama_tags, frozenset()),
    ("GET", "/api/ps", _ollama_ps, frozenset()),
    ("POST", "/api/pull", _ollama_pull, frozenset()),
    ("POST", "/api/create", _ollama_create, frozenset()),
    ("HEAD", "/api/blobs/sha256:[0-9a-f]{64}", _ollama_find_blob, frozenset()),
    ("POST", "/api/blobs/sha256:[0-9a-f]{64}", _ollama_take_blob, frozenset()),
    ("DELETE", "/api/delete", partial(_of_ollama, _ollama_delete), frozenset()),
    ("POST", "/api/generate", partial(_of_ollama, _ollama_keep), frozenset()),
    ("GET", "/api/v1/models", _lmstudio_list, frozenset()),
    ("POST", "/api/v1/models/load", _lmstudio_load, _LOAD),
    ("POST", "/api/v1/models/unload", _lmstudio_unload, frozenset(("instance_id",))),
    ("POST", "/api/v1/models/download", _lmstudio_download, frozenset(("model", "quantization"))),
    ("GET", "/api/v1/models/download/status/[^/]+", _lmstudio_status, frozenset()),
    ("GET", "/models", _llamacpp_list, frozenset()),
    ("POST", "/models/load", partial(_llamacpp_set, True), frozenset()),
    ("POST", "/models/unload", partial(_llamacpp_set, False), frozenset()),
    ("POST", "/models", _llamacpp_get, frozenset()),
    ("DELETE", "/models", _llamacpp_delete, frozenset()),
)
