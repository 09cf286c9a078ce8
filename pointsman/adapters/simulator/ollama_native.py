"""The small endpoints of an Ollama server that have no codec: /api/version, /api/ps, /api/show. Data."""

from __future__ import annotations

from pointsman.core.json import Json, JsonObject
from pointsman.core.models.model import ModelInfo

VERSION = "0.12.0"
_WHEN = "2026-01-01T00:00:00Z"
_CAPABILITIES = {"chat": "completion", "tools": "tools", "vision": "vision", "reasoning": "thinking"}


def version() -> JsonObject:
    """GET /api/version."""
    return {"version": VERSION}


def running(models: tuple[ModelInfo, ...]) -> JsonObject:
    """GET /api/ps: every model stands in memory."""
    return {"models": [_running(model) for model in models]}


def _running(model: ModelInfo) -> Json:
    return {
        "name": model.id,
        "model": model.id,
        "size": model.size_bytes or 0,
        "size_vram": 0,
        "digest": "0" * 64,
        "details": _details(model),
        "expires_at": _WHEN,
        "context_length": model.context_length,
    }


def show_model(model: ModelInfo) -> JsonObject:
    """POST /api/show."""
    named = [_CAPABILITIES[name] for name in model.capabilities if name in _CAPABILITIES]
    capabilities: list[Json] = [*(named or ["embedding"])]
    return {
        "modelfile": "# pointsman simulator (simulated answers)",
        "parameters": f"num_ctx {model.context_length}",
        "template": "{{ .Prompt }}",
        "details": _details(model),
        "model_info": {"general.architecture": "simulated", "simulated.context_length": model.context_length},
        "capabilities": capabilities,
        "modified_at": _WHEN,
    }


def _details(model: ModelInfo) -> JsonObject:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": model.architecture,
        "families": [model.architecture],
        "parameter_size": "0B",
        "quantization_level": model.quantization,
    }
