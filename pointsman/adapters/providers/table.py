"""All providers, a row each. Sources: each vendor's own documentation, named in `docs`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pointsman.adapters.dialects.dialect import Quirks
from pointsman.adapters.providers.local import LOCAL_ROWS
from pointsman.adapters.providers.row import Provider
from pointsman.core.request import Effort

_OPENAI_EFFORTS: tuple[Effort, ...] = ("none", "minimal", "low", "medium", "high", "xhigh")
_OPENAI = Quirks(
    max_tokens_field="max_completion_tokens", custom_tools=True, efforts=_OPENAI_EFFORTS, lacks=frozenset({"top_k"})
)
_NO_TOP_K = frozenset({"top_k"})

_ROWS = (
    Provider(
        name="openai",
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        key_variables=("OPENAI_API_KEY",),
        base_url_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        model_variables=("OPENAI_MODEL",),
        default_model="gpt-4o-mini",
        default_embedding_model="text-embedding-3-small",
        quirks=_OPENAI,
        transcribes=True,
        default_transcription_model="whisper-1",
        docs="https://platform.openai.com/docs/api-reference/chat",
    ),
    Provider(
        name="openai-responses",
        title="OpenAI (Responses API)",
        dialect="openai-responses",
        base_url="https://api.openai.com/v1",
        key_variables=("OPENAI_API_KEY",),
        base_url_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        model_variables=("OPENAI_MODEL",),
        default_model="gpt-4o-mini",
        default_embedding_model="text-embedding-3-small",
        transcribes=True,
        default_transcription_model="whisper-1",
        docs="https://platform.openai.com/docs/api-reference/responses",
    ),
    Provider(
        name="anthropic",
        title="Anthropic",
        dialect="anthropic",
        base_url="https://api.anthropic.com",
        key_variables=("ANTHROPIC_API_KEY", "CLAUDE_API_KEY"),
        base_url_variables=("ANTHROPIC_BASE_URL",),
        model_variables=("ANTHROPIC_MODEL", "CLAUDE_MODEL"),
        auth="x-api-key",
        default_model="claude-haiku-4-5",
        docs="https://platform.claude.com/docs/en/api/messages",
    ),
    Provider(
        name="gemini",
        title="Google Gemini",
        dialect="gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        base_url_variables=("GEMINI_BASE_URL",),
        model_variables=("GEMINI_MODEL",),
        auth="x-goog-api-key",
        default_model="gemini-2.5-flash",
        default_embedding_model="gemini-embedding-001",
        docs="https://ai.google.dev/gemini-api/docs",
    ),
    Provider(
        name="azure",
        title="Azure OpenAI (API key)",
        base_url=None,
        path="/openai/v1",
        key_variables=("AZURE_OPENAI_API_KEY",),
        base_url_variables=("AZURE_OPENAI_ENDPOINT",),
        model_variables=("AZURE_OPENAI_MODEL", "AZURE_OPENAI_DEPLOYMENT"),
        auth="api-key",
        quirks=_OPENAI,
        transcribes=True,
        docs="https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle",
    ),
    Provider(
        name="azure-entra",
        title="Azure OpenAI (Entra bearer token)",
        base_url=None,
        path="/openai/v1",
        key_variables=("AZURE_OPENAI_AD_TOKEN",),
        base_url_variables=("AZURE_OPENAI_ENDPOINT",),
        model_variables=("AZURE_OPENAI_MODEL", "AZURE_OPENAI_DEPLOYMENT"),
        quirks=_OPENAI,
        transcribes=True,
        docs="https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle",
    ),
    *LOCAL_ROWS,
    Provider(
        name="groq",
        title="Groq",
        base_url="https://api.groq.com/openai/v1",
        key_variables=("GROQ_API_KEY",),
        base_url_variables=("GROQ_BASE_URL",),
        model_variables=("GROQ_MODEL",),
        quirks=Quirks(
            strict="asked", max_tokens_field="max_completion_tokens", reasoning_field="reasoning", lacks=_NO_TOP_K
        ),
        transcribes=True,
        default_transcription_model="whisper-large-v3-turbo",
        docs="https://console.groq.com/docs/openai",
    ),
    Provider(
        name="mistral",
        title="Mistral AI",
        base_url="https://api.mistral.ai/v1",
        key_variables=("MISTRAL_API_KEY",),
        base_url_variables=("MISTRAL_BASE_URL",),
        model_variables=("MISTRAL_MODEL",),
        default_model="mistral-small-latest",
        default_embedding_model="mistral-embed",
        quirks=Quirks(
            strict="asked",
            seed_field="random_seed",
            stream_usage=False,
            effort_field="none",
            refuses=frozenset({"max_completion_tokens", "seed"}),
            lacks=frozenset(
                {"top_k", "logit_bias", "logprobs", "verbosity", "transcription.prompt", "transcription.segments"}
            ),
        ),
        transcribes=True,
        default_transcription_model="voxtral-mini-latest",
        docs="https://docs.mistral.ai/api",
    ),
    Provider(
        name="deepseek",
        title="DeepSeek",
        base_url="https://api.deepseek.com",
        key_variables=("DEEPSEEK_API_KEY",),
        base_url_variables=("DEEPSEEK_BASE_URL",),
        model_variables=("DEEPSEEK_MODEL",),
        default_model="deepseek-chat",
        quirks=Quirks(
            strict="asked",
            replay_reasoning=True,
            effort_field="thinking",
            schema="json_object",
            refuses=frozenset({"max_completion_tokens"}),
            lacks=frozenset({"seed", "parallel_tools", "top_k", "verbosity", "n"}),
        ),
        docs="https://api-docs.deepseek.com",
    ),
    Provider(
        name="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        key_variables=("OPENROUTER_API_KEY",),
        base_url_variables=("OPENROUTER_BASE_URL",),
        model_variables=("OPENROUTER_MODEL",),
        quirks=Quirks(
            strict="asked",
            reasoning_field="reasoning",
            effort_field="reasoning",
            audio_formats=None,
            cache_control=True,
            file_urls=True,
        ),
        docs="https://openrouter.ai/docs/api-reference/overview",
    ),
    Provider(
        name="together",
        title="Together AI",
        base_url="https://api.together.xyz/v1",
        key_variables=("TOGETHER_API_KEY",),
        base_url_variables=("TOGETHER_BASE_URL",),
        model_variables=("TOGETHER_MODEL",),
        transcribes=True,
        default_transcription_model="openai/whisper-large-v3",
        quirks=Quirks(strict="asked"),
        docs="https://docs.together.ai/docs/openai-api-compatibility",
    ),
    Provider(
        name="xai",
        title="xAI",
        base_url="https://api.x.ai/v1",
        key_variables=("XAI_API_KEY",),
        base_url_variables=("XAI_BASE_URL",),
        model_variables=("XAI_MODEL",),
        quirks=Quirks(strict="asked", lacks=_NO_TOP_K),
        docs="https://docs.x.ai/docs/api-reference",
    ),
    Provider(
        name="huggingface",
        title="Hugging Face Inference Providers",
        base_url="https://router.huggingface.co/v1",
        key_variables=("HF_TOKEN", "HUGGINGFACE_API_KEY"),
        base_url_variables=("HUGGINGFACE_BASE_URL",),
        model_variables=("HUGGINGFACE_MODEL",),
        quirks=Quirks(strict="asked"),
        docs="https://huggingface.co/docs/inference-providers",
    ),
    Provider(
        name="fireworks",
        title="Fireworks AI",
        base_url="https://api.fireworks.ai/inference/v1",
        key_variables=("FIREWORKS_API_KEY",),
        base_url_variables=("FIREWORKS_BASE_URL",),
        model_variables=("FIREWORKS_MODEL",),
        quirks=Quirks(strict="asked"),
        docs="https://docs.fireworks.ai/tools-sdks/openai-compatibility",
    ),
    Provider(
        name="cerebras",
        title="Cerebras",
        base_url="https://api.cerebras.ai/v1",
        key_variables=("CEREBRAS_API_KEY",),
        base_url_variables=("CEREBRAS_BASE_URL",),
        model_variables=("CEREBRAS_MODEL",),
        quirks=Quirks(
            strict="asked", max_tokens_field="max_completion_tokens", reasoning_field="reasoning", lacks=_NO_TOP_K
        ),
        docs="https://inference-docs.cerebras.ai/resources/openai",
    ),
    Provider(
        name="custom",
        title="Any OpenAI-compatible server",
        base_url=None,
        path="/v1",
        key_variables=("CUSTOM_API_KEY",),
        base_url_variables=("CUSTOM_BASE_URL",),
        model_variables=("CUSTOM_MODEL",),
        key_required=False,
        quirks=Quirks(think_tags=True, audio_formats=None),
        transcribes=True,
        docs="https://platform.openai.com/docs/api-reference/chat",
    ),
)

PROVIDERS: Mapping[str, Provider] = MappingProxyType({row.name: row for row in _ROWS})
"""Rows by name, in the order in which a default is chosen when several providers have a key."""
