"""The models that the simulator lists, and what an Ollama server tells of its own. Data."""

from __future__ import annotations

from pointsman.adapters.simulator.faults import FAULTS
from pointsman.core.json import Json, JsonObject
from pointsman.core.models.model import ModelInfo, ModelPage

CONTEXT_LENGTH = 131_072
_CHAT = ("chat", "tools", "structured_output")


def _model(name: str, *capabilities: str) -> ModelInfo:
    return ModelInfo(
        id=name,
        type="embedding" if "embeddings" in capabilities else "vlm" if "vision" in capabilities else "llm",
        architecture="simulated",
        quantization="none",
        state="loaded",
        context_length=CONTEXT_LENGTH,
        max_output=8_192,
        owner="pointsman",
        size_bytes=0,
        capabilities=capabilities,
    )


PLAIN_MODELS: tuple[ModelInfo, ...] = (
    _model("sim", *_CHAT),
    _model("sim-fast", *_CHAT),
    _model("sim-vision", *_CHAT, "vision"),
    _model("sim-reasoning", *_CHAT, "reasoning"),
    _model("sim-embed", "embeddings"),
)
MODELS: tuple[ModelInfo, ...] = (*PLAIN_MODELS, *(_model(f"sim-{row.name}", *_CHAT) for row in FAULTS))


def page(faulty: bool = True) -> ModelPage:
    """Every model on one page; without those that fail on purpose, if they are not to be seen."""
    return ModelPage(MODELS if faulty else PLAIN_MODELS)


def describe_model(name: str) -> ModelInfo:
    """What is told of the model `name`; any name is taken for a chat model."""
    return next((model for model in MODELS if model.id == name.removesuffix(":latest")), _model(name, *_CHAT))


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
