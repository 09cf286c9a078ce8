"""Settings files in the forms of four other programs, with every name that their documents give."""

from __future__ import annotations

FORM = """{
  "provider": "lmstudio", "api_key": "", "base_url": "http://127.0.0.1:1234/v1", "model_name": "qwen3-32b",
  "temperature": 0.7, "max_tokens": 2000, "keep_alive": true, "keep_alive_interval": 300, "timeout": 30,
  "enabled": true
}"""
"""The form of a dashboard (document 0)."""

BY_FAMILY = """{
  "models": {
    "llama": {
      "modelPath": "openai/gpt-oss-20b", "contextLength": 4096, "threads": 4, "endpoint": "http://localhost:1234/v1"
    },
    "gpt": {"apiKey": "${OPENAI_API_KEY}", "model": "gpt-3.5-turbo", "maxTokens": 4096, "temperature": 0.7}
  },
  "routing": {"strategy": "balanced", "fallbackOrder": ["llama", "gpt"], "maxRetries": 3, "timeoutMs": 30000},
  "cache": {"enabled": true, "ttlSeconds": 3600, "maxSize": 1000}
}"""
"""Models by family (document 2)."""

ASSISTANT = """{
  "providers": {
    "openai": {
      "provider": "openai", "model": "gpt-4", "api_key": "your-key", "temperature": 0.7, "max_tokens": 2000,
      "top_p": 1.0, "timeout": 120.0, "max_retries": 3
    },
    "anthropic": {
      "provider": "anthropic", "model": "claude-3-sonnet-20240229", "api_key": "sk-ant-1", "max_tokens": 4096
    },
    "ollama": {"provider": "ollama", "model": "llama2", "api_base": "http://localhost:11434"},
    "here": {"provider": "local", "model": "microsoft/DialoGPT-medium", "extra_params": {"device": "cuda"}}
  },
  "default_provider": "openai",
  "conversation": {
    "max_messages": 50, "max_tokens_per_conversation": 8000, "auto_summarize": true, "summarize_threshold": 40,
    "memory_integration_enabled": true, "personality_integration_enabled": true
  },
  "function_calling": {
    "enabled": true, "auto_execute": true, "max_function_calls_per_turn": 5, "parallel_execution": true,
    "tool_integration_enabled": true
  },
  "websocket_events_enabled": true, "stream_responses": true, "memory_integration_enabled": true,
  "personality_integration_enabled": true, "tool_integration_enabled": true,
  "enable_caching": true, "cache_ttl_seconds": 3600
}"""
"""An assistant's (document 3)."""

CLIENT = """{
  "provider": "ollama", "base_url": "http://localhost:11434", "api_key": null, "timeout": 60.0, "max_retries": 5,
  "retry_delay": 0.5, "retry_max_delay": 30.0, "retry_exponential_base": 2.0, "cache_ttl": 300, "verify_ssl": true,
  "fallback_configs": [{"provider": "lmstudio", "base_url": "http://localhost:1234", "max_retries": 2}]
}"""
"""A client's (document 4)."""

SMALL_CLIENT = '{"provider": "ollama", "base_url": "http://localhost:11434"}'
"""The same with nothing but what it must have."""
