"""The models that the simulator lists. Data."""

from __future__ import annotations

from pointsman.adapters.simulator.faults import FAULTS
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
